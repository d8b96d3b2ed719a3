"""The questions people ask: who can reach a model, what can somebody reach and until when, whose access ends, what rests on what?

Answers over everybody come from a census; answers about one caller are asked of the policy directly. A census of two moments
tells what ends between them, as far as it is ended at the second: what ends and begins again in between does not show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import msgspec

from safeconduct.inquiry.census import Census, SeatClass, Tally
from safeconduct.inquiry.rulings import Ruling, Rulings
from safeconduct.inquiry.seats import Side
from safeconduct.policy.decide import Policy
from safeconduct.registry.state import Registry
from safeconduct.terms.decision import Decision
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.standing import FactStatus

MAX_TURNS = 200  # moments looked at for one answer's end; beyond it the answer says how far was looked

Judge = Callable[[Moment], tuple[Registry, Policy]]
"""The registry and the policy to answer with at a moment; the registry is the one of today where the moment is to come."""


class Reachable(msgspec.Struct, frozen=True):
    """What one caller may do with one model. ``until`` is when that answer first changes by the clock, ``open`` never."""

    model: str
    permits: bool
    code: str
    rules: tuple[str, ...]
    until: Moment
    then: str


class Count(msgspec.Struct, frozen=True):
    """``seats`` of an organization, permitted by these rules."""

    organization: str
    project: str
    kind: str
    rules: tuple[str, ...]
    seats: int


class Ending(msgspec.Struct, frozen=True):
    """``seats`` of an organization that lose a model between two moments, and why they will be refused."""

    organization: str
    project: str
    model: str
    code: str
    rule: str
    seats: int


class Resting(msgspec.Struct, frozen=True):
    """``seats`` permitted by a rule that reads a fact, which is known now and will not be. ``ends``: the access ends with it."""

    rule: str
    organization: str
    model: str
    fact: str
    then: str
    ends: bool
    seats: int


def who(census: Census, rulings: Rulings, model: str) -> list[Count]:
    """Who can reach a model: seats by organization, project, kind and the rules that permit them."""
    found: Counter[tuple[str, str, str, tuple[str, ...]]] = Counter()
    for seat, tally, ruling in _told(census, rulings, model):
        if ruling.permits:
            found[seat.organization, seat.project, seat.kind, ruling.rules] += tally.count
    return [Count(*key, seats) for key, seats in sorted(found.items())]


def names(census: Census, rulings: Rulings, model: str, limit: int) -> Iterator[tuple[str, str, str, str]]:
    """Kind, id, organization and project of seats that can reach a model, as far as the census kept ids; -1 for all."""
    left = limit
    for seat, tally, ruling in _told(census, rulings, model):
        if not ruling.permits:
            continue
        for name in tally.ids:
            if left == 0:
                return
            left -= 1
            yield seat.kind, name, seat.organization, seat.project


def ending(census: Census, now: Rulings, then: Rulings) -> list[Ending]:
    """Whose access ends between the two moments of a census, and by what."""
    found: Counter[tuple[str, str, str, str, str]] = Counter()
    for pair, tally in census.pairs():
        seat = pair[0]
        if seat is None:
            continue
        for model in now.models:
            if now.of(seat, tally.first, model).permits:
                later = then.of(pair[-1], tally.first, model)
                if not later.permits:
                    found[seat.organization, seat.project, model, later.code, later.rule] += tally.count
    return [Ending(*key, seats) for key, seats in sorted(found.items(), key=lambda item: (-item[1], item[0]))]


def ended(census: Census, now: Rulings, then: Rulings, limit: int) -> Iterator[tuple[SeatClass, str, str, Ruling]]:
    """The seats of ``ending``, one by one: class, id, model and the later answer."""
    left = limit
    for pair, tally in census.pairs():
        seat = pair[0]
        for model in now.models:
            if seat is None or not now.of(seat, tally.first, model).permits:
                continue
            later = then.of(pair[-1], tally.first, model)
            for name in () if later.permits else tally.ids:
                if left == 0:
                    return
                left -= 1
                yield seat, name, model, later


def resting(census: Census, now: Rulings, then: Rulings) -> list[Resting]:
    """Which permits rest on facts that will no longer be known at the second moment of a census."""
    found: Counter[tuple[str, str, str, str, str, bool]] = Counter()
    for pair, tally in census.pairs():
        seat, later = pair[0], pair[-1]
        if seat is None or later is None:
            continue
        becomes = {name: status for name, status, _ in later.facts}
        for model in now.models:
            ruling = now.of(seat, tally.first, model)
            if not ruling.permits:
                continue
            ends = not then.of(later, tally.first, model).permits
            for name, status, _ in now.facts_read(seat, model):
                after = becomes.get(name, FactStatus.UNKNOWN)
                if status == FactStatus.KNOWN and after != FactStatus.KNOWN:
                    for rule in ruling.rules:
                        found[rule, seat.organization, model, name, after, ends] += tally.count
    return [Resting(*key, seats) for key, seats in sorted(found.items(), key=lambda item: (-item[1], item[0]))]


def reach(seat: SeatClass, name: str, judge: Judge, now: Moment) -> list[Reachable]:
    """What one caller can reach, model by model, and until when. ``seat`` names kind, organization and project."""
    registry, _ = judge(now)
    return [_reachable(seat, name, model.id, judge, now) for model in registry.models()]


def end_of(seat: SeatClass, name: str, model: str, judge: Judge, now: Moment) -> tuple[Moment, Decision | None]:
    """When the answer to one caller first changes by the clock, and to what; FOREVER and None when it never does.

    Steps from one turn of clock to the next; where there are more than ``MAX_TURNS``, the moment that was looked at last.
    """
    first, at = _decided(seat, name, model, judge, now)
    for _ in range(MAX_TURNS):
        if at >= FOREVER:
            return FOREVER, None
        decision, following = _decided(seat, name, model, judge, at)
        if decision.permits != first.permits:
            return at, decision
        at = following
    return at, None


def _reachable(seat: SeatClass, name: str, model: str, judge: Judge, now: Moment) -> Reachable:
    decision, _ = _decided(seat, name, model, judge, now)
    until, later = end_of(seat, name, model, judge, now)
    codes = [reason.code for reason in decision.reasons[:1]]
    then = "" if later is None or not later.reasons else later.reasons[0].code
    return Reachable(model, decision.permits, codes[0] if codes else "", decision.rules, until, then)


def _decided(seat: SeatClass, name: str, model: str, judge: Judge, at: Moment) -> tuple[Decision, Moment]:
    registry, policy = judge(at)
    side = Side(registry, at, policy.facts)
    decision = Rulings(side, policy).decide(side.standing(seat, name), model)
    return decision, decision.valid_until


def _told(census: Census, rulings: Rulings, model: str) -> Iterator[tuple[SeatClass, Tally, Ruling]]:
    for pair, tally in census.pairs():
        seat = pair[0]
        if seat is not None:
            yield seat, tally, rulings.of(seat, tally.first, model)


def total(counts: Iterable[Count | Ending | Resting]) -> int:
    """The seats of all lines together."""
    return sum(each.seats for each in counts)
