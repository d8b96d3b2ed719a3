"""A call meets the policies about its model, and no others."""

from __future__ import annotations

import json

from safeconduct.instruments.compile import compile_rules
from safeconduct.policy.slices import sliced
from support.policy_june import AFTER_12, FABLE, MODELS, MYTHOS, june


def test_a_slice_holds_the_rules_about_its_model_and_what_they_read() -> None:
    compiled = compile_rules(june(), AFTER_12)
    mythos, fable = (sliced(compiled, model, {}, withdrawn=False) for model in (MYTHOS, FABLE))
    assert "us-bis-2026-06-12/foreign-persons" in mythos.rules
    assert set(mythos.rules) != set(fable.rules)
    assert "us_person.ear" in mythos.facts
    assert list(mythos.facts) == sorted({fact for rule in mythos.rules.values() for fact in rule.facts})


def test_equal_sets_of_policies_are_parsed_once() -> None:
    compiled, parsed = compile_rules([], AFTER_12), {}  # type: ignore[var-annotated]
    slices = [sliced(compiled, model, parsed, withdrawn=False) for model in MODELS]
    assert len({id(one.policies) for one in slices}) == 1


def test_a_withdrawn_model_says_so_to_the_engine() -> None:
    shown = json.loads(sliced(compile_rules([], AFTER_12), MYTHOS, {}, withdrawn=True).entity)
    assert shown["attrs"]["withdrawn"] is True
