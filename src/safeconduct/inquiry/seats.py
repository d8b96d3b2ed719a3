"""Which seats are there, and which of them are alike at a moment? One pass over everybody.

Rules, in order:

1. A person has a seat in each organization of a membership, and one for each project that a live key is bound to. An agent has
   one seat. Whether the organization or the project is alive does not matter here: it is the same for the whole class.
2. Facts are worked out by the registry's own ``states_at``. Where all evidence is in force, what is recorded tells the states,
   whatever its dates, so equal evidence is worked out once. Where some has expired, it is worked out for the person.
3. Risk and measures are told apart as decisions can: by band, step and what the step does, not by the measure's id or end.
4. A survey of two sides (two moments, or the registry as known at two times) puts a seat into a pair of classes.

INVARIANT (P10): only wanted facts are looked at, and of a fact only its state: name, status, and the value where known.

What is answered to a class is the question of ``rulings``; this module decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from safeconduct.inquiry.census import AGENT, PERSON, Caller, Census, Fact, Pair, SeatClass, Taken, Tally
from safeconduct.registry.facts import evidence_of, states_at
from safeconduct.registry.measures import NO_MARKS, Marks, answered, in_force, shown
from safeconduct.registry.records import FactRecord, Key, Membership, Person, why_not_alive
from safeconduct.registry.state import Registry
from safeconduct.terms.measures import BANDS, Measure, Step
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import FactState, FactStatus, FactValue, Standing

Tell = Callable[[int], None]
Someone = tuple[Person, tuple[FactRecord, ...]]
Lapses = tuple[tuple[str, str], ...]
Bound = Sequence[tuple[str, str]]
"""Organizations and projects."""
Noted = tuple[str, tuple[Taken, ...]]
"""Risk and measures."""

_UNNOTED: Final[Noted] = (BANDS[0], ())
TELL_EVERY: Final = 5_000  # people between two words about progress
MAX_REMEMBERED: Final = 200_000  # kinds of evidence kept apart; beyond it they are worked out again


@dataclass(frozen=True, slots=True)
class Side:
    """The registry as known at one time, asked about ``now``. ``wanted`` are the facts that may be read at all."""

    registry: Registry
    now: Moment
    wanted: frozenset[str]

    def standing(self, seat: SeatClass, name: str) -> Standing:
        """The standing of one seat of a class; ``name`` is the id of the person or agent."""
        person, agent = (name, "") if seat.kind == PERSON else ("", name)
        return self.registry.standing_for(
            organization=seat.organization,
            now=self.now,
            person=person,
            agent=agent,
            project=seat.project,
            wanted=self.wanted,
        )


class Reader:
    """Puts people and agents into classes, for one side."""

    def __init__(self, side: Side, bound: Mapping[str, Bound] | None = None) -> None:
        """``bound`` are the live bindings of people to projects; looked up when left out."""
        self._side = side
        self._now = side.now
        self._read = evidence_of(side.wanted)
        self._states: dict[tuple[object, ...], tuple[Fact, ...]] = {}
        self._shown: dict[tuple[Fact, ...], tuple[Fact, ...]] = {}
        self._classes: dict[tuple[object, ...], SeatClass] = {}
        self._bound = bound_seats(side.registry.population.bound_keys(), side.now) if bound is None else bound

    def person(self, person: Person, records: Sequence[FactRecord], bound: Bound | None = None) -> list[SeatClass]:
        """The classes of a person's seats: one for each membership, and for each project a live key is bound to.

        ``bound`` are this person's live bindings, where they are known.
        """
        now = self._now
        alive = person.starts <= now < person.ends and not person.suspended
        why = "" if alive else why_not_alive(person, now)
        noted = _UNNOTED if person.marks is NO_MARKS else self._noted(person.marks, records)
        found = [self._member(each, why, records, noted) for each in person.memberships]
        bound = self._bound.get(person.id) if bound is None else bound
        if bound:
            homes = {each.organization: each for each in found}
            for organization, project in bound:
                home = homes.get(organization)
                if home is not None:
                    found.append(self._class(organization, project, home.lapses, home.facts, noted))
        return found

    def agent(self, name: str) -> SeatClass | None:
        """The class of an agent's seat; None where there is no such agent. Its whole chain counts as its own."""
        agent = self._side.registry.agents.get(name)
        if agent is None:
            return None
        bare = SeatClass(AGENT, agent.organization, "", (), ())
        standing = self._side.standing(bare, name)
        own = {(each.kind, each.why) for each in standing.lapses if each.kind != "organization"}
        place = (AGENT, agent.organization, standing.project)
        return SeatClass(*place, tuple(sorted(own)), _shown(standing.facts), standing.risk, taken(standing.measures, own=True))

    def _noted(self, marks: Marks, records: Sequence[FactRecord]) -> Noted:
        """What the watch and officers noted about a person, as a standing has it."""
        now = self._now
        lasting = [
            shown(each) for each in in_force(marks, now) if each.step != Step.STEP_UP or not answered(records, each.since, now)[0]
        ]
        return marks.band(now), taken(lasting, own=True)

    def _member(self, membership: Membership, person_why: str, records: Sequence[FactRecord], noted: Noted) -> SeatClass:
        now = self._now
        alive = membership.starts <= now < membership.ends and not membership.suspended
        lapses: Lapses = ()
        if person_why:
            lapses = (("person", person_why),)
        if not alive:
            lapses = (*lapses, ("membership", why_not_alive(membership, now)))
        return self._class(membership.organization, "", lapses, self._facts(membership.organization, records), noted)

    def _class(self, organization: str, project: str, lapses: Lapses, facts: tuple[Fact, ...], noted: Noted) -> SeatClass:
        key = (organization, project, lapses, id(facts), noted)
        found = self._classes.get(key)
        if found is None:
            found = self._classes[key] = SeatClass(PERSON, organization, project, lapses, facts, *noted)
        return found

    def _facts(self, organization: str, records: Sequence[FactRecord]) -> tuple[Fact, ...]:
        now, read = self._now, self._read
        live: list[object] = []
        for record in records:
            if record.name not in read or record.verified_at > now:
                continue
            if record.organization and record.organization != organization:
                continue
            if record.expires_at <= now:
                return self._weighed(organization, records)
            live.append(record.name)
            live.append(record.value)
        key = tuple(live)
        found = self._states.get(key)
        if found is None:
            if len(self._states) >= MAX_REMEMBERED:
                self._states.clear()
            found = self._states[key] = self._weighed(organization, records)
        return found

    def _weighed(self, organization: str, records: Sequence[FactRecord]) -> tuple[Fact, ...]:
        """The states, as the one tuple that stands for them: whoever compares classes may compare places in memory."""
        shown = _shown(states_at(records, organization, self._now, self._side.wanted)[0])
        return self._shown.setdefault(shown, shown)


