"""What is everybody of a class told about a model? Asks the policy itself, once for each question that it could tell apart.

The answer for a class is the policy's own decision about one seat of it; there is no second way of deciding here. Classes are
folded further before asking: organizations that no rule names and that are in the same annexes look alike, and so do facts
that no rule about the model reads.

INVARIANT: nothing may be folded that the engine is shown and a rule could read. Ids of organizations that a policy names are
kept apart; ids of callers are not, for no policy may name a caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from safeconduct.exchange.duties import foreseen
from safeconduct.inquiry.census import Fact, SeatClass
from safeconduct.inquiry.seats import Side, taken
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.policy.guarded import Guards
from safeconduct.policy.schema import annexes_of
from safeconduct.terms.decision import Decision
from safeconduct.terms.measures import THROTTLE
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import Model, Standing


class Ruling(msgspec.Struct, frozen=True, array_like=True):
    """What a decision comes to, without what is one caller's own. ``code`` and ``rule`` are those of the first reason."""

    permits: bool
    effect: str
    code: str
    rule: str
    rules: tuple[str, ...]
    duties: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether whoever is told this may know that the model exists (P12)."""
        return self.code != NOT_FOUND

    @property
    def unverified(self) -> bool:
        """Whether the no rests on a fact that is unknown, expired or contradicted."""
        return self.code in UNVERIFIED


NOT_FOUND = "model_not_found"
UNVERIFIED = frozenset({"fact_unknown", "fact_expired", "fact_contradicted"})
ABSENT = Ruling(False, "deny", NOT_FOUND, "", (), ())
"""What is told to nobody about something, or to somebody about nothing."""


def ruling_of(decision: Decision) -> Ruling:
    """A decision in short."""
    reason = decision.reasons[0] if decision.reasons else None
    return Ruling(
        permits=decision.permits,
        effect=decision.effect.value,
        code=reason.code if reason is not None else "",
        rule=reason.rule if reason is not None else "",
        rules=decision.rules,
        duties=tuple(
            f"{duty.name}={duty.value}" if duty.name == THROTTLE else f"{duty.name}={duty.value}@{duty.rule}"
            for duty in decision.duties
        ),
    )


class Rulings:
    """Answers for one side: one registry, one moment, one policy."""

    def __init__(self, side: Side, policy: Policy) -> None:
        self.side = side
        self.policy = policy
        self.models: dict[str, Model] = {model.id: model for model in side.registry.models()}
        self._withdrawn: dict[str, Model] = {model.id: model for model in side.registry.withdrawn_models()}
        self._named = named_organizations(policy)
        self._read = {name: self._facts_about(name) for name in self.models}
        self._frames: dict[tuple[object, ...], tuple[object, ...]] = {}
        self._told: dict[tuple[object, ...], Ruling] = {}
        self._guards = Guards(policy.compiled)
        self._guarded: dict[tuple[object, ...], tuple[tuple[str, str], ...]] = {}

    def of(self, seat: SeatClass | None, first: str, model: str) -> Ruling:
        """What everybody of a class is told about a model; ``first`` is the id of one of them."""
        if seat is None or model not in self.models:
            return ABSENT
        frame = self._frame(seat, first)
        read = self._read[model]
        facts = tuple([fact for fact in seat.facts if fact[0] in read])
        key = (model, frame, seat.lapses, facts, seat.risk, seat.measures)
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = ruling_of(self.decide(self.side.standing(seat, first), model))
        return told

    def decide(self, standing: Standing, model: str) -> Decision:
        """The policy's decision about one standing, for a call over the first dialect the model is served in."""
        return self.decide_at(standing, model, self.side.now)

    def decide_at(self, standing: Standing, model: str, now: Moment) -> Decision:
        """The same at another moment at which registry and policy are the same; withdrawn models are answered, too."""
        found = self.models.get(model) or self._withdrawn[model]
        context = Context(dialect=min(found.dialects, default=""), operation="generate")
        return foreseen(self.policy.decide(standing, found, context, now), self.policy.classes)

    def guards_of(self, seat: SeatClass, first: str) -> tuple[tuple[str, str], ...]:
        """The guards, with their authority, that protect everybody of a class from being stopped."""
        key = (self._frame(seat, first), seat.lapses, seat.facts, seat.risk)
        found = self._guarded.get(key)
        if found is None:
            guards = self._guards.of(self.side.standing(seat, first), self.side.now)
            found = self._guarded[key] = tuple((guard.id, guard.authority) for guard in guards)
        return found

    def facts_read(self, seat: SeatClass, model: str) -> Iterator[Fact]:
        """The facts of a class that rules about a model read."""
        read = self._read.get(model, frozenset())
        return (fact for fact in seat.facts if fact[0] in read)

    def _facts_about(self, model: str) -> frozenset[str]:
        part = self.policy.slice_of(model)
        return frozenset(part.facts) if part is not None else frozenset()

    def _frame(self, seat: SeatClass, first: str) -> tuple[object, ...]:
        """What a policy can tell of organization and project, with lapses and measures on links not the caller's own."""
        place = (seat.kind, seat.organization, seat.project)
        frame = self._frames.get(place)
        if frame is None:
            standing = self.side.standing(seat, first)
            shared = {(each.kind, each.why) for each in standing.lapses if each.kind in ("organization", "project")}
            named = seat.organization if seat.organization in self._named else ""
            annexes = annexes_of(standing, self.policy.compiled.annexes)
            about = (standing.project, standing.purpose, standing.tier)
            above = taken(standing.measures, own=False)
            frame = self._frames[place] = (seat.kind, named, annexes, about, tuple(sorted(shared)), above)
        return frame


def named_organizations(policy: Policy) -> frozenset[str]:
    """The organizations that some policy or probe in force names by id."""
    compiled = policy.compiled
    texts = [text for rule in compiled.rules for text in (rule.policy, rule.probe, *(one.possible for one in rule.exemptions))]
    texts += [one.probe for one in compiled.reach] + [one.probe for one in compiled.guards]
    found: set[str] = set()
    for text in texts:
        _collect(msgspec.json.decode(text), found)
    return frozenset(found)


def _collect(node: Any, found: set[str]) -> None:
    if isinstance(node, dict):
        if node.get("type") == "Organization" and isinstance(node.get("id"), str):
            found.add(node["id"])
        for value in node.values():
            _collect(value, found)
    elif isinstance(node, list):
        for value in node:
            _collect(value, found)
