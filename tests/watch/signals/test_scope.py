"""Agents with tools they never had, and tool calls outside of the declared scope."""

from __future__ import annotations

from typing import Any

from safeconduct.terms.signals import Seen
from safeconduct.watch.cohort import fresh as team
from safeconduct.watch.signals.scope import see
from safeconduct.watch.subject import MOST_TOOLS, fresh
from support.watching import MONDAY, call


def last(*signals: dict[str, Any], calls: int = 0) -> float:
    subject, weight = fresh("agent/bot", MONDAY), 0.0
    subject.calls = calls
    for fields in signals:
        seen = see(subject, call(**fields), team("code"))
        subject.calls += 1
        weight = seen.weight if seen else 0.0
    return weight


USUAL = {"agent": "bot", "tools": ("read", "search")}


def test_a_new_tool_after_a_long_time_is_said() -> None:
    assert last(*[USUAL] * 120, {**USUAL, "tools": ("read", "transfer_money")}) == 1.0
    assert last(*[USUAL] * 5, {**USUAL, "tools": ("read", "transfer_money")}) == 0.0


def test_an_agent_with_ever_new_tools_has_none_that_are_usual() -> None:
    signals = [{"agent": "bot", "tools": (f"tool-{number}",)} for number in range(MOST_TOOLS + 200)]
    assert last(*signals) == 0.0


def test_people_may_take_up_new_tools() -> None:
    assert last(*[{"tools": ("read",)}] * 120, {"tools": ("other",)}) == 0.0


def test_tool_calls_outside_of_the_scope_count_for_everybody() -> None:
    assert last({"seen": (Seen("tools", "host", "answer", 2),)}) == 2.0
    assert last({"seen": (Seen("secrets", "aws", "answer", 2),)}) == 0.0
