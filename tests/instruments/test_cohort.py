"""The two readings of a condition are Kleene's logic, and monotone in what is known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.instruments.cohort import balanced, certainly, conceivable, depth, parse, path_of, possibly, scan
from safeconduct.policy.decide import Policy
from safeconduct.terms.rules import AnnexScope, Compiled, CompiledRule, Selectors
from safeconduct.terms.standing import FactState, FactStatus, Standing
from support.policy_conditions import ORGANIZATIONS, Condition, conditions, fact_states
from support.policy_june import MODELS, MYTHOS, standing
from support.policy_worlds import CALL, NOW

NAMES = {"list": "i@1/list", "other": "i@1/other"}
ANNEXES = {
    "acme": AnnexScope(frozenset({"i@1/list"})),
    "borealis": AnnexScope(frozenset({"i@1/list"})),
    "cobalt": AnnexScope(frozenset({"i@1/other"})),
}


def holds(body: dict[str, object], facts: frozenset[str], caller: Standing) -> bool:
    """Ask the engine whether one compiled reading is true for a caller, by making it the only permission there is."""
    import json

    policy = {
        "effect": "permit",
        "principal": {"op": "All"},
        "action": {"op": "All"},
        "resource": {"op": "All"},
        "conditions": [{"kind": "when", "body": body}],
        "annotations": {"id": "i/r"},
    }
    rule = CompiledRule(
        "i/r", "i", "permit", Selectors(frozenset({MYTHOS.id})), json.dumps(policy), json.dumps(policy), facts, facts, ""
    )
    decision = Policy(Compiled((rule,), (), ANNEXES, "", 0), MODELS).decide(caller, MYTHOS, CALL, NOW)
    assert not decision.errors
    return decision.permits


@settings(max_examples=150, deadline=None)
@given(conditions(), st.sampled_from(ORGANIZATIONS), fact_states())
def test_the_readings_agree_with_kleene(condition: Condition, organization: str, facts: dict[str, FactState]) -> None:
    caller = standing(organization)
    caller = type(caller)(**{**{name: getattr(caller, name) for name in caller.__slots__}, "facts": facts})
    body = parse(condition.text)
    needed = scan(body).facts
    expected = condition.judge(organization, caller.project, facts)
    assert holds(certainly(body, NAMES), needed, caller) is (expected is True)
    assert holds(possibly(body, NAMES), needed, caller) is (expected is not False)


@settings(max_examples=100, deadline=None)
@given(conditions(), fact_states(), st.data())
def test_knowing_less_never_makes_certain_nor_impossible(
    condition: Condition, facts: dict[str, FactState], data: st.DataObject
) -> None:
    lost = data.draw(st.sampled_from(sorted(facts)))
    less = {**facts, lost: FactState(FactStatus.UNKNOWN)}
    before, after = (condition.judge("acme", "defense", known) for known in (facts, less))
    assert after in (before, None)
    body = parse(condition.text)
    needed = scan(body).facts
    caller = standing("acme", **{name.replace(".", "__"): state for name, state in less.items()})
    assert holds(certainly(body, NAMES), needed, caller) is (after is True)


@settings(max_examples=60, deadline=None)
@given(conditions(), st.sampled_from(ORGANIZATIONS), fact_states())
def test_whatever_holds_for_somebody_is_conceivable(condition: Condition, organization: str, facts: dict[str, FactState]) -> None:
    body = parse(condition.text)
    if condition.judge(organization, "defense", facts) is not False:
        assert holds(conceivable(body, NAMES), frozenset(), standing(organization))


def test_conceivable_depends_on_the_organization_alone() -> None:
    body = parse('principal.organization in Annex::"list" && principal.project == "x" && principal.us_person.ear == "yes"')
    assert holds(conceivable(body, NAMES), frozenset(), standing("acme"))
    assert not holds(conceivable(body, NAMES), frozenset(), standing("cobalt"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "cannot be empty"),
        ("principal.tier ==", "not a Cedar condition"),
        ("true } unless { false", "more than one expression"),
        ("true }; permit(principal, action, resource) when { true", "more than one expression"),
        ('true };\n@id("x") permit(principal, action, resource); //', "not a Cedar condition"),
        ("!" * 5 + "true", "not a Cedar condition"),
    ],
)
def test_only_one_expression_is_a_condition(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parse(text)


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        (
            "principal.us_person.aer == 'x'".replace("'", '"'),
            "reads principal.us_person.aer, which the schema does not have",
            "us_person.ear",
        ),
        ('principal.known.contains("us_person.ear")', "reads principal.known, which the schema does not have", "Use one of"),
        ("principal.alive", "reads principal.alive", "Use one of"),
        ('principal.us_person == {ear: "yes"}', "reads principal.us_person as a whole", "principal.us_person.ear"),
        ('principal == Person::"p1"', "names a Person", "annexes and organizations"),
        ('principal in Annex::"list"', "reads principal itself", "principal.organization"),
        ('resource.tier == "x"', "something other than principal", "principal only"),
        ("context.stream", "something other than principal", "principal only"),
        ('ip("10.0.0.1").isLoopback()', "uses isLoopback", "isEmpty, like"),
        ("1 + 1 == 2", "uses +", "isEmpty, like"),
        ("principal has nationality", "uses has", "isEmpty, like"),
        ('principal.us_person.ear == "unknown"', "which it can never be", '"yes" or "no"'),
        ('principal.nationality.contains("Iran")', "no country code", "alpha-2"),
        ('principal.nationality.contains("UK")', "no country code", "GB"),
        ("if " * 7 + "true" + " then true else true" * 7, "nests too many ifs", "&& and ||"),
    ],
)
def test_a_condition_uses_nothing_that_could_fail_or_mislead(text: str, what: str, mend: str) -> None:
    faults = scan(parse(text)).faults
    assert any(what in said and mend in helped for said, helped in faults), faults


def test_annexes_carry_the_name_of_their_instrument() -> None:
    body = certainly(parse('principal.organization in Annex::"list"'), {"list": "letter@2/list"})
    assert body["in"]["right"] == {"Value": {"__entity": {"type": "Annex", "id": "letter@2/list"}}}


def test_a_long_list_of_alternatives_stays_shallow() -> None:
    text = " || ".join(f'principal.tier == "t{number}"' for number in range(100))
    body = parse(text)
    assert depth(possibly(body, {})) < 40
    assert depth(balanced("||", [{"Value": True}])) == 2


def test_a_path_is_read_only_below_principal() -> None:
    assert path_of(parse("principal.employed_there")) == "employed_there"
    assert path_of(parse('principal["us_person"]["ear"] == "no"')["=="]["left"]) == "us_person.ear"
    assert path_of({"Var": "principal"}) is None
    assert path_of(parse("context.stream")) is None
