"""What do the rules in force come to, in Cedar? Compiles instruments into policies in Cedar's JSON form.

A prohibition becomes ``forbid when models && possibly(cohort) unless (models && certainly(exemption)) || ...``; a permission
becomes ``permit when models && certainly(cohort)``. An exemption is never a policy of its own: it removes, it does not grant.
An obligation grants nothing either: its policy is a question put beside a permit, ``models && possibly(cohort)``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from safeconduct.instruments.annex import Scope
from safeconduct.instruments.cohort import Expr, Scan, balanced, both, certainly, conceivable, parse, possibly, scan
from safeconduct.instruments.document import Instrument, RuleEffect
from safeconduct.instruments.force import Held, Placed, PlacedGuard, in_force
from safeconduct.instruments.packs import Packs, expand
from safeconduct.terms.conditions import BY_PATH
from safeconduct.terms.moments import Moment
from safeconduct.terms.rules import AnnexScope, Compiled, CompiledExemption, CompiledGuard, CompiledRule, Reach, Selectors

TRUE: Expr = {"Value": True}


def compile_rules(held: Sequence[Held], now: Moment, packs: Packs | None = None) -> Compiled:
    """Compile what is in force at ``now``. ``packs`` are the rule packs in force then, by id.

    The instruments must have passed ``check``; raises ValueError otherwise, and where a pack that is named is not there.
    """
    force = in_force(held, now)
    packs = packs or {}
    exemptions: dict[str, list[Placed]] = {}
    for one in force.rules:
        if one.rule.effect is RuleEffect.EXEMPT:
            exemptions.setdefault(one.rule.target, []).append(one)
    rules = tuple(
        _compiled(one, exemptions.get(one.id, []), packs) for one in force.rules if one.rule.effect is not RuleEffect.EXEMPT
    )
    reach = tuple(_reach(one, packs, in_force=one in force.rules) for one in force.past)
    guards = tuple(_guard(one, packs) for one in force.guards)
    annexes = _annexes([*force.rules, *force.past, *force.guards])
    return Compiled(rules, reach, annexes, _hash(rules, reach, annexes, guards), now, force.boundary, guards)


def selectors(models: Sequence[str]) -> Selectors:
    """Sort selectors as written into ids, tiers and families."""
    ids, tiers, families = set(), set(), set()
    for selector in models:
        prefix, colon, rest = selector.partition(":")
        if not colon:
            ids.add(selector)
        elif prefix == "tier":
            tiers.add(rest)
        else:
            families.add(rest)
    return Selectors(frozenset(ids), frozenset(tiers), frozenset(families))


def annex_names(instrument: Instrument, version: int) -> dict[str, str]:
    """The ids of an instrument's annexes as written, and as used inside: no two instruments or versions share one."""
    return {annex.id: f"{instrument.id}@{version}/{annex.id}" for annex in instrument.annexes}


def _compiled(placed: Placed, exemptions: Sequence[Placed], packs: Packs) -> CompiledRule:
    rule = placed.rule
    body, found, names = _cohort(placed, packs)
    models = selectors(rule.models)
    # INVARIANT (P1): what is unknown never frees anybody; a prohibition and an obligation hold unless they are ruled out.
    decides, explains = (certainly, possibly) if rule.effect is RuleEffect.PERMIT else (possibly, certainly)
    cedar = "forbid" if rule.effect is RuleEffect.FORBID else "permit"
    compiled = [_exemption(one, packs) for one in exemptions]
    facts, literals = set(found.facts), dict(_literals(found))
    for other in exemptions:
        other_found = _cohort(other, packs)[1]
        facts |= other_found.facts
        for fact, texts in _literals(other_found).items():
            literals[fact] = tuple(sorted({*literals.get(fact, ()), *texts}))
    unless = balanced("||", [condition for condition, _ in compiled]) if compiled else None
    return CompiledRule(
        id=placed.id,
        instrument=placed.instrument.id,
        effect=rule.effect.value,
        models=models,
        policy=_policy(cedar, placed.id, [_resource(models), decides(body, names)], unless),
        probe=_policy("permit", placed.id, [_resource(models), explains(body, names)], None),
        facts=frozenset(facts),
        own_facts=found.facts,
        say=rule.say,
        mend=rule.mend,
        duties=rule.duties,
        exemptions=tuple(one for _, one in compiled),
        literals=literals,
        annexes=frozenset(names[annex] for annex in found.annexes),
        fallback=rule.fallback,
    )


def _guard(placed: PlacedGuard, packs: Packs) -> CompiledGuard:
    """INVARIANT (P1): what is unknown protects nobody; a guard counts only for callers who are certainly in its cohort."""
    body, found, names = _cohort(placed, packs)
    probe = _policy("permit", placed.id, [certainly(body, names)], None)
    return CompiledGuard(placed.id, placed.instrument.id, placed.guard.authority, placed.guard.say, found.facts, probe)


