"""Compiled rules: what is in them, what they read, and that only what decides changes their hash."""

from __future__ import annotations

import json

import cedarpy
import pytest

from safeconduct.instruments.compile import annex_names, compile_rules, selectors
from safeconduct.terms.conditions import SCHEMA_TEXT
from safeconduct.terms.rules import Selectors
from support.policy_june import AFTER_26, AFTER_30, BEFORE, FILES, LETTER_12, LETTER_26, held, instrument, june


def test_every_compiled_policy_fits_the_schema() -> None:
    for now in (BEFORE, AFTER_26, AFTER_30):
        compiled = compile_rules(june(), now)
        texts = [rule.policy for rule in compiled.rules] + [rule.probe for rule in compiled.rules]
        texts += [one.possible for rule in compiled.rules for one in rule.exemptions] + [one.probe for one in compiled.reach]
        for text in texts:
            policies = {"staticPolicies": {"p": json.loads(text)}, "templates": {}, "templateLinks": []}
            cedar = cedarpy.policies_from_json_str(json.dumps(policies))
            assert cedarpy.validate_policies(cedar, SCHEMA_TEXT).validation_passed, cedar


def test_a_forbid_carries_its_exemptions_and_what_they_read() -> None:
    compiled = compile_rules(june(), AFTER_26)
    forbid = next(rule for rule in compiled.rules if rule.effect == "forbid")
    assert forbid.own_facts == {"us_person.ear"}
    assert forbid.facts == {"us_person.ear", "employed_there"}
    assert [one.id for one in forbid.exemptions] == ["us-bis-2026-06-26/trusted-partners"]
    assert forbid.literals == {"us_person.ear": ("yes",)}
    assert json.loads(forbid.policy)["annotations"] == {"id": "us-bis-2026-06-12/foreign-persons"}
    assert [rule.id for rule in compiled.rules] == sorted(rule.id for rule in compiled.rules)


def test_annexes_of_two_instruments_never_mix() -> None:
    compiled = compile_rules(june(), AFTER_26)
    assert compiled.annexes["acme"].listed == {"glasswing@1/partners", "us-bis-2026-06-26@1/trusted-partners"}
    assert compiled.annexes["acme"].with_contractors == {"glasswing@1/partners"}
    assert compiled.annexes["acme"].with_subsidiaries == frozenset()
    assert compiled.annexes["cobalt"].listed == {"glasswing@1/partners"}
    assert annex_names(instrument(LETTER_26), 3) == {"trusted-partners": "us-bis-2026-06-26@3/trusted-partners"}


def test_reach_knows_what_is_still_in_force() -> None:
    ended = held(
        instrument(LETTER_12.replace('"requirement"', '"authorization"').replace('"forbid"', '"permit"')), withdrawn=AFTER_26
    )
    [reach] = compile_rules([ended], AFTER_30).reach
    assert (reach.in_force, reach.until) == (False, AFTER_26)
    assert all(one.in_force for one in compile_rules(june(), AFTER_30).reach)


def test_selectors_are_sorted_out() -> None:
    assert selectors(["m", "tier:red", "family:f", "n"]) == Selectors(frozenset({"m", "n"}), frozenset({"red"}), frozenset({"f"}))
    match = selectors(["tier:red"]).match
    assert match("any", "red", "f")
    assert not match("red", "blue", "red")


def test_the_hash_follows_rules_words_and_annexes_but_not_comments() -> None:
    def hash_of(text: str, files: dict[str, bytes] | None = None) -> str:
        return compile_rules([held(instrument(LETTER_12)), held(instrument(text, files))], AFTER_26).hash

    base = hash_of(LETTER_26)
    assert hash_of("# a remark\n" + LETTER_26) == base
    assert hash_of(LETTER_26.replace(" && principal.employed_there", "")) != base
    assert hash_of(LETTER_26, {**FILES, "annex-a.csv": b"organization,scope\nacme,\n"}) != base
    assert (
        compile_rules([held(instrument(LETTER_12.replace("may use", "can use")))], AFTER_26).hash
        != compile_rules([held(instrument(LETTER_12))], AFTER_26).hash
    )


def test_a_cohort_that_was_never_checked_is_not_compiled() -> None:
    text = LETTER_12.replace('principal.us_person.ear != "yes"', "principal.alive")
    with pytest.raises(ValueError, match="never checked"):
        compile_rules([held(instrument(text))], AFTER_26)


def test_a_guard_is_compiled_and_counts_among_the_facts_that_are_read() -> None:
    guard = """
[[guard]]
id = "mission"
authority = "us-cisa"
cohort = 'principal.vetting == "mission"'
say = "Ask the agency."
"""
    plain, guarded = (compile_rules([held(instrument(text))], AFTER_26) for text in (LETTER_12, LETTER_12 + guard))
    assert plain.facts == {"us_person.ear"}
    assert guarded.facts == {"us_person.ear", "vetting"}
    assert [(one.id, one.authority, one.facts) for one in guarded.guards] == [
        ("us-bis-2026-06-12/mission", "us-cisa", frozenset({"vetting"}))
    ]
    assert guarded.hash != plain.hash


def test_a_fallback_is_compiled_and_part_of_what_decides() -> None:
    text = LETTER_12 + 'fallback = "claude-small-5"\n'
    plain, offering = (compile_rules([held(instrument(one))], AFTER_26) for one in (LETTER_12, text))
    assert [rule.fallback for rule in (*plain.rules, *offering.rules)] == ["", "claude-small-5"]
    assert offering.hash != plain.hash


def test_p10_only_facts_of_rules_in_force_are_to_be_read() -> None:
    assert compile_rules(june(), BEFORE).facts == frozenset()
    assert compile_rules(june(), AFTER_26).facts == {"us_person.ear", "employed_there"}
    assert compile_rules(june(), AFTER_30).facts == frozenset()
