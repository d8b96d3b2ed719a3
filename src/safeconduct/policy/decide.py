"""May this standing use this model, in this context, at this moment? And why?

Asks Cedar, and believes it only where it is unanimous. Which rules are in force is the room ``instruments``; who the caller
is, the registry. Policies are sliced by model when a set of rules arrives, so that a call meets only those about its model.

INVARIANT (P1): a permit needs all of: the engine says Allow; it reports no error (Cedar skips a policy that errs, so an
erring prohibition or obligation would vanish); caller, organization and model are all present and fit the schema; the moment
lies within the time the rules were compiled for. Everything else is a no with a reason.

Callers of whom the engine is shown the same get the same verdict, so verdicts are remembered by what is shown, without the
caller's own id: no policy names a principal. What is said to the caller is always put together anew, from the caller's own
standing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from zlib import crc32

import cedarpy
import msgspec

from safeconduct.policy import reasons as words
from safeconduct.policy import schema
from safeconduct.policy.context import Context
from safeconduct.policy.measures import judged
from safeconduct.policy.slices import Slice, sliced
from safeconduct.policy.verdicts import UNSEEN, Verdict, digest, fallback
from safeconduct.terms.content import CLASS_DAYS
from safeconduct.terms.decision import Decision, Duty, Effect, Reason
from safeconduct.terms.measures import Measure
from safeconduct.terms.moments import Moment
from safeconduct.terms.rules import AnnexScope, Compiled, Reach
from safeconduct.terms.standing import Model, Standing

MAX_VERDICTS = 50_000  # remembered verdicts of one policy, some 300 bytes each; beyond it all are forgotten

_NEUTRAL = Context()
_UNMARKED: Mapping[str, Sequence[Measure]] = {}
_NEUTRAL_TEXT = schema.context_json(_NEUTRAL)
_PRESENT = 4  # caller, organization, model, and the action that the schema adds


class Policy:
    """The rules of one period, ready to be asked. Immutable; a new set of rules is a new Policy."""

    def __init__(
        self,
        compiled: Compiled,
        models: Iterable[Model],
        withdrawn: Iterable[Model] = (),
        classes: Mapping[str, int] = CLASS_DAYS,
        unrestricted: Collection[str] = (),
        marked: Mapping[str, Sequence[Measure]] = _UNMARKED,
    ) -> None:
        """Raises ValueError when a policy does not parse: a set that cannot be read whole decides nothing.

        ``classes`` are the retention classes that duties may name, in days, and ``unrestricted`` the tiers whose models some
        measures leave alone. Both come from the settings, which the log holds the hash of, and are no part of the policy's own.
        ``marked`` are the measures in force on models, by model.
        """
        self._compiled = compiled
        self._unrestricted = frozenset(unrestricted)
        self._marked = marked
        ends = [each.until for every in marked.values() for each in every]
        self._boundary = min(compiled.boundary, *ends) if ends else compiled.boundary
        self.classes: Mapping[str, int] = classes
        self._slices: dict[str, Slice] = {}
        parsed: dict[tuple[str, ...], cedarpy.PolicySet] = {}
        for model in withdrawn:
            self._slices[model.id] = sliced(compiled, model, parsed, withdrawn=True)
        for model in models:
            self._slices[model.id] = sliced(compiled, model, parsed, withdrawn=False)
        self._names = sorted(self._slices)
        self._verdicts: dict[bytes, Verdict] = {}
        catalog = [entry.entity.decode() for _, entry in sorted(self._slices.items())]
        content = msgspec.json.encode([schema.FOUNDATION, compiled.hash, catalog])
        self.hash: str = hashlib.sha256(content).hexdigest()

    @property
    def boundary(self) -> Moment:
        """The next moment at which the rules change by the clock alone; from then on this policy permits nothing."""
        return self._boundary

    @property
    def facts(self) -> frozenset[str]:
        """Every fact that a rule in force reads (P10); a standing made for this policy needs no other."""
        return self._compiled.facts

    @property
    def compiled(self) -> Compiled:
        return self._compiled

    def slice_of(self, model: str) -> Slice | None:
        """The rules about one model, for explaining."""
        return self._slices.get(model)

    def decide(self, standing: Standing, model: Model, context: Context, now: Moment, asked: str = "") -> Decision:
        """The decision. Never raises on what a caller can influence; what cannot be evaluated is a no.

        ``asked`` is the name that the model was asked for by, where it was another than its own.
        """
        part = self._slices.get(model.id)
        if part is None:
            return self.not_found(standing, asked or model.id, now, context)
        verdict = self._verdict(part, standing, context, asked or model.id, now, exists=True)
        if verdict.allowed and not verdict.errors:
            permit = self._permit(part, standing, verdict, now)
            measures = (*standing.measures, *self._marked.get(model.id, ()))
            return judged(permit, measures, now, restricted=self.is_restricted(model)) if measures else permit
        return self._deny(part, standing, verdict, now)

    def is_restricted(self, model: Model) -> bool:
        """Whether the model is one of those that a stale view, or a caller under some measures, may not have."""
        return model.tier not in self._unrestricted

    def not_found(self, standing: Standing, name: str, now: Moment, context: Context = _NEUTRAL) -> Decision:
        """The decision about a name that means nothing here; the same that hides a model from those without authorization.

        INVARIANT (P12): it takes as long. The questions that hide a model are asked here too, about one of the catalog that
        the name picks, and the answers thrown away; otherwise a clock would tell which names are only hidden.
        """
        if self._names:
            part = self._slices[self._names[crc32(name.encode("utf-8", "replace")) % len(self._names)]]
            self._verdict(part, standing, context, name, now, exists=False)
        return self._denial(standing, name[:128], (words.NOT_FOUND,), UNSEEN, now)

    def supposing(self, organization: str, annex: str) -> Policy:
        """The same policy, were the organization listed in one more annex. For explaining only; its hash is of no history."""
        other = copy(self)
        scope = self._compiled.annexes.get(organization, AnnexScope())
        longer = replace(scope, listed=scope.listed | {annex})
        other._compiled = replace(self._compiled, annexes={**self._compiled.annexes, organization: longer})  # noqa: SLF001 - of this very class
        return other

    def _verdict(self, part: Slice, standing: Standing, context: Context, asked: str, now: Moment, *, exists: bool) -> Verdict:
        """What the engine says of callers who look like this one. ``exists``: whether the question is about ``part`` at all.

        INVARIANT (P12): that a model is hidden is remembered by the name asked for and by nothing of the model, as it is for
        names that mean nothing; so a second answer is as fast for the one as for the other, and a first one as slow.
        """
        shown = self._problem(standing, now) or self._shown(standing, part.facts, now)
        text = _context(context)
        if isinstance(shown, str) or not text or not standing.subject.isascii():
            verdict = self._live(part, standing, shown, self._bare(standing, now), text, exists=exists)
            return verdict if exists else UNSEEN
        kind = b"agent" if standing.agents else b"person"
        seen = digest(b"seen" if exists else b"none", kind, part.model.id.encode(), *shown, text.encode())
        known = self._verdicts.get(seen)
        if known is not None:
            return known
        bare = self._bare(standing, now)
        if isinstance(bare, str):
            return Verdict(False, (), (bare,))
        unseen = digest(b"name", kind, *bare, text.encode(), asked.encode("utf-8", "surrogatepass"))
        known = self._verdicts.get(unseen)
        if known is not None:
            return known
        verdict = self._live(part, standing, shown, bare, text, exists=exists)
        if verdict.errors:  # what went wrong once is asked again
            return verdict if exists else UNSEEN
        hidden = not exists or not (verdict.allowed or verdict.reached)
        if len(self._verdicts) >= MAX_VERDICTS:
            self._verdicts.clear()
        self._verdicts[unseen if hidden else seen] = verdict = UNSEEN if hidden else verdict
        return verdict

    def _live(
        self,
        part: Slice,
        standing: Standing,
        shown: tuple[bytes, bytes] | str,
        bare: tuple[bytes, bytes] | str,
        text: str,
        *,
        exists: bool,
    ) -> Verdict:
        """Ask the engine, and of a no also why."""
        entities = self._entities(part, standing, shown)
        verdict = self._ask(part.policies, part, entities, standing, text)
        if exists and verdict.allowed and not verdict.errors:
            if part.obliges is None:
                return verdict
            # INVARIANT (P1): obligations that cannot be evaluated are no permit; what is unknown of a caller obliges.
            asked = self._ask(part.obliges, part, entities, standing, text)
            verdict = replace(verdict, allowed=not asked.errors, errors=asked.errors, obliged=asked.ids)
            if verdict.allowed:
                return verdict
        # Permissions that ever covered the caller's organization for this model, found without any personal fact. Asked also
        # where there is none: a model that nobody was ever authorized for takes as long to hide as any other (P12).
        reached = self._ask(part.reach, part, self._entities(part, standing, bare), standing, _NEUTRAL_TEXT).ids
        if not exists or not reached:
            return Verdict(False, (), verdict.errors)
        if verdict.errors:
            return replace(verdict, allowed=False, reached=reached)
        held = frozenset(self._ask(part.probes, part, entities, standing, _NEUTRAL_TEXT).ids)
        return replace(verdict, reached=reached, held=held)

    def _bare(self, standing: Standing, now: Moment) -> tuple[bytes, bytes] | str:
        """What the engine is shown when no personal fact may matter."""
        if not standing.subject or not standing.organization:
            return "the caller or the organization is missing"
        return self._shown(standing, (), now)

    def _shown(self, standing: Standing, facts: Iterable[str], now: Moment) -> tuple[bytes, bytes] | str:
        """What the engine is shown of the caller, with no facts but ``facts``; or what is wrong with it."""
        try:
            return schema.shown(standing, schema.annexes_of(standing, self._compiled.annexes), facts, now)
        except (ValueError, TypeError) as error:  # ValueError: a text is no Unicode. TypeError: a value that is no JSON.
            return f"the caller does not fit the schema: {type(error).__name__}"

    def _entities(self, part: Slice, standing: Standing, shown: tuple[bytes, bytes] | str) -> cedarpy.Entities | str:
        """Caller, organization and model as entities that fit the schema; or what is wrong."""
        if isinstance(shown, str):
            return shown
        try:
            text = b"[" + part.entity + b"," + schema.named(standing, *shown) + b"]"
            entities = cedarpy.Entities.from_json_str(text.decode(), schema.SCHEMA)
        except (ValueError, TypeError) as error:  # an entity does not fit the schema, or a text is no Unicode
            return f"the caller does not fit the schema: {type(error).__name__}"
        # INVARIANT (P1): an absent organization would simply be in no annex, and a prohibition naming one would not fire.
        return entities if len(entities) == _PRESENT else "the caller, the organization or the model is missing"

    def _ask(
        self,
        policies: cedarpy.PolicySet,
        part: Slice,
        entities: cedarpy.Entities | str,
        standing: Standing,
        context: str,
    ) -> Verdict:
        """Put one question to the engine. ``context`` as JSON, empty when it does not fit the schema."""
        if isinstance(entities, str):
            return Verdict(False, (), (entities,))
        if not context:
            return Verdict(False, (), ("the call does not fit the schema: no Unicode",))
        try:
            request = {
                "principal": schema.principal_id(standing),
                "action": schema.ACTION,
                "resource": {"type": "Model", "id": part.model.id},
                "context": context,
            }
            result = cedarpy.is_authorized(request, policies, entities, schema.SCHEMA)
        except (ValueError, TypeError) as error:
            return Verdict(False, (), (f"the call does not fit the schema: {type(error).__name__}",))
        errors = tuple(str(error) for error in result.diagnostics.errors)
        allowed = result.decision is cedarpy.Decision.Allow
        if result.decision is cedarpy.Decision.NoDecision and not errors:
            errors = ("the engine gave no decision",)
        return Verdict(allowed, tuple(sorted(result.diagnostics.reasons)), errors)

    def _problem(self, standing: Standing, now: Moment) -> str:
        if not self._compiled.since <= now < self._compiled.boundary:
            return "the rules were compiled for another time"
        if not standing.subject or not standing.organization:
            return "the caller or the organization is missing"
        return ""

    def _permit(self, part: Slice, standing: Standing, verdict: Verdict, now: Moment) -> Decision:
        rules = [part.rules[name] for name in verdict.ids if name in part.rules]
        given = [Reason("permitted", rule.say or f"Permitted by {rule.instrument}.", "", rule.id) for rule in rules]
        obliging = [part.rules[name] for name in verdict.obliged]
        given += [Reason("obliged", rule.say, rule.mend, rule.id) for rule in obliging]
        duties = tuple(Duty(name, value, rule.id) for rule in (*rules, *obliging) for name, value in rule.duties)
        return Decision(
            effect=Effect.PERMIT,
            model=part.model.id,
            reasons=tuple(given),
            policy_hash=self.hash,
            standing_hash=standing.hash,
            decided_at=now,
            duties=duties,
            valid_until=self._valid_until(standing),
            rules=verdict.ids + verdict.obliged,
        )

    def _deny(self, part: Slice, standing: Standing, verdict: Verdict, now: Moment) -> Decision:
        if not verdict.reached:
            return self._denial(standing, part.model.id, (words.NOT_FOUND,), verdict, now)
        if verdict.errors:
            return self._denial(standing, part.model.id, (words.FAILED,), verdict, now)
        given: list[Reason] = []
        if verdict.ids:
            for name in sorted(verdict.ids, key=lambda one: (one not in schema.BASE, one)):
                given += self._forbidden(part, standing, name, verdict.held, now)
        else:
            given += self._unpermitted(part, standing, [part.reached[name] for name in verdict.reached], verdict.held, now)
        return self._denial(standing, part.model.id, tuple(given), verdict, now, fallback(part, verdict))

    def _forbidden(self, part: Slice, standing: Standing, name: str, held: frozenset[str], now: Moment) -> list[Reason]:
        if name in schema.BASE:
            return words.base_reasons(name, standing.lapses)
        rule = part.rules[name]
        open_exemptions = [one for one in rule.exemptions if one.id in held]
        return [words.forbidden(rule, standing, now, certain=name in held, open_exemptions=open_exemptions)]

    def _unpermitted(
        self, part: Slice, standing: Standing, reached: Sequence[Reach], held: frozenset[str], now: Moment
    ) -> list[Reason]:
        near = [rule for name, rule in part.rules.items() if rule.effect == "permit" and name in held]
        if near:
            return [words.unpermitted(rule, standing, now) for rule in near]
        covering = [one for one in reached if one.in_force] or sorted(reached, key=lambda one: one.until)[-1:]
        return [words.uncovered(one) for one in covering]

    def _denial(
        self, standing: Standing, model: str, given: tuple[Reason, ...], verdict: Verdict, now: Moment, fallback: str = ""
    ) -> Decision:
        return Decision(
            effect=Effect.DENY,
            model=model,
            reasons=given,
            policy_hash=self.hash,
            standing_hash=standing.hash,
            decided_at=now,
            errors=verdict.errors,
            valid_until=self._valid_until(standing),
            rules=verdict.ids,
            fallback=fallback,
        )

    def _valid_until(self, standing: Standing) -> Moment:
        return min(self._boundary, standing.next_change)


def _context(context: Context) -> str:
    """The context as JSON; empty when it holds what is no Unicode."""
    if context is _NEUTRAL:
        return _NEUTRAL_TEXT
    try:
        return schema.context_json(context)
    except (ValueError, TypeError):
        return ""