def _exemption(placed: Placed, packs: Packs) -> tuple[Expr, CompiledExemption]:
    body, found, names = _cohort(placed, packs)
    models = selectors(placed.rule.models)
    compiled = CompiledExemption(
        id=placed.id,
        models=models,
        facts=found.facts,
        annexes=frozenset(names[annex] for annex in found.annexes),
        possible=_policy("permit", placed.id, [_resource(models), possibly(body, names)], None),
    )
    return both(_resource(models), certainly(body, names)), compiled


def _reach(placed: Placed, packs: Packs, *, in_force: bool) -> Reach:
    body, _, names = _cohort(placed, packs)
    models = selectors(placed.rule.models)
    return Reach(
        id=f"{placed.id}@{placed.version}",
        instrument=placed.instrument.id,
        title=placed.instrument.title,
        models=models,
        probe=_policy("permit", f"{placed.id}@{placed.version}", [_resource(models), conceivable(body, names)], None),
        in_force=in_force,
        since=placed.since,
        until=placed.until,
    )


def _cohort(placed: Placed | PlacedGuard, packs: Packs) -> tuple[Expr, Scan, dict[str, str]]:
    body: Expr = expand(parse(placed.rule.cohort if isinstance(placed, Placed) else placed.guard.cohort), packs)
    found = scan(body)
    names = annex_names(placed.instrument, placed.version)
    if found.faults or not found.annexes <= names.keys():
        raise ValueError(f"the cohort of {placed.id} was never checked")
    return body, found, names


def _literals(found: Scan) -> dict[str, tuple[str, ...]]:
    return {BY_PATH[path].fact or path: tuple(sorted(texts)) for path, texts in found.literals.items() if texts}


def _resource(models: Selectors) -> Expr:
    resource: Expr = {"Var": "resource"}
    choices: list[Expr] = []
    if models.ids:
        entities = [{"Value": {"__entity": {"type": "Model", "id": name}}} for name in sorted(models.ids)]
        choices.append({"contains": {"left": {"Set": entities}, "right": resource}})
    for attribute, values in (("tier", models.tiers), ("family", models.families)):
        asked: Expr = {".": {"left": resource, "attr": attribute}}
        choices.extend({"==": {"left": asked, "right": {"Value": value}}} for value in sorted(values))
    return balanced("||", choices)


def _policy(effect: str, name: str, when: Sequence[Expr], unless: Expr | None) -> str:
    conditions: list[dict[str, Any]] = [{"kind": "when", "body": body} for body in when if body != TRUE]
    if unless is not None:
        conditions.append({"kind": "unless", "body": unless})
    policy = {
        "effect": effect,
        "principal": {"op": "All"},
        "action": {"op": "==", "entity": {"type": "Action", "id": "invoke"}},
        "resource": {"op": "All"},
        "conditions": conditions,
        "annotations": {"id": name},
    }
    return msgspec.json.encode(policy, order="sorted").decode()


def _annexes(placed: Sequence[Placed | PlacedGuard]) -> dict[str, AnnexScope]:
    lists: dict[str, dict[Scope, set[str]]] = {}
    seen: set[tuple[str, int]] = set()
    for one in placed:
        if (one.instrument.id, one.version) in seen:
            continue
        seen.add((one.instrument.id, one.version))
        names = annex_names(one.instrument, one.version)
        for annex in one.instrument.annexes:
            for line in annex.lines:
                if not line.organization:
                    continue  # a name that two people have not matched yet lists nobody
                lists.setdefault(line.organization, {}).setdefault(line.scope, set()).add(names[annex.id])
    return {
        organization: AnnexScope(
            listed=frozenset(set().union(*scopes.values())),
            with_subsidiaries=frozenset(scopes.get(Scope.SUBSIDIARIES, ())),
            with_contractors=frozenset(scopes.get(Scope.CONTRACTORS, ())),
        )
        for organization, scopes in sorted(lists.items())
    }


def _hash(
    rules: Sequence[CompiledRule],
    reach: Sequence[Reach],
    annexes: dict[str, AnnexScope],
    guards: Sequence[CompiledGuard],
) -> str:
    content = {
        "rules": [_decisive(rule) for rule in rules],
        "guards": [[one.id, one.authority, one.say, one.probe] for one in guards],
        "reach": [[one.id, one.probe, one.in_force] for one in reach],
        "annexes": [
            [name, sorted(one.listed), sorted(one.with_subsidiaries), sorted(one.with_contractors)]
            for name, one in sorted(annexes.items())
        ],
    }
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _decisive(rule: CompiledRule) -> list[object]:
    """What of a rule decides. Policies of a permit and an obligation may be the same text, so the latter says what it is."""
    said: list[object] = [rule.id, rule.policy, rule.probe, rule.say, rule.mend, rule.duties, rule.fallback]
    if rule.effect == RuleEffect.OBLIGE:
        said.append(rule.effect)
    return said
