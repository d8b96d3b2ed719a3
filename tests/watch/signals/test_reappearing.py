"""Restricted answers that come back in somebody else's prompts."""

from __future__ import annotations

from safeconduct.terms.signals import Seen
from safeconduct.watch.signals.reappearing import see
from safeconduct.watch.subject import fresh
from support.watching import MONDAY, call


def looked(*repeats: str, chance: float = 0.0003):
    seen = (Seen("reuse", "organization", "request", 1, chance),) if repeats else ()
    return see(fresh("person/ann", MONDAY), call(repeats=repeats, seen=seen))


def test_each_answer_that_is_repeated_counts_and_both_calls_are_named() -> None:
    assert looked() is None
    one, four = looked("call_a"), looked("call_a", "call_b", "call_c", "call_d")
    assert one is not None
    assert four is not None
    assert one.weight < four.weight == 4.0
    assert one.calls[1:] == ("call_a",)
    assert "an answer of a restricted model" in one.sentence
    assert "4 answers" in four.sentence


def test_only_what_is_no_accident_is_shown_at_once_and_those_who_repeat_the_same_are_one_campaign() -> None:
    little, much = looked("call_a"), looked("call_a", chance=0.0001)
    assert little is not None
    assert much is not None
    assert (little.certain, much.certain) == (False, True)
    assert little.campaign == much.campaign == "reuse:call_a"
