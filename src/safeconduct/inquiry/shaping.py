"""What is a shape, and which are those of somebody? What is on record of a person in an organization, as a window can tell it.

Rules, in order:

1. Somebody in several organizations has a shape in each: the answers there do not depend on one another.
2. Dates are kept as far as the window can tell them apart. Of a life only its turns within the window are kept. Dates of evidence
   that could contradict one another keep their order, too: whether two pieces were ever in force together is asked of the past
   as well (``registry.weigh``).
3. Measures and risk count as far as the window can tell. One that asks for fresh evidence keeps all dates as they are.
4. Only evidence for wanted facts is looked at, and evidence of identity where it answers a measure (P10); nothing else of a
   record is kept than name, value, dates and organization.

Counting people by shape is the question of ``shapes``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from safeconduct.inquiry.census import PERSON
from safeconduct.registry.derive import DERIVED
from safeconduct.registry.measures import ASSURANCE, NO_MARKS, Marks, MeasureRecord, RiskRecord
from safeconduct.registry.population import Population
from safeconduct.registry.records import FactRecord, Membership, Person
from safeconduct.terms.measures import Step
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import FactValue

Piece = tuple[str, FactValue, Moment, Moment, str]
"""One piece of evidence: fact, value, verified at, expires at, organization."""
Life = tuple[Moment, Moment, bool, tuple[tuple[str, Moment, Moment, bool], ...]]
"""Of a person: starts, ends, whether suspended, and the same of each membership after its organization."""
Noted = tuple[tuple[str, Moment, Moment] | None, tuple[tuple[str, int, str, bool, Moment, Moment], ...]]
"""Risk (band, since, until), and of each measure step, rate, fallback, whether rehearsed, since and until."""
Place = tuple[int, int, int, int]
Binding = tuple[str, str, Moment, Moment]
"""What one key is bound to: organization, project, starts, ends."""

T = TypeVar("T")

_UNNOTED: Final[Noted] = (None, ())
MAX_REMEMBERED: Final = 200_000  # lives and bodies of evidence told apart at once while people are walked through


class Window(msgspec.Struct, frozen=True, array_like=True):
    """Moments ``[since, until)`` that shapes can answer for."""

    since: Moment
    until: Moment

    def holds(self, moments: Iterable[Moment]) -> bool:
        """Whether all of these moments lie in it."""
        return all(self.since <= each < self.until for each in moments)

    def of_life(self, moment: Moment) -> Moment:
        """A moment that stands for this one wherever it is compared with a moment of the window alone."""
        return self.since if moment <= self.since else min(moment, self.until)


class Shape(msgspec.Struct, frozen=True, array_like=True):
    """What is on record of a person, the id apart. ``memberships`` are organization, starts, ends and whether suspended."""

    starts: Moment
    ends: Moment
    suspended: bool
    memberships: tuple[tuple[str, Moment, Moment, bool], ...]
    evidence: tuple[Piece, ...]
    bound: tuple[Binding, ...]
    noted: Noted = (None, ())

    def person(self, name: str) -> tuple[Person, tuple[FactRecord, ...]]:
        """Somebody of this shape."""
        members = tuple(Membership(home, "", starts, ends, out) for home, starts, ends, out in self.memberships)
        facts = tuple(
            FactRecord(0, fact, value, "", "", "", verified, expires, home)
            for fact, value, verified, expires, home in self.evidence
        )
        return Person(name, "", "", self.starts, self.ends, self.suspended, members, marks=self._marks(name)), facts

    def _marks(self, name: str) -> Marks:
        risk, measures = self.noted
        if risk is None and not measures:
            return NO_MARKS
        return Marks(
            tuple(
                MeasureRecord("", f"person/{name}", step, since, until, "", rate=rate, fallback=fallback, rehearsal=rehearsal)
                for step, rate, fallback, rehearsal, since, until in measures
            ),
            None if risk is None else RiskRecord(*risk),
        )

    def bound_at(self, now: Moment) -> list[tuple[str, str]]:
        """The organizations and projects that live keys are bound to."""
        return list(dict.fromkeys((home, project) for home, project, starts, ends in self.bound if starts <= now < ends))


def bindings(population: Population, window: Window) -> dict[str, tuple[Binding, ...]]:
    """What keys of people are bound to, by person; keys that were revoked, or have no life in the window, are left out."""
    bound: dict[str, tuple[Binding, ...]] = {}
    for key in population.bound_keys():
        if not key.project or key.holder_kind != PERSON or key.revoked_at is not None:
            continue
        starts, ends = window.of_life(key.starts), window.of_life(key.ends)
        if starts < ends:
            bound[key.holder] = (*bound.get(key.holder, ()), (key.organization, key.project, starts, ends))
    return bound


class Shaper:
    """Puts people into shapes. A place stands for the parts of a shape, so that most people cost two look-ups."""

    def __init__(self, facts: Collection[str], window: Window, bound: Mapping[str, tuple[Binding, ...]]) -> None:
        self._read = frozenset(facts)
        self._window = window
        self._bound = bound
        self._lives: dict[Life, int] = {}
        self._bodies: dict[tuple[Piece, ...], int] = {}
        self._life = _Numbered[Life]()
        self._body = _Numbered[tuple[Piece, ...]]()
        self._binding = _Numbered[tuple[Binding, ...]]()
        self._noted = _Numbered[Noted]()
        self._noted.number(_UNNOTED)

    def places(self, person: Person, records: Sequence[FactRecord]) -> list[Place]:
        """What stands for the shapes of somebody; the same for the same shape."""
        homes, bound = person.memberships, self._bound.get(person.id, ())
        names = {each.organization for each in homes}
        if len(names) < len(homes) or len(homes) == 1:
            return [self._place(person, homes, records, bound)]
        return [
            self._place(
                person,
                (home,),
                [each for each in records if each.organization in ("", home.organization)],
                tuple([each for each in bound if each[0] == home.organization]),
            )
            for home in homes
        ]

    def _place(
        self, person: Person, members: tuple[Membership, ...], records: Sequence[FactRecord], bound: tuple[Binding, ...]
    ) -> Place:
        read, exact = self._read, False
        noted = _UNNOTED if person.marks is NO_MARKS else _noted(person.marks, self._window)
        if any(step == Step.STEP_UP for step, *_ in noted[1]):
            read, exact = read | {ASSURANCE}, True
        raw = tuple(
            [
                (each.name, each.value, each.verified_at, each.expires_at, each.organization)
                for each in records
                if each.name in read
            ]
        )
        body = self._body.number(raw) if exact else self._bodies.get(raw)
        if body is None:
            if len(self._bodies) >= MAX_REMEMBERED:
                self._bodies.clear()
            body = self._bodies[raw] = self._body.number(_in_order(raw, self._window))
        homes = tuple([(each.organization, each.starts, each.ends, each.suspended) for each in members])
        live = (person.starts, person.ends, person.suspended, homes)
        life = self._lives.get(live)
        if life is None:
            if len(self._lives) >= MAX_REMEMBERED:
                self._lives.clear()
            life = self._lives[live] = self._life.number(_clamped(live, self._window))
        return life, body, self._binding.number(bound), self._noted.number(noted)

    def shape(self, place: Place) -> Shape:
        """The shape that a place stands for."""
        life, body, bound, noted = place
        starts, ends, suspended, homes = self._life.each[life]
        return Shape(starts, ends, suspended, homes, self._body.each[body], self._binding.each[bound], self._noted.each[noted])


class _Numbered(Generic[T]):
    """Things by a number, each once."""

    def __init__(self) -> None:
        self.each: list[T] = []
        self._numbers: dict[T, int] = {}

    def number(self, thing: T) -> int:
        number = self._numbers.get(thing)
        if number is None:
            number = self._numbers[thing] = len(self.each)
            self.each.append(thing)
        return number


def _noted(marks: Marks, window: Window) -> Noted:
    """What was noted about somebody, as far as the window can tell it (rule 3)."""
    clamp, risk = window.of_life, marks.risk
    band = None
    if risk is not None and risk.since < window.until and risk.until > window.since:
        band = (risk.band, clamp(risk.since), clamp(risk.until))
    measures = [
        (each.step, each.rate, each.fallback, each.rehearsal, each.since, each.until)
        if each.step == Step.STEP_UP
        else (each.step, each.rate, each.fallback, each.rehearsal, clamp(each.since), clamp(each.until))
        for each in marks.measures
        if each.undone_at is None and each.since < window.until and each.until > window.since
    ]
    return band, tuple(sorted(measures))


def _clamped(life: Life, window: Window) -> Life:
    starts, ends, suspended, homes = life
    clamp = window.of_life
    kept = tuple([(home, clamp(since), clamp(until), out) for home, since, until, out in homes])
    return clamp(starts), clamp(ends), suspended, kept


def _in_order(pieces: tuple[Piece, ...], window: Window) -> tuple[Piece, ...]:
    """Evidence with dates that stand for its own wherever they are compared with a moment of the window, or with each other
    within evidence that could contradict itself (rule 2).
    """
    dates: dict[str, set[Moment]] = {}
    for name, _, verified, expires, _ in pieces:
        dates.setdefault(_kin(name), set()).update((verified, expires))
    told: dict[tuple[str, Moment], Moment] = {}
    for kin, found in dates.items():
        past = sorted(each for each in found if each <= window.since)
        coming = sorted(each for each in found if each >= window.until)
        told |= {(kin, each): window.since - len(past) + 1 + place for place, each in enumerate(past)}
        told |= {(kin, each): window.until + place for place, each in enumerate(coming)}
    return tuple(
        [
            (name, value, told.get((_kin(name), verified), verified), told.get((_kin(name), expires), expires), home)
            for name, value, verified, expires, home in pieces
        ]
    )


def _kin(name: str) -> str:
    """What stands for all evidence that is weighed together with this: evidence for derived facts is, across facts."""
    return "" if name in _READ_TOGETHER else name


_READ_TOGETHER: Final = frozenset(name for each in DERIVED.values() for name in each.reads)
