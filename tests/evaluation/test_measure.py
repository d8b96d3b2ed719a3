"""Figures: a threshold holds on its own texts, areas are what they should be by hand, intervals hold the value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import measure

_SCORES = st.lists(st.floats(-50, 50, allow_nan=False), min_size=2, max_size=80)


@given(_SCORES, st.sampled_from(measure.RATES))
def test_no_more_than_the_rate_exceeds_its_own_threshold(scores: list[float], rate: float) -> None:
    benign = np.asarray(scores)
    assert (benign > measure.threshold(benign, rate)).sum() <= rate * len(benign)


def test_a_small_set_gives_its_highest_score_as_threshold() -> None:
    assert measure.threshold(np.asarray([0.1, 0.9, 0.4]), 0.001) == 0.9


def test_threshold_lets_the_asked_number_through() -> None:
    assert measure.threshold(np.arange(100.0), 0.05) == 94.0


@pytest.mark.parametrize(
    ("positive", "negative", "area"),
    [([2.0, 3.0], [0.0, 1.0], 1.0), ([0.0], [1.0, 2.0], 0.0), ([1.0], [1.0], 0.5), ([1.0, 3.0], [2.0], 0.5)],
)
def test_area_by_hand(positive: list[float], negative: list[float], area: float) -> None:
    assert measure.area(np.asarray(positive), np.asarray(negative)) == area


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_the_interval_holds_the_share(hits: list[bool]) -> None:
    figure = measure.share(hits)
    assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
    assert figure["n"] == len(hits)


def test_no_hit_at_all_is_still_no_proof_of_zero() -> None:
    assert measure.share([False] * 300)["high"] == pytest.approx(0.01)
    assert measure.share([True] * 300)["low"] == pytest.approx(0.99)


def test_recall_is_reported_against_another_set() -> None:
    figure = measure.recall(np.asarray([5.0] * 8 + [0.5] * 2), np.arange(0.0, 1.0, 0.01), 0.01)
    assert figure["value"] == 0.8
    assert figure["low"] < 0.8 < figure["high"]


def test_a_curve_has_only_rates_that_the_texts_can_tell_apart() -> None:
    rates = [rate for rate, _ in measure.curve(np.ones(5), np.zeros(50))]
    assert min(rates) == 0.02
