"""Who would lose, gain, or be held to other duties, and why? One census answered twice: as things are, and as they would be.

A *seat* is counted once for each model it loses or gains. The reason is that of the answer it would get (for a loss), or got
before (for a gain). Both answers are for the same moment, so that a rule that begins or ends by the clock between now and then
is not laid at this candidate's door.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from safeconduct.inquiry.census import Census, SeatClass, Tally
from safeconduct.inquiry.rulings import Ruling, Rulings
from safeconduct.terms.moments import Moment

MAX_LINES = 100_000  # lines of one preview; whoever needs more asks for one organization


class Change(StrEnum):
    LOST = "lost"
    GAINED = "gained"
    DUTIES = "duties"


class Line(msgspec.Struct, frozen=True):
    """``seats`` of one organization and project see ``change`` for one model, for one reason."""

    change: Change
    organization: str
    project: str
    model: str
    code: str
    rule: str
    seats: int


class Named(msgspec.Struct, frozen=True):
    """One seat of a list: who, where, what and why."""

    seat: str
    kind: str
    organization: str
    project: str
    model: str
    code: str
    rule: str


class Readiness(msgspec.Struct, frozen=True):
    """Of ``seats`` whose organization the models concern, how many are decided by verified facts alone."""

    seats: int
    verified: int

    @property
    def share(self) -> float:
        """Between 0 and 1; 1 where nobody is concerned."""
        return self.verified / self.seats if self.seats else 1.0


@dataclass(slots=True)
class Preview:
    """``seats`` are all that were asked about. ``lost`` and ``gained`` count seats that lose or gain at least one model.

    ``orders`` names each duty, a safeguard for instance, that comes (``+``) or goes (``-``), with the seats it does so for.
    ``reach`` counts the seats that may use one of the models concerned afterwards: where it is 0, duties bind nobody yet.
    ``used`` and ``bound`` count past calls, by model, of those who would lose it and of those held to other duties.
    """

    at: Moment
    seats: int = 0
    lost: int = 0
    gained: int = 0
    duties: int = 0
    lines: list[Line] = field(default_factory=list)
    readiness: Readiness = field(default_factory=lambda: Readiness(0, 0))
    guarded: dict[str, int] = field(default_factory=dict)
    live: dict[str, int] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    names: list[Named] = field(default_factory=list)
    orders: dict[str, int] = field(default_factory=dict)
    reach: int = 0
    bound: dict[str, int] = field(default_factory=dict)

    def figures(self) -> dict[str, int]:
        """The totals that are recorded with the preview."""
        return {
            "seats": self.seats,
            "lost": self.lost,
            "gained": self.gained,
            "duties": self.duties,
            "concerned": self.readiness.seats,
            "verified": self.readiness.verified,
            "guarded": sum(self.guarded.values()),
            "live": sum(self.live.values()),
            "used": sum(self.used.values()),
        }

    def guarding(self) -> tuple[str, ...]:
        """The authorities whose guarded callers would be stopped, sorted."""
        return tuple(sorted({name.rpartition(" (")[2].removesuffix(")") for name in self.guarded}))

    def digest(self) -> str:
        """sha256 (hex) of what was shown, names apart: what an approval refers to."""
        lines = sorted(msgspec.json.encode(line) for line in self.lines)
        shown = [self.at, self.figures(), [line.decode() for line in lines], sorted(self.guarded.items())]
        if self.orders:
            shown.append(sorted(self.orders.items()))
        return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()


def compare(before: Ruling, after: Ruling) -> Change | None:
    """What the second answer changes for whoever got the first; None for nothing."""
    if before.permits and not after.permits:
        return Change.LOST
    if after.permits and not before.permits:
        return Change.GAINED
    if before.permits and after.permits and before.duties != after.duties:
        return Change.DUTIES
    return None


def preview(
    census: Census,
    before: Rulings,
    after: Rulings,
    *,
    concerned: Collection[str],
    listed: str = "",
    limit: int = 0,
) -> Preview:
    """Answer a census of one moment by both sides. ``concerned`` are the models that the candidate's rules are about.

    ``listed`` asks for names of seats: ``lost``, ``gained``, ``duties`` or ``unknown`` (the answer rests on facts that are not
    verified); at most ``limit`` of them, -1 for all that the census kept.
    """
    found = Preview(at=after.side.now)
    lines: Counter[tuple[Change, str, str, str, str, str]] = Counter()
    models = sorted({*before.models, *after.models})
    concerned_seats = verified = 0
    for pair, tally in census.pairs():
        seat = pair[0]
        if seat is None:
            continue
        found.seats += tally.count
        changes: set[Change] = set()
        orders: set[str] = set()
        touched, unready, reached = False, False, False
        for model in models:
            was, would = before.of(seat, tally.first, model), after.of(seat, tally.first, model)
            change = compare(was, would)
            why = was if change is Change.GAINED else would
            if change is not None:
                changes.add(change)
                if change is Change.DUTIES:
                    orders |= _orders(was, would)
                lines[change, seat.organization, seat.project, model, why.code, why.rule] += tally.count
            if model in concerned and (was.known or would.known):
                touched, unready, reached = True, unready or would.unverified, reached or would.permits
            if listed and (change == listed or (listed == "unknown" and model in concerned and would.unverified)):
                _name(found.names, seat, tally, (model, would if listed == "unknown" else why), limit)
        found.lost += tally.count * (Change.LOST in changes)
        found.gained += tally.count * (Change.GAINED in changes)
        found.duties += tally.count * (Change.DUTIES in changes)
        found.reach += tally.count * reached
        for order in orders:
            found.orders[order] = found.orders.get(order, 0) + tally.count
        if Change.LOST in changes:
            _guard(found.guarded, before, seat, tally)
        if touched:
            concerned_seats += tally.count
            verified += tally.count * (not unready)
    found.readiness = Readiness(concerned_seats, verified)
    found.lines = [Line(*key, seats) for key, seats in sorted(lines.items())][:MAX_LINES]
    return found


def count_live(found: Preview, sessions: Iterable[tuple[str, str, str, str, int]], before: Rulings, after: Rulings) -> None:
    """Add live sessions that would be cut: kind and id of the caller, organization, model, and how many."""
    for kind, name, organization, model, count in sessions:
        if model not in before.models:
            continue
        seat = SeatClass(kind, organization, "", (), ())
        was = before.decide(before.side.standing(seat, name), model).permits
        if was and not after.decide(after.side.standing(seat, name), model).permits:
            found.live[model] = found.live.get(model, 0) + count


def count_use(found: Preview, census: Census, use: Mapping[str, Mapping[str, int]], before: Rulings, after: Rulings) -> None:
    """Add past calls, by leaf pseudonym and model, of seats that would lose that model or use it under other duties."""
    for pseudonym, caller in census.callers.items():
        seat = caller.pair[0]
        for model, calls in use.get(pseudonym, {}).items():
            change = compare(before.of(seat, caller.seat, model), after.of(seat, caller.seat, model))
            if change is Change.LOST:
                found.used[model] = found.used.get(model, 0) + calls
            elif change is Change.DUTIES:
                found.bound[model] = found.bound.get(model, 0) + calls


def by(lines: Iterable[Line], *columns: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Seats summed over every column that is not asked for; most first."""
    sums: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        sums[tuple(str(getattr(line, column)) for column in columns)] += line.seats
    yield from sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def _orders(was: Ruling, would: Ruling) -> set[str]:
    """The duties that come and go between two permits."""
    before, after = set(was.duties), set(would.duties)
    return {f"+ {each}" for each in after - before} | {f"- {each}" for each in before - after}


def _name(names: list[Named], seat: SeatClass, tally: Tally, told: tuple[str, Ruling], limit: int) -> None:
    model, ruling = told
    room = len(tally.ids) if limit < 0 else max(0, limit - len(names))
    names.extend(
        Named(name, seat.kind, seat.organization, seat.project, model, ruling.code, ruling.rule) for name in tally.ids[:room]
    )


def _guard(guarded: dict[str, int], before: Rulings, seat: SeatClass, tally: Tally) -> None:
    for guard, authority in before.guards_of(seat, tally.first):
        key = f"{guard} ({authority})"
        guarded[key] = guarded.get(key, 0) + tally.count
