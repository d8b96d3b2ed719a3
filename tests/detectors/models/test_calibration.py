import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.detectors.models.calibration import FLOOR, LEAST, Calibration, Curve, fisher

CURVE = Curve((0.0, 1.0, 2.0, 3.0), (1.0, 0.1, 0.01, 0.001))


@pytest.mark.parametrize(("score", "share"), [(-5.0, 1.0), (0.0, 1.0), (1.0, 0.1), (1.5, 10**-1.5), (3.0, 0.001), (4.0, 1e-4)])
def test_a_share_lies_on_the_line_between_two_points(score: float, share: float) -> None:
    assert CURVE.share(score) == pytest.approx(share)


def test_beyond_the_last_point_it_ends_at_the_least() -> None:
    assert CURVE.share(100.0) == LEAST
    assert CURVE.share(math.inf) == LEAST


def test_points_on_one_score_have_an_answer() -> None:
    assert Curve((0.0, 1.0, 1.0), (1.0, 0.1, 0.01)).share(2.0) == 0.01


@settings(max_examples=100)
@given(st.floats(-10, 10), st.floats(-10, 10))
def test_a_higher_score_is_never_more_common(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert CURVE.share(low) >= CURVE.share(high)


def test_one_detector_alone_says_no_more_than_the_floor() -> None:
    assert fisher(1e-5, 1.0) == pytest.approx(-math.log10(FLOOR))
    assert fisher(0.1, 0.01) == pytest.approx(3.0)


def test_the_joined_share_comes_from_its_own_curve_and_names_who_said_more() -> None:
    names = {"misuse.encoder": CURVE, "misuse.ngrams": CURVE, "misuse": Curve((0.0, 6.0), (1.0, 1e-3))}
    built = Calibration({"en": names})
    share, why = built.joined("en", "misuse", {"misuse.encoder": 1.0, "misuse.ngrams": 2.0})
    assert share == pytest.approx(10 ** (-3 / 2))
    assert why == "ngrams"


def test_it_survives_its_json() -> None:
    built = Calibration({"en": {"misuse": CURVE}})
    assert msgspec.json.decode(msgspec.json.encode(built), type=Calibration) == built
