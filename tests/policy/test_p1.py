"""P1 at the decision: nothing missing, erring or unknown is ever a yes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.policy import schema
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.terms.decision import Effect
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.rules import Compiled, CompiledRule, Selectors
from safeconduct.terms.standing import FactState, FactStatus, Standing
from support.policy_conditions import VALUES
from support.policy_june import (
    AFTER_12,
    BEFORE,
    CODEX,
    FABLE,
    MODELS,
    MYTHOS,
    PEOPLE,
    policy_at,
    standing,
)
from support.policy_worlds import CALL, NOW, World, callers, worlds

# -- P1 --------------------------------------------------------------------------------------------------------------


@settings(max_examples=120, deadline=None)
@given(worlds(), callers(), st.data())
def test_p1_losing_a_fact_never_turns_a_no_into_a_yes(world: World, caller: Standing, data: st.DataObject) -> None:
    policy = world.policy()
    before = policy.decide(caller, MYTHOS, CALL, NOW)
    lost = data.draw(st.sampled_from(sorted(VALUES)))
    how = data.draw(st.sampled_from(["delete", *FactStatus]))
    facts = dict(caller.facts)
    if how == "delete":
        del facts[lost]
    elif how is FactStatus.KNOWN:
        facts[lost] = replace(facts[lost], until=NOW)  # known, but only until this very moment
    else:
        facts[lost] = FactState(FactStatus(how))
    after = policy.decide(replace(caller, facts=facts), MYTHOS, CALL, NOW)
    assert before.permits or not after.permits
    assert not after.errors


@settings(max_examples=120, deadline=None)
@given(worlds(), callers())
def test_p1_the_decision_is_what_three_valued_logic_says(world: World, caller: Standing) -> None:
    def judged(condition: object) -> bool | None:
        return condition.judge(caller.organization, caller.project, caller.facts)  # type: ignore[attr-defined]

    permitted = any(judged(one) is True for one in world.permits)
    exempt = any(judged(one) is True for one in world.exemptions)
    forbidden = any(judged(one) is not False and not (index == 0 and exempt) for index, one in enumerate(world.forbids))
    decision = world.policy().decide(caller, MYTHOS, CALL, NOW)
    assert decision.permits is (permitted and not forbidden)
    assert decision.permits or decision.reasons


@settings(max_examples=40, deadline=None)
@given(worlds(), callers(), st.data())
def test_p1_what_is_missing_from_the_request_is_never_permitted(world: World, caller: Standing, data: st.DataObject) -> None:
    """Take any attribute, entity or context key from what the engine is shown: the answer is no."""
    policy = world.policy()
    true_caller, true_context, true_model = schema.named, schema.context_json, schema.model_json
    what = data.draw(st.sampled_from(["caller", "organization", "model", "attribute", "context", "model attribute"]))

    def cut_caller(*arguments: object, **named: object) -> bytes:
        caller_, organization = json.loads(b"[" + true_caller(*arguments, **named) + b"]")  # type: ignore[arg-type]
        if what == "attribute":
            del caller_["attrs"][data.draw(st.sampled_from(sorted(caller_["attrs"])))]
        kept = [one for one, name in ((caller_, "caller"), (organization, "organization")) if name != what]
        return ",".join(json.dumps(one) for one in kept).encode()

    def cut_context(context: Context) -> str:
        tree = json.loads(true_context(context))
        del tree[data.draw(st.sampled_from(sorted(tree)))]
        return json.dumps(tree)

    def cut_model(*arguments: object, **named: object) -> bytes:
        tree = json.loads(true_model(*arguments, **named))  # type: ignore[arg-type]
        del tree["attrs"][data.draw(st.sampled_from(sorted(tree["attrs"])))]
        return json.dumps(tree).encode()

    with pytest.MonkeyPatch.context() as patch:
        if what in ("caller", "organization", "attribute"):
            patch.setattr(schema, "named", cut_caller)
        if what == "context":
            patch.setattr(schema, "context_json", cut_context)
        if what == "model attribute":
            patch.setattr(schema, "model_json", cut_model)
            policy = world.policy()
        if what == "model":
            part = policy.slice_of(MYTHOS.id)
            assert part is not None
            policy._slices[MYTHOS.id] = replace(part, entity=true_model(CODEX, withdrawn=False))
        policy._verdicts.clear()
        decision = policy.decide(caller, MYTHOS, CALL, NOW)
    assert decision.effect is Effect.DENY
    assert decision.errors


def _rule(name: str, effect: str, body: object) -> CompiledRule:
    policy = json.dumps(
        {
            "effect": effect,
            "principal": {"op": "All"},
            "action": {"op": "All"},
            "resource": {"op": "All"},
            "conditions": [{"kind": "when", "body": body}],
            "annotations": {"id": name},
        }
    )
    nothing: frozenset[str] = frozenset()
    return CompiledRule(name, "i", effect, Selectors(frozenset({MYTHOS.id})), policy, policy, nothing, nothing, "No.")


def test_p1_an_erring_prohibition_is_a_no() -> None:
    """Cedar skips what errs and would answer Allow; we do not."""
    overflow = {"<": {"left": {"+": {"left": {"Value": 2**63 - 1}, "right": {"Value": 1}}}, "right": {"Value": 0}}}
    permit = _rule("i/permit", "permit", {"Value": True})
    forbid = _rule("i/forbid", "forbid", overflow)
    allowed = Policy(Compiled((permit,), (), {}, "", 0), MODELS).decide(standing(), MYTHOS, CALL, NOW)
    erring = Policy(Compiled((permit, forbid), (), {}, "", 0), MODELS).decide(standing(), MYTHOS, CALL, NOW)
    assert allowed.permits
    assert erring.effect is Effect.DENY
    assert any("i/forbid" in error for error in erring.errors)


def test_p1_rules_compiled_for_another_time_permit_nothing() -> None:
    policy = policy_at(BEFORE)
    for now in (BEFORE - 1, policy.boundary, FOREVER - 1):
        decision = policy.decide(PEOPLE["us employee"], MYTHOS, CALL, now)
        assert decision.effect is Effect.DENY
        assert decision.errors


@pytest.mark.parametrize("change", [{"person": ""}, {"organization": ""}])
def test_p1_a_caller_that_is_missing_is_refused(change: dict[str, str]) -> None:
    decision = policy_at(BEFORE).decide(replace(PEOPLE["us employee"], **change), FABLE, CALL, BEFORE)
    assert decision.effect is Effect.DENY


@pytest.mark.parametrize("value", ["true", ("yes",), None, "maybe", True])
def test_p1_a_fact_of_the_wrong_shape_is_not_known(value: object) -> None:
    caller = standing("acme", us_person__ear=FactState(FactStatus.KNOWN, value))  # type: ignore[arg-type]
    assert not policy_at(AFTER_12).decide(caller, MYTHOS, CALL, AFTER_12).permits


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", '"', "}{", "\u202e"])
def test_p1_strange_text_from_a_caller_is_data_or_a_no(text: str) -> None:
    context = replace(CALL, hosts=frozenset({text}))
    decision = policy_at(BEFORE).decide(PEOPLE["us employee"], MYTHOS, context, BEFORE)
    assert decision.effect is Effect.DENY
    assert decision.reasons
