"""Evidence adds up in parts, fades, is capped, and explains itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.risk.score import (
    CAP,
    ENTER,
    FLOW_CAP,
    LEAVE,
    Evidence,
    band_of,
    capped,
    explained,
    fades_at,
    flow,
    joined,
    score,
)
from safeconduct.terms.measures import BANDS

DAY = 86_400_000_000
pieces = st.lists(
    st.builds(
        Evidence,
        signal=st.sampled_from(["misuse", "travel", "probing"]),
        weight=st.floats(0, 50),
        at=st.integers(0, 20 * DAY),
        half_life=st.integers(DAY // 24, 10 * DAY),
        sentence=st.just("It was seen."),
        calls=st.tuples(st.text("abc", min_size=1, max_size=3)),
    ),
    max_size=8,
)


def seen(signal: str = "misuse", weight: float = 2.0, at: int = 0, *calls: str) -> Evidence:
    return Evidence(signal, weight, at, DAY, f"{signal} was seen.", calls)


def test_nothing_seen_is_no_risk() -> None:
    risk = score([], 0)
    assert (risk.band, risk.score, risk.parts) == ("none", 0.0, ())


def test_parts_of_several_kinds_add_up_the_largest_first() -> None:
    risk = score([seen("travel", 1.0), seen("misuse", 1.9)], 0)
    assert risk.score == pytest.approx(2.9)
    assert risk.band == "elevated"
    assert [part.signal for part in risk.parts] == ["misuse", "travel"]


def test_evidence_fades_by_half_in_each_half_life_and_is_let_go() -> None:
    assert seen().now(DAY) == pytest.approx(1.0)
    assert seen(at=5).now(1) == 2.0
    assert score([seen()], 3 * DAY).score == pytest.approx(0.25)
    assert score([seen()], 10 * DAY).parts == ()


@settings(max_examples=60)
@given(st.floats(0, 1000))
def test_one_kind_alone_never_goes_beyond_a_step_up(weight: float) -> None:
    risk = score([seen(weight=weight)] * 5, 0)
    assert risk.score <= CAP < ENTER[BANDS.index("high")] - LEAVE
    assert BANDS.index(risk.band) <= BANDS.index("elevated")


@settings(max_examples=60)
@given(pieces, st.integers(0, 30 * DAY))
def test_more_evidence_never_lowers_a_score_and_every_part_is_said(evidence: list[Evidence], now: int) -> None:
    risk = score(evidence, now)
    more = score([*evidence, seen("coverage", 3.0, now)], now)
    assert more.score > risk.score
    assert risk.score == pytest.approx(sum(part.weight for part in risk.parts))
    assert len(risk.sentences) == len(risk.parts)


@settings(max_examples=60)
@given(pieces)
def test_a_score_only_fades_once_nothing_more_is_seen(evidence: list[Evidence]) -> None:
    scores = [score(evidence, 20 * DAY + day * DAY).score for day in range(5)]
    assert scores == sorted(scores, reverse=True)


def test_a_band_is_entered_at_once_and_left_only_when_clearly_below() -> None:
    assert [band_of(least) for least in ENTER] == list(BANDS)
    assert band_of(ENTER[2] - LEAVE / 2, "elevated") == "elevated"
    assert band_of(ENTER[2] - LEAVE - 0.01, "elevated") == "low"
    assert band_of(0.0, "severe") == "none"


def test_a_cap_leaves_small_weights_as_they_are() -> None:
    assert capped(1.0) == 1.0
    assert capped(2.0) == 2.0
    assert 2.0 < capped(3.0) < capped(30.0) < CAP
    assert capped(-1.0) == 0.0


def test_each_further_piece_of_a_kind_counts_half() -> None:
    assert joined([1.0, 2.0, 4.0]) == pytest.approx(4.0 + 1.0 + 0.25)


def test_a_part_explains_itself_with_the_calls_behind_it() -> None:
    (part,) = score([seen("probing", 2.0, 0, "call_1", "call_2")], 0).parts
    assert explained(part) == "probing was seen. (+2.0) Calls: call_1, call_2."


def test_many_people_at_risk_never_carry_an_organization_beyond_a_step_up() -> None:
    assert flow([]) == 0.0
    assert flow([4.0]) == pytest.approx(1.0)
    assert flow([4.0] * 1000) <= 2.0 < flow([400.0] * 1000) <= FLOW_CAP
    risk = score((), 0, flown=flow([400.0] * 1000))
    assert risk.band == "elevated"
    assert "belong" in risk.sentences[0]


@settings(max_examples=60)
@given(pieces, st.sampled_from(ENTER[1:]))
def test_a_band_is_said_to_last_until_it_has_faded(evidence: list[Evidence], least: float) -> None:
    until = fades_at(evidence, 20 * DAY, least)
    assert score(evidence, until).score <= max(least, 0.05 * len(evidence)) + 1e-9
