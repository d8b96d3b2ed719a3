"""Which rules are in force at a moment?

An instrument holds from the later of its activation and its effective time, until the first of its own end, its withdrawal
and the moment a newer activated version of it takes effect. Intervals are half-open and bind to the microsecond. A lift in force
ends the rule it names; an exemption from a rule that is not in force is inert.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safeconduct.instruments.document import Guard, Instrument, Rule, RuleEffect
from safeconduct.terms.measures import Rung
from safeconduct.terms.moments import FOREVER, Moment


@dataclass(frozen=True, slots=True)
class Held:
    """An instrument as the registry holds it. Never activated is FOREVER; never withdrawn is FOREVER.

    ``replaced``: it was not withdrawn by anybody, another version was activated in its place.
    """

    instrument: Instrument
    version: int
    activated: Moment = FOREVER
    withdrawn: Moment = FOREVER
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """One rule of one instrument version, with the interval ``[since, until)`` in which its instrument holds."""

    instrument: Instrument
    version: int
    rule: Rule
    since: Moment
    until: Moment

    @property
    def id(self) -> str:
        return f"{self.instrument.id}/{self.rule.id}"


@dataclass(frozen=True, slots=True)
class PlacedGuard:
    """One guard of an instrument version that is in force."""

    instrument: Instrument
    version: int
    guard: Guard

    @property
    def id(self) -> str:
        return f"{self.instrument.id}/{self.guard.id}"


@dataclass(frozen=True, slots=True)
class Force:
    """``rules`` are in force, exemptions from rules not in force left out; ``past`` are permissions ever in force up to now.

    ``boundary`` is the next moment at which any of this can change by the clock alone.
    """

    rules: tuple[Placed, ...]
    past: tuple[Placed, ...]
    boundary: Moment
    guards: tuple[PlacedGuard, ...] = ()
    ladder: tuple[Rung, ...] = ()


def intervals(versions: Iterable[Held]) -> list[tuple[Held, Moment, Moment]]:
    """``[since, until)`` of each version of one instrument that ever holds, the one activated last first.

    A version that ended because another one was activated holds until the other one takes effect, not until somebody
    pressed the button: in between there must be no gap in which nobody is forbidden anything. Another version that was
    withdrawn before it took effect replaces nothing.

    INVARIANT (P1): the order of activation counts, not that of entering, so that an older version activated later leaves no
    gap either; and what somebody withdrew is over, whatever else happened in the same microsecond.
    """
    found: list[tuple[Held, Moment, Moment]] = []
    next_since = FOREVER
    for held in sorted(versions, key=lambda one: (one.activated, one.version), reverse=True):
        since = max(held.activated, held.instrument.effective)
        until = min(held.instrument.until, next_since, FOREVER if held.replaced else held.withdrawn)
        if since < until:
            found.append((held, since, until))
            next_since = min(next_since, since)
    return found


def in_force(held: Sequence[Held], now: Moment) -> Force:
    """The rules in force at ``now``, sorted by id, so that the order of entry cannot matter."""
    placed: list[Placed] = []
    guards: list[PlacedGuard] = []
    ladder: list[Rung] = []
    boundary = FOREVER
    by_id: dict[str, list[Held]] = {}
    for one in held:
        by_id.setdefault(one.instrument.id, []).append(one)
    for versions in by_id.values():
        for one, since, until in intervals(versions):
            boundary = min([boundary, *(edge for edge in (since, until) if edge > now)])
            placed.extend(Placed(one.instrument, one.version, rule, since, until) for rule in one.instrument.rules)
            if since <= now < until:
                guards.extend(PlacedGuard(one.instrument, one.version, guard) for guard in one.instrument.guards)
                ladder.extend(one.instrument.ladder)
    current = [one for one in placed if one.since <= now < one.until]
    lifted = {one.rule.target for one in current if one.rule.effect is RuleEffect.LIFT}
    standing = [one for one in current if one.id not in lifted and one.rule.effect is not RuleEffect.LIFT]
    forbids = {one.id for one in standing if one.rule.effect is RuleEffect.FORBID}
    rules = [one for one in standing if one.rule.effect is not RuleEffect.EXEMPT or one.rule.target in forbids]
    past = [one for one in placed if one.since <= now and one.rule.effect is RuleEffect.PERMIT]
    return Force(
        rules=tuple(sorted(rules, key=lambda one: one.id)),
        past=tuple(sorted(past, key=lambda one: (one.id, one.version))),
        boundary=boundary,
        guards=tuple(sorted(guards, key=lambda one: one.id)),
        ladder=tuple(sorted(ladder, key=lambda one: one.id)),
    )
