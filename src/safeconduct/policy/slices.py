"""Which policies are about one model? Sliced once, when a set of rules arrives; so a call meets only those about its model."""

from __future__ import annotations

from dataclasses import dataclass

import cedarpy

from safeconduct.policy import schema
from safeconduct.terms.rules import Compiled, CompiledExemption, CompiledRule, Reach
from safeconduct.terms.standing import Model


@dataclass(frozen=True, slots=True)
class Slice:
    """Everything about one model. ``probes`` explain a no; ``reach`` tells who may know that the model exists.

    ``obliges`` are the obligations, asked beside a permit; None where there are none.
    """

    model: Model
    entity: bytes
    rules: dict[str, CompiledRule]
    exemptions: dict[str, CompiledExemption]
    reached: dict[str, Reach]
    facts: tuple[str, ...]
    policies: cedarpy.PolicySet
    probes: cedarpy.PolicySet
    reach: cedarpy.PolicySet
    obliges: cedarpy.PolicySet | None


def sliced(compiled: Compiled, model: Model, parsed: dict[tuple[str, ...], cedarpy.PolicySet], *, withdrawn: bool) -> Slice:
    """The slice for one model. ``parsed`` keeps policy sets that are the same for several models. Raises ValueError."""

    def about(selectors_of: CompiledRule | CompiledExemption | Reach) -> bool:
        return selectors_of.models.match(model.id, model.tier, model.family)

    rules = {rule.id: rule for rule in compiled.rules if about(rule)}
    exemptions = {one.id: one for rule in rules.values() for one in rule.exemptions if about(one)}
    reached = {one.id: one for one in compiled.reach if about(one)}

    def handle(policies: dict[str, str]) -> cedarpy.PolicySet:
        key = tuple(part for item in sorted(policies.items()) for part in item)
        if key not in parsed:
            parsed[key] = schema.policy_set(policies)
        return parsed[key]

    deciding = [rule for rule in rules.values() if rule.effect != "oblige"]
    obliging = {rule.id: rule.policy for rule in rules.values() if rule.effect == "oblige"}
    return Slice(
        model=model,
        entity=schema.model_json(model, withdrawn=withdrawn),
        rules=rules,
        exemptions=exemptions,
        reached=reached,
        facts=tuple(sorted({fact for rule in rules.values() for fact in rule.facts})),
        policies=handle({**{rule.id: rule.policy for rule in deciding}, **schema.base_policies()}),
        probes=handle({**{rule.id: rule.probe for rule in deciding}, **{one.id: one.possible for one in exemptions.values()}}),
        reach=handle({one.id: one.probe for one in reached.values()}),
        obliges=handle(obliging) if obliging else None,
    )
