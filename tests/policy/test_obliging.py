"""Obligations: whatever permits a caller, their duties are added; what is unknown obliges; they grant and forbid nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from safeconduct.instruments.compile import compile_rules
from safeconduct.policy import schema
from safeconduct.policy.decide import Policy
from safeconduct.policy.explain import explain
from safeconduct.terms.decision import Decision, Duty, Effect
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.rules import Compiled, CompiledRule, Selectors
from safeconduct.terms.standing import FactStatus, Standing
from support import policy_oracle
from support.policy_conditions import Condition, conditions
from support.policy_june import CODEX, EXPIRED, FABLE, GLASSWING, MODELS, MYTHOS, PEOPLE, held, instrument, known, standing
from support.policy_worlds import CALL, NOW, World, callers, worlds

ORDER = """
[instrument]
id = "{name}"
authority = "{authority}"
kind = "{kind}"
effective = 2026-01-01T00:00:00Z
[[rule]]
id = "all"
effect = "oblige"
models = {models}
cohort = '''{cohort}'''
say = "{name} says so."
duties = [{{ name = "retain", value = "{value}" }}]
"""
GERMANY = 'principal.residence == "DE"'


def letter(name: str, cohort: str = "true", value: str = "export", models: str = '["claude-mythos-5"]') -> str:
    kind, authority = ("organization_policy", "acme") if value == "none" else ("requirement", "ministry")
    return ORDER.format(name=name, cohort=cohort, value=value, models=models, kind=kind, authority=authority)


def policy(*letters: str) -> Policy:
    return Policy(compile_rules([held(instrument(text)) for text in (GLASSWING, *letters)], NOW), MODELS)


def decided(made: Policy, caller: Standing = PEOPLE["us employee"]) -> Decision:
    return made.decide(caller, MYTHOS, CALL, NOW)


def test_an_obligation_adds_its_duties_to_a_permit_that_somebody_else_gave() -> None:
    decision = decided(policy(letter("order"), letter("private", value="none")))
    assert decision.permits
    assert decision.duties == (
        Duty("cap", "max_output_tokens=4000", "glasswing/partners"),
        Duty("retain", "export", "order/all"),
        Duty("retain", "none", "private/all"),
    )
    assert decision.rules == ("glasswing/partners", "order/all", "private/all")
    assert [(reason.code, reason.rule) for reason in decision.reasons] == [
        ("permitted", "glasswing/partners"),
        ("obliged", "order/all"),
        ("obliged", "private/all"),
    ]
    assert decision.reasons[1].say == "order says so."


def test_an_obligation_grants_nothing_and_shows_nobody_a_hidden_model() -> None:
    made = policy(letter("order", models='["tier:restricted"]'))
    for model in (MYTHOS, CODEX):
        hidden = made.decide(PEOPLE["us outsider"], model, CALL, NOW)
        assert (hidden.effect, hidden.reasons[0].code, hidden.duties) == (Effect.DENY, "model_not_found", ())


@pytest.mark.parametrize(
    ("caller", "obliged"),
    [
        (standing("acme", residence=known("DE")), True),
        (standing("acme", residence=known("FR")), False),
        (standing("acme"), True),
        (standing("acme", residence=EXPIRED), True),
        (standing("acme", residence=known("FR", until=NOW)), True),
    ],
)
def test_p1_what_is_unknown_of_a_caller_obliges(caller: Standing, obliged: bool) -> None:
    made = policy(letter("order", GERMANY))
    for _ in range(2):  # the second time from memory
        decision = decided(made, caller)
        assert decision.permits
        assert ("order/all" in decision.rules) is obliged


def test_it_reaches_only_its_models() -> None:
    made = policy(letter("order"))
    assert made.decide(PEOPLE["us employee"], FABLE, CALL, NOW).duties == ()
    assert made.slice_of(FABLE.id).obliges is None  # type: ignore[union-attr]


def test_p10_only_what_an_obligation_reads_is_shown() -> None:
    assert policy().facts == frozenset()
    assert policy(letter("order", GERMANY)).facts == {"residence"}


def test_the_policy_hash_tells_an_obligation_from_a_permit_and_from_none() -> None:
    permit = letter("order").replace('"oblige"', '"permit"').replace('"requirement"', '"authorization"')
    hashes = [policy().hash, policy(letter("order")).hash, policy(permit).hash, policy(letter("order", value="standard")).hash]
    assert len(set(hashes)) == len(hashes)
    assert policy(letter("order")).hash == policy(letter("order")).hash


def test_p1_an_erring_obligation_is_a_no() -> None:
    """Cedar skips a policy that errs, so the obligation would vanish."""
    body = {"==": {"left": {".": {"left": {"Var": "context"}, "attr": "absent"}}, "right": {"Value": "x"}}}
    text = json.dumps(
        {
            "effect": "permit",
            "principal": {"op": "All"},
            "action": {"op": "All"},
            "resource": {"op": "All"},
            "conditions": [{"kind": "when", "body": body}],
        }
    )
    good = policy().compiled
    broken = CompiledRule(
        "order/all", "order", "oblige", Selectors(frozenset({MYTHOS.id})), text, text, frozenset(), frozenset(), "Kept."
    )
    made = Policy(Compiled((*good.rules, broken), good.reach, good.annexes, "h", 0, FOREVER), MODELS)
    decision = decided(made)
    assert (decision.effect, decision.reasons[0].code, decision.permits) == (Effect.DENY, "decision_failed", False)
    assert decision.errors


def test_an_explanation_shows_who_obliged() -> None:
    made = policy(letter("order", GERMANY), letter("elsewhere", 'principal.organization == Organization::"cobalt"'))
    shown = {rule.id: rule for rule in explain(made, standing("acme"), MYTHOS, CALL, NOW).rules}
    assert (shown["order/all"].effect, shown["order/all"].decided) == ("oblige", True)
    assert shown["order/all"].facts == (("residence", FactStatus.UNKNOWN),)
    assert not shown["elsewhere/all"].decided


def _with_annexes(text: str) -> str:
    return text + "".join(f'[[annex]]\nid = "{name}"\nfile = "{name}.csv"\nsha256 = "@{name}.csv@"\n' for name in _LISTS)


_LISTS = {"list": b"organization,scope\nacme,\nborealis,\n", "other": b"organization,scope\ncobalt,\n"}


@settings(max_examples=80, deadline=None)
@given(worlds(), conditions(), callers())
def test_p1_an_obligation_holds_unless_the_known_facts_rule_it_out_and_changes_no_answer(
    world: World, condition: Condition, caller: Standing
) -> None:
    files = {f"{name}.csv": data for name, data in _LISTS.items()}
    order = held(instrument(_with_annexes(letter("order", condition.text)), files))
    made = Policy(compile_rules((*world.instruments, order), NOW), MODELS)
    without, decision = world.policy().decide(caller, MYTHOS, CALL, NOW), made.decide(caller, MYTHOS, CALL, NOW)
    assert decision.permits is without.permits
    holds = condition.judge(caller.organization, caller.project, caller.facts) is not False
    assert (Duty("retain", "export", "order/all") in decision.duties) is (decision.permits and holds)


@pytest.mark.timeout(120)
def test_the_official_engine_agrees_on_who_is_obliged() -> None:
    made = policy(letter("order", f'{GERMANY} || principal.organization == Organization::"cobalt"'), letter("private"))
    part = made.slice_of(MYTHOS.id)
    assert part is not None
    obliges = {rule.id: json.loads(rule.policy) for rule in part.rules.values() if rule.effect == "oblige"}
    people = [replace(one, facts={**one.facts, **more}) for one in PEOPLE.values() for more in ({}, {"residence": known("FR")})]
    questions = []
    for caller in people:
        shown = schema.caller_json(caller, schema.annexes_of(caller, made.compiled.annexes), part.facts, NOW)
        questions.append(
            {
                "principal": schema.principal_id(caller),
                "action": schema.ACTION,
                "resource": {"type": "Model", "id": MYTHOS.id},
                "context": json.loads(schema.context_json(CALL)),
                "entities": json.loads(b"[" + part.entity + b"," + shown + b"]"),
                "preparsedPolicySetId": "one",
            }
        )
    theirs = policy_oracle.answers(schema.SCHEMA_TEXT, {"one": obliges}, questions)
    told = 0
    for caller, answer in zip(people, theirs, strict=True):
        decision = decided(made, caller)
        if decision.permits:
            assert [rule for rule in decision.rules if rule in obliges] == sorted(answer["reasons"])
            told += 1
    assert told > 5
