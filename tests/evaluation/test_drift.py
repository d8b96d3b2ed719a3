"""Drift: what moved is said by name, what is new or gone as well, and small differences of processors are not."""

from __future__ import annotations

import pytest

from evaluation import drift

_WAS = {"rules.secrets.provider_token": 1.0, "sorter.misuse.area": 0.91}


def test_the_same_is_no_drift() -> None:
    assert drift.moved(_WAS, dict(_WAS)) == []


@pytest.mark.parametrize(("change", "said"), [(0.01, 0), (-0.01, 0), (0.02, 1), (-0.02, 1)])
def test_the_sorter_may_move_a_little(change: float, said: int) -> None:
    assert len(drift.moved(_WAS, {**_WAS, "sorter.misuse.area": 0.91 + change})) == said


def test_rules_may_not() -> None:
    assert drift.moved(_WAS, {**_WAS, "rules.secrets.provider_token": 0.99}) == [
        "rules.secrets.provider_token was 1.0000 and is 0.9900"
    ]


def test_better_is_drift_too() -> None:
    assert drift.moved({"rules.a": 0.5}, {"rules.a": 0.9})


def test_a_figure_on_one_side_only_is_said() -> None:
    assert len(drift.moved(_WAS, {"rules.secrets.provider_token": 1.0, "rules.new": 1.0})) == 2