def survey(
    sides: Sequence[Side],
    *,
    part: int = 0,
    parts: int = 1,
    keep: int = 0,
    callers: frozenset[str] = frozenset(),
    touched: frozenset[str] | None = None,
    tell: Tell = lambda _: None,
) -> Census:
    """Count everybody of one part by class, or by pair of classes where there are two sides. Agents are counted with part 0.

    ``keep`` is how many ids each class keeps (-1: all). ``callers`` are leaf pseudonyms, as log entries carry them: seats that
    have one of them are told apart in ``Census.callers``. The last side is walked; where another is over an earlier version of
    the registry, people in ``touched`` (None: everybody) are looked up there, and the others are the same. ``tell`` hears how
    many people are done.
    """
    census = Census(keep)
    tallies: dict[tuple[int, ...], Tally] = {}  # by place in memory: readers keep one object for each class
    readers = [Reader(side) for side in sides]
    for done, (name, found) in enumerate(_everyone(sides, part, parts, touched), 1):
        seats = [reader.person(*each) if each is not None else [] for reader, each in zip(readers, found, strict=True)]
        for pair in paired(seats):
            key = tuple([id(seat) for seat in pair])
            tally = tallies.get(key)
            if tally is None:
                tally = tallies[key] = census.tally(pair, name)
            tally.count += 1
            if keep < 0 or len(tally.ids) < keep:
                tally.ids.append(name)
            if callers:
                _recognize(census, sides, pair, name, callers, tuple([b"" if each is None else each[0].handle for each in found]))
        if done % TELL_EVERY == 0:
            tell(done)
    if part == 0:
        add_agents(census, sides, readers, callers)
    return census


