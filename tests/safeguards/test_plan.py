"""A plan obeys every rule at once: the strongest order that counts for a finding is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.safeguards.plan import Plan
from safeconduct.terms.blocks import Direction
from safeconduct.terms.decision import Duty
from safeconduct.terms.findings import SAFEGUARD, Action, Finding

REQUEST, ANSWER = Direction.REQUEST, Direction.ANSWER


def plan(*values: str, base: Plan = Plan.EMPTY) -> Plan:
    return Plan.of([Duty(SAFEGUARD, value, f"terms/{at}") for at, value in enumerate(values)], base)


def test_the_strongest_that_counts_wins() -> None:
    made = plan("secrets both log", "secrets request redact", "secrets.aws request block")
    assert made.action(Finding("secrets", "aws", "$"), REQUEST) is Action.BLOCK
    assert made.action(Finding("secrets", "pem", "$"), REQUEST) is Action.REDACT
    assert made.action(Finding("secrets", "aws", "$"), ANSWER) is Action.LOG
    assert made.redacts(Finding("secrets", "aws", "$"), REQUEST), "a weaker order is obeyed as well"
    asked = made.order(Finding("secrets", "aws", "$"), REQUEST)
    assert asked is not None
    assert asked.rule == "terms/2"


def test_a_finding_counts_at_its_rate_and_below() -> None:
    made = plan("misuse request hold at 0.001", "misuse request log at 0.05")
    assert made.action(Finding("misuse", "", "$", chance=0.001), REQUEST) is Action.HOLD
    assert made.action(Finding("misuse", "", "$", chance=0.02), REQUEST) is Action.LOG
    assert made.order(Finding("misuse", "", "$", chance=0.06), REQUEST) is None


def test_what_nobody_asked_for_is_not_found() -> None:
    assert plan("secrets request block").order(Finding("personal", "mail", "$"), REQUEST) is None
    assert Plan.EMPTY.order(Finding("secrets", "aws", "$"), REQUEST) is None


def test_who_has_to_look_and_who_has_to_be_waited_for() -> None:
    base = plan("secrets both log")
    made = plan("misuse request hold", "injection request log", base=base)
    assert made.detectors(REQUEST) == {"secrets", "misuse", "injection"}
    assert made.detectors(ANSWER) == {"secrets"}
    assert made.acting(REQUEST) == {"misuse"}
    assert made.strongest(REQUEST) is Action.HOLD
    assert made.strongest(ANSWER) is Action.LOG
    assert made.everyone == {"secrets", "misuse", "injection"}
    assert Plan.EMPTY.strongest(REQUEST) is Action.LOG


def test_what_follows_from_the_judge_is_told_apart() -> None:
    made = plan("judge request log", "judge.cyber request hold", "judge.all request warn")
    assert (made.judged(everything=False), made.judged(everything=True)) == (Action.HOLD, Action.WARN)
    assert plan("secrets request block").judged(everything=False) is None
    assert made.action(Finding("judge", "fraud", "$", chance=0.5), REQUEST) is Action.WARN
    assert made.order(Finding("judge", "fraud", "$", chance=0.51), REQUEST) is None


def test_redact_duties_join_and_others_are_none_of_ours() -> None:
    made = Plan.of([Duty("redact", "personal", "a/b"), Duty("cap", "max_output_tokens=1", "a/b")], Plan.EMPTY)
    assert made == plan("personal both redact") or made.orders[0].rule == "a/b"
    assert made.action(Finding("personal", "mail", "$"), ANSWER) is Action.REDACT
    base = plan("secrets both log")
    assert Plan.of([], base) is base


def test_a_word_that_cannot_be_read_makes_no_plan() -> None:
    with pytest.raises(ValueError, match="no detector"):
        plan("nobody both log")


def test_plans_that_ask_the_same_are_equal() -> None:
    assert plan("secrets both log") == plan("secrets both log")
    assert hash(plan("secrets both log")) == hash(plan("secrets both log"))
    assert plan("secrets both log") != plan("secrets both warn")
    assert plan("secrets both log") != 1


VALUES = [
    "secrets both log",
    "secrets request block",
    "secrets.aws answer cut",
    "misuse request hold at 0.01",
    "personal both warn",
]


@given(st.lists(st.sampled_from(VALUES), max_size=5), st.sampled_from(VALUES), st.sampled_from(list(Direction)))
def test_p9_a_further_rule_never_weakens_what_is_done(values: list[str], more: str, direction: Direction) -> None:
    before, after = plan(*values), plan(*values, more)
    for finding in (Finding("secrets", "aws", "$"), Finding("misuse", "", "$", chance=0.005), Finding("personal", "m", "$")):
        assert after.action(finding, direction) >= before.action(finding, direction)
    assert after.detectors(direction) >= before.detectors(direction)


def test_p4_what_could_be_of_any_kind_falls_under_an_order_about_one() -> None:
    plan = Plan.of([Duty("safeguard", "secrets.aws_access_key request redact", "i/r")], Plan.EMPTY)
    assert plan.action(Finding("secrets", "several", "$"), Direction.REQUEST) is Action.REDACT
    assert plan.redacts(Finding("secrets", "several", "$"), Direction.REQUEST)
    assert plan.action(Finding("secrets", "jwt", "$"), Direction.REQUEST) is Action.LOG
