"""The official Cedar engine, reached without our binding, gives the same answers on thousands of generated questions."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import cedarpy
import pytest

from safeconduct.policy import schema
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.terms.conditions import SCHEMA_TEXT
from safeconduct.terms.standing import FactState, FactStatus, Lapse, Standing
from support import policy_oracle
from support.policy_conditions import FACT_LEAVES, ORGANIZATIONS, SURE_LEAVES, VALUES, Condition
from support.policy_june import FABLE, MYTHOS, standing
from support.policy_worlds import NOW, SELECTORS, world

SETS = 60
QUESTIONS = 50  # for each set


def _condition(random: Random, depth: int = 3) -> Condition:
    kind = random.choice(["leaf", "not", "and", "or", "if"]) if depth else "leaf"
    if kind == "leaf":
        return Condition("leaf", random.choice([*FACT_LEAVES, *SURE_LEAVES]))
    parts = tuple(_condition(random, depth - 1) for _ in range({"not": 1, "if": 3}.get(kind, 2)))
    texts = [part.text for part in parts]
    match kind:
        case "not":
            text = f"!({texts[0]})"
        case "if":
            text = f"(if {texts[0]} then {texts[1]} else {texts[2]})"
        case _:
            text = "(" + {"and": " && ", "or": " || "}[kind].join(texts) + ")"
    return Condition(kind, text, parts)


def _policy(random: Random) -> Policy:
    permits, forbids, exemptions = (tuple(_condition(random) for _ in range(random.randint(low, 2))) for low in (1, 0, 0))
    return world(permits, forbids, exemptions if forbids else (), random.choice(SELECTORS)).policy()


def _caller(random: Random) -> Standing:
    absent = (FactState(FactStatus.UNKNOWN), FactState(FactStatus.EXPIRED))
    facts = {
        fact: random.choice([*(FactState(FactStatus.KNOWN, value) for value in values), *absent])
        for fact, values in VALUES.items()
    }
    return replace(
        standing(random.choice(ORGANIZATIONS)),
        facts=facts,
        project=random.choice(["defense", ""]),
        agents=random.choice([(), ("agent-1",)]),
        lapses=random.choices([(), (Lapse("person", "p1", "ended"),)], [9, 1])[0],
    )


def _context(random: Random) -> Context:
    return Context(
        hosts=random.choices(
            [frozenset(), frozenset({"files.example"}), frozenset({"files.example", "evil.example"})], [5, 4, 1]
        )[0],
        foreign_resources=random.choices([frozenset(), frozenset({"file_1"})], [9, 1])[0],
        dialect=random.choices(["messages", "chat"], [9, 1])[0],
        operation="generate",
        stream=random.random() < 0.5,
    )


@pytest.mark.timeout(300)
def test_the_official_engine_agrees_on_every_question() -> None:
    random = Random(20260612)
    sets, questions, ours = {}, [], []
    for number in range(SETS):
        policy = _policy(random)
        for model in (MYTHOS, FABLE):
            part = policy.slice_of(model.id)
            assert part is not None
            policies = {**schema.base_policies(), **{rule.id: rule.policy for rule in part.rules.values()}}
            name = f"{number}/{model.id}"
            sets[name] = {one: json.loads(text) for one, text in policies.items()}
            for _ in range(QUESTIONS // 2):
                caller, context = _caller(random), _context(random)
                annexes = schema.annexes_of(caller, policy.compiled.annexes)
                shown = schema.caller_json(caller, annexes, part.facts, NOW)
                questions.append(
                    {
                        "principal": schema.principal_id(caller),
                        "action": schema.ACTION,
                        "resource": {"type": "Model", "id": model.id},
                        "context": json.loads(schema.context_json(context)),
                        "entities": json.loads(b"[" + part.entity + b"," + shown + b"]"),
                        "preparsedPolicySetId": name,
                    }
                )
                ours.append(policy.decide(caller, model, context, NOW))
    theirs = policy_oracle.answers(SCHEMA_TEXT, sets, questions)
    assert len(theirs) == len(ours) == SETS * QUESTIONS
    for decision, answer in zip(ours, theirs, strict=True):
        assert answer["errors"] == len(decision.errors) == 0
        assert decision.permits is (answer["decision"] == "allow")
        if decision.rules:
            assert list(decision.rules) == answer["reasons"]
    permitted = sum(decision.permits for decision in ours)
    assert SETS < permitted < len(ours) - SETS  # both answers occur often enough to mean something


def test_our_engine_and_the_official_one_err_on_the_same_missing_entity() -> None:
    """The reason for P1: with the caller absent, a prohibition errs, is skipped, and the answer is Allow with an error."""
    permit = "permit(principal, action, resource);"
    forbid = "forbid(principal, action, resource) when { !principal.alive };"
    entities = json.loads(b"[" + schema.model_json(MYTHOS, withdrawn=False) + b"]")
    request = {
        "principal": {"type": "Person", "id": "ghost"},
        "action": schema.ACTION,
        "resource": {"type": "Model", "id": MYTHOS.id},
        "context": json.loads(schema.context_json(Context())),
    }
    mine = cedarpy.is_authorized(request, permit + forbid, entities, schema.SCHEMA)
    both = cedarpy.policies_to_json_str(permit + forbid)
    [theirs] = policy_oracle.answers(
        SCHEMA_TEXT,
        {"one": json.loads(both)["staticPolicies"]},
        [{**request, "entities": entities, "preparsedPolicySetId": "one"}],
    )
    assert mine.allowed
    assert theirs["decision"] == "allow"
    assert len(mine.diagnostics.errors) == theirs["errors"] == 1
