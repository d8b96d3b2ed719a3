"""How callers, organizations and models look to the engine."""

from __future__ import annotations

import json
from dataclasses import replace

import cedarpy
import pytest

from safeconduct.policy import schema
from safeconduct.policy.context import Context
from safeconduct.terms.conditions import ATTRIBUTES, SCHEMA_TEXT, Shape
from safeconduct.terms.rules import AnnexScope
from safeconduct.terms.standing import FactState, FactStatus
from support.policy_conditions import VALUES
from support.policy_june import MYTHOS, known, standing

ANNEXES = {
    "acme": AnnexScope(frozenset({"a", "b", "c"}), frozenset({"b"}), frozenset({"c"})),
    "sub": AnnexScope(frozenset({"d"})),
}


def test_the_base_rules_fit_the_schema_and_only_forbid() -> None:
    assert cedarpy.validate_policies(schema.BASE_TEXT, SCHEMA_TEXT).validation_passed
    assert {policy["effect"] for policy in schema.BASE.values()} == {"forbid"}
    assert all(name.startswith("safeconduct/") for name in schema.BASE)


def test_every_value_the_table_allows_fits_the_schema() -> None:
    for facts in ({}, *({fact: value} for fact, values in VALUES.items() for value in values)):
        caller = standing("acme", **{fact.replace(".", "__"): known(value) for fact, value in facts.items()})
        text = b"[" + schema.model_json(MYTHOS, withdrawn=False) + b"," + schema.caller_json(caller, ["a"], VALUES, 1) + b"]"
        assert len(cedarpy.Entities.from_json_str(text.decode(), schema.SCHEMA)) == 4
        shown = json.loads(text)[1]["attrs"]
        assert shown["known"] == list(facts)


def test_an_organization_is_in_the_annexes_that_list_it_and_no_other() -> None:
    assert schema.annexes_of(standing("acme"), ANNEXES) == {"a", "b", "c"}
    assert schema.annexes_of(standing("zeta"), ANNEXES) == frozenset()
    below = replace(standing("sub"), organizations_above=("acme",))
    assert schema.annexes_of(below, ANNEXES) == {"c", "d"}
    assert schema.annexes_of(replace(below, relation="subsidiary"), ANNEXES) == {"b", "d"}
    assert schema.annexes_of(replace(below, relation="affiliate"), ANNEXES) == schema.annexes_of(
        replace(below, organizations_above=()), ANNEXES
    ), "what is only near a listed organization is not listed with it"
    two_below = replace(standing("subsub"), organizations_above=("sub", "acme"))
    assert schema.annexes_of(two_below, ANNEXES) == frozenset()


@pytest.mark.parametrize(
    ("state", "seen"),
    [
        (FactState(FactStatus.KNOWN, "yes", 100), FactStatus.KNOWN),
        (FactState(FactStatus.KNOWN, "yes", 50), FactStatus.EXPIRED),
        (FactState(FactStatus.KNOWN, "perhaps", 100), FactStatus.UNKNOWN),
        (FactState(FactStatus.CONTRADICTED), FactStatus.CONTRADICTED),
    ],
)
def test_the_state_of_a_fact(state: FactState, seen: FactStatus) -> None:
    assert schema.fact_state(standing(us_person__ear=state), "us_person.ear", 50) is seen
    assert schema.fact_state(standing(us_person__ear=state), "residence", 50) is FactStatus.UNKNOWN


def test_an_agent_is_an_agent_and_a_person_a_person() -> None:
    assert schema.principal_id(standing()) == {"type": "Person", "id": "p1"}
    assert schema.principal_id(replace(standing(), agents=("sub", "head"))) == {"type": "Agent", "id": "sub"}


def test_the_context_is_plain_data() -> None:
    assert json.loads(schema.context_json(Context(hosts=frozenset({'a"}'}), dialect="chat")))["hosts"] == ['a"}']


def test_the_vocabulary_covers_the_schema() -> None:
    """Each attribute the table names exists with the type it says."""
    for attribute in ATTRIBUTES:
        test = {
            Shape.FLAG: "principal.{}",
            Shape.TEXTS: 'principal.{}.contains("x")',
            Shape.COUNTRIES: 'principal.{}.contains("x")',
            Shape.ORGANIZATION: 'principal.{} in Annex::"x"',
        }.get(attribute.shape, 'principal.{} == "x"')
        condition = test.format(attribute.path)
        text = f'permit(principal, action == Action::"invoke", resource) when {{ {condition} }};'
        assert cedarpy.validate_policies(text, SCHEMA_TEXT).validation_passed, condition
