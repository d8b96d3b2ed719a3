"""Cosines of sketches, and topics that are learned from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.watch.sketching import alike, learned, nearest, packed, vector
from safeconduct.watch.subject import MOST_CENTROIDS, SKETCH

sketches = st.binary(min_size=SKETCH, max_size=SKETCH)
ONE, OTHER = bytes([100] + [0] * 63), bytes([0, 100] + [0] * 62)


@given(sketches, sketches)
def test_a_cosine_is_one_for_the_same_and_never_beyond(one: bytes, other: bytes) -> None:
    assert -1.001 <= alike(one, other) <= 1.001
    if any(one):
        assert alike(one, one) == pytest.approx(1.0, abs=1e-4)


def test_no_sketch_is_like_nothing() -> None:
    assert alike(b"", ONE) == 0.0
    assert nearest(b"", vector(ONE)) == (-1, 0.0)


def test_packing_keeps_the_direction() -> None:
    unit = vector(bytes(range(64)))
    assert float(vector(packed(unit)) @ unit) > 0.999


def test_topics_are_learned_followed_and_bounded() -> None:
    weights: list[int] = []
    topics = learned(b"", weights, vector(ONE), -1, 0.0, 0.5)
    topics = learned(topics, weights, vector(OTHER), *nearest(topics, vector(OTHER)), 0.5)
    assert weights == [1, 1]
    topics = learned(topics, weights, vector(ONE), *nearest(topics, vector(ONE)), 0.5)
    assert weights == [2, 1]
    for place in range(60):
        unit = np.zeros(SKETCH, np.float32)
        unit[place] = 1.0
        topics = learned(topics, weights, unit, *nearest(topics, unit), 0.5)
    assert len(weights) == MOST_CENTROIDS
    assert len(topics) == MOST_CENTROIDS * SKETCH
