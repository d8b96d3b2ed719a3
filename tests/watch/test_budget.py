"""Alerts are spent on time and people: never many more than there is time for, and no cohort takes those of another."""

from __future__ import annotations

import pytest

from safeconduct.watch.budget import Budget
from support.watching import DAY, HOUR

PEOPLE = [("code", 900), ("security", 100)]


def test_a_thousand_people_earn_their_alerts_in_a_day() -> None:
    budget = Budget(5.0, 1.0)
    for _ in range(24):
        budget.earn(PEOPLE, HOUR)
    assert budget.tokens == pytest.approx(5.0)
    assert sum(budget.spend("code") for _ in range(100)) == 5
    assert budget.spent


def test_one_cohort_does_not_take_the_alerts_of_the_others() -> None:
    budget = Budget(5.0, 1.0)
    taken = {"code": 0, "security": 0}
    for _ in range(10 * 24):
        budget.earn(PEOPLE, HOUR)
        while budget.spend("security"):
            taken["security"] += 1
        while budget.spend("code"):
            taken["code"] += 1
    assert taken["security"] <= 50 * 0.1 * 1.6 + 1
    assert sum(taken.values()) == pytest.approx(50, abs=2)


def test_what_is_saved_up_is_bounded() -> None:
    budget = Budget(5.0, 1.0)
    budget.earn(PEOPLE, 365 * DAY)
    assert sum(budget.spend("code") for _ in range(1_000)) <= 22


def test_the_less_is_left_the_more_a_score_has_to_be() -> None:
    budget = Budget(5.0, 1.0)
    budget.earn(PEOPLE, 365 * DAY)
    full = budget.asked
    while budget.spend("code"):
        pass
    assert full == budget.least
    assert budget.asked > full


def test_what_is_certain_is_shown_in_any_case() -> None:
    budget = Budget(0.0, 1.0)
    assert budget.spent
    assert not budget.spend("code")
    assert budget.spend("code", certain=True)