def add_agents(census: Census, sides: Sequence[Side], readers: Sequence[Reader], callers: frozenset[str]) -> None:
    """Count every agent that a side knows."""
    for name in sorted({name for side in sides for name in side.registry.agents}):
        agent: Pair = tuple(reader.agent(name) for reader in readers)
        census.add(agent, name)
        if callers:
            _recognize(census, sides, agent, name, callers, ())


def bound_seats(keys: Iterable[Key], now: Moment) -> Mapping[str, list[tuple[str, str]]]:
    """The organizations and projects that live keys of people are bound to, by person."""
    bound: dict[str, list[tuple[str, str]]] = {}
    for key in keys:
        if key.project and key.holder_kind == PERSON and key.revoked_at is None and key.starts <= now < key.ends:
            seats = bound.setdefault(key.holder, [])
            if (key.organization, key.project) not in seats:
                seats.append((key.organization, key.project))
    return bound


def _everyone(
    sides: Sequence[Side], part: int, parts: int, touched: frozenset[str] | None
) -> Iterator[tuple[str, tuple[Someone | None, ...]]]:
    """Everybody of a part, in order of id, as each side knows them. The history only grows: the last side knows everybody."""
    last = sides[-1].registry
    earlier = [None if side.registry is last else side.registry for side in sides]
    same = not any(earlier)
    for someone in last.everyone(part, parts):
        name = someone[0].id
        if same or (touched is not None and name not in touched):
            yield name, (someone,) * len(sides)
        else:
            yield name, tuple(someone if registry is None else _looked_up(registry, name) for registry in earlier)


def _looked_up(registry: Registry, name: str) -> Someone | None:
    person = registry.people.get(name)
    return None if person is None else (person, registry.facts_of(name))


def paired(seats: Sequence[Sequence[SeatClass]]) -> Iterator[Pair]:
    """The seats of one person, side by side."""
    first, last = seats[0], seats[-1]
    if len(seats) == 1 or (len(first) == 1 == len(last) and first[0].organization == last[0].organization):
        yield from zip(*seats, strict=True)
        return
    places = [{(seat.organization, seat.project): seat for seat in found} for found in seats]
    for place in dict.fromkeys(place for each in places for place in each):
        yield tuple(each.get(place) for each in places)


def _recognize(
    census: Census, sides: Sequence[Side], pair: Pair, name: str, callers: frozenset[str], handles: tuple[bytes, ...]
) -> None:
    for place, (side, seat) in enumerate(zip(sides, pair, strict=True)):
        if seat is None or (seat.project and seat.kind == PERSON):  # a pseudonym does not tell a person's projects apart
            continue
        if seat.kind == PERSON:
            pseudonym = side.registry.leaf_pseudonym(seat.organization, name, handles[place])
        else:
            pseudonym = side.standing(seat, name).leaf_pseudonym
        if pseudonym in callers:
            census.callers.setdefault(pseudonym, Caller(pseudonym, name, pair))  # an agent has that of the person at its head


def taken(measures: Iterable[Measure], *, own: bool) -> tuple[Taken, ...]:
    """What of measures can be told apart by decisions: those on persons, agents and keys (``own``), or those on what is above."""
    kinds = ("person/", "agent/", "key/") if own else ("project/", "organization/")
    found = [(each.step.value, each.rate, each.fallback, each.rehearsal) for each in measures if each.who.startswith(kinds)]
    return tuple(sorted(set(found)))


def _shown(states: Mapping[str, FactState]) -> tuple[Fact, ...]:
    known: list[Fact] = []
    for name in sorted(states):
        state = states[name]
        value: FactValue | None = state.value if state.status is FactStatus.KNOWN else None
        known.append((name, state.status.value, value))
    return tuple(known)
