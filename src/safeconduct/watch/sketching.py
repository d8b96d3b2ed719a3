"""How alike are two topic sketches? Cosines of vectors of signed bytes (``terms.signals``: 64 of them)."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from safeconduct.watch.subject import MOST_CENTROIDS, SKETCH

Vector = npt.NDArray[np.float32]
STEP: Final = 0.05  # how far a centroid that is well known follows a text
MOST_WEIGHT: Final = 200


def vector(sketch: bytes) -> Vector:
    """The unit vector of a sketch; zeros for none. Bytes beyond a sketch are not looked at."""
    if len(sketch) < SKETCH:
        return np.zeros(SKETCH, np.float32)
    raw = np.frombuffer(sketch, np.int8, SKETCH).astype(np.float32)
    length = float(np.sqrt(raw @ raw))
    return raw / length if length else raw


def packed(unit: Vector) -> bytes:
    """A unit vector as signed bytes."""
    return bytes(np.clip(np.rint(unit * 127.0), -127, 127).astype(np.int8).tobytes())


def alike(one: bytes, other: bytes) -> float:
    """The cosine of two sketches; 0 where one is none."""
    return float(vector(one) @ vector(other))


def nearest(centroids: bytes, unit: Vector) -> tuple[int, float]:
    """The centroid nearest to a vector, and its cosine; (-1, 0) where there is none."""
    count = len(centroids) // SKETCH
    if not count:
        return -1, 0.0
    raw = np.frombuffer(centroids, np.int8, count * SKETCH).reshape(count, SKETCH).astype(np.float32)
    dots = raw @ unit
    best = int(dots.argmax())
    length = float(np.sqrt(raw[best] @ raw[best]))
    return best, float(dots[best]) / length if length else 0.0


def learned(centroids: bytes, weights: list[int], unit: Vector, best: int, cosine: float, join: float) -> bytes:
    """The centroids after one more text: the nearest follows it, or it becomes one itself, in the place of the lightest."""
    if best >= 0 and (cosine >= join or (len(weights) >= MOST_CENTROIDS and min(weights) > 3)):
        weights[best] = min(MOST_WEIGHT, weights[best] + 1)
        step = max(STEP, 1.0 / weights[best])
        old = vector(centroids[best * SKETCH : (best + 1) * SKETCH])
        moved: Vector = (old + np.float32(step) * (unit - old)).astype(np.float32)
        length = float(np.sqrt(moved @ moved))
        fresh = packed(moved / np.float32(length) if length else moved)
        return centroids[: best * SKETCH] + fresh + centroids[(best + 1) * SKETCH :]
    if len(weights) < MOST_CENTROIDS:
        weights.append(1)
        return centroids + packed(unit)
    lightest = weights.index(min(weights))
    weights[lightest] = 1
    return centroids[: lightest * SKETCH] + packed(unit) + centroids[(lightest + 1) * SKETCH :]
