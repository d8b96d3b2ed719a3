"""Which model may be offered to a held caller: only where every deciding rule says the same one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.instruments.compile import compile_rules
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.terms.standing import Lapse, Standing
from support.policy_june import AFTER_12, GLASSWING, LETTER_12, MODELS, MYTHOS, PEOPLE, held, instrument

OFFERING = LETTER_12 + 'fallback = "claude-fable-5"\n'
SECOND = OFFERING.replace('"us-bis-2026-06-12"', '"us-doc-2026-06-12"')
FOREIGN = PEOPLE["foreign employee"]


def offered(*letters: str, caller: Standing = FOREIGN) -> str:
    policy = Policy(compile_rules([held(instrument(text)) for text in (GLASSWING, *letters)], AFTER_12), MODELS)
    return policy.decide(caller, MYTHOS, Context(dialect="messages"), AFTER_12).fallback


def test_a_rule_that_names_a_fallback_offers_it_to_those_it_holds() -> None:
    assert offered(OFFERING) == "claude-fable-5"
    assert offered(LETTER_12) == ""


def test_a_permit_offers_nothing() -> None:
    assert offered(OFFERING, caller=PEOPLE["us employee"]) == ""


def test_every_deciding_rule_has_to_offer_the_same() -> None:
    assert offered(OFFERING, SECOND) == "claude-fable-5"
    assert offered(OFFERING, SECOND.replace('fallback = "claude-fable-5"', 'fallback = "gpt-5.6-cyber"')) == ""
    assert offered(OFFERING, SECOND.replace('fallback = "claude-fable-5"\n', "")) == ""


@pytest.mark.parametrize("kind", ["key", "person"])
def test_a_caller_whose_chain_is_broken_is_offered_nothing(kind: str) -> None:
    assert offered(OFFERING, caller=replace(FOREIGN, lapses=(Lapse(kind, "x", "ended"),))) == ""


def test_p12_who_was_never_authorized_is_offered_nothing() -> None:
    assert offered(OFFERING, caller=replace(FOREIGN, organization="zeta")) == ""
