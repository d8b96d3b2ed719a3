"""Lives: half-open intervals, and when the clock turns them."""

from __future__ import annotations

import pytest

from safeconduct.registry.records import Agent, next_turn, why_not_alive
from safeconduct.terms.moments import FOREVER


def _agent(starts: int, ends: int, *, suspended: bool = False) -> Agent:
    return Agent("bot", "acme", "person", "ann", "", "", starts, ends, suspended)


@pytest.mark.parametrize(("now", "why"), [(9, "not_yet"), (10, ""), (19, ""), (20, "ended")])
def test_a_life_is_half_open(now: int, why: str) -> None:
    assert why_not_alive(_agent(10, 20), now) == why


def test_suspension_counts_only_within_the_life() -> None:
    assert why_not_alive(_agent(10, 20, suspended=True), 15) == "suspended"
    assert why_not_alive(_agent(10, 20, suspended=True), 25) == "ended"


@pytest.mark.parametrize(("now", "turn"), [(5, 10), (10, 20), (19, 20), (20, FOREVER)])
def test_the_next_turn_is_the_next_edge(now: int, turn: int) -> None:
    assert next_turn(_agent(10, 20), now, FOREVER) == turn
    assert next_turn(_agent(10, 20), now, 7) == 7
