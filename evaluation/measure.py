"""What do scores and hits amount to? Thresholds, shares, areas and their intervals. Reads no files and knows no detector.

Scores grow with suspicion. A threshold is set on one set of texts and reported on another; nothing here can do both on the same.
All intervals are 95% bootstrap intervals from a fixed seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

RATES = (0.05, 0.01, 0.001)
DRAWS = 200
_SEED = 5

Scores = npt.NDArray[np.float64]


class Figure(TypedDict):
    """A share of ``n`` texts with its interval."""

    n: int
    value: float
    low: float
    high: float


def threshold(benign: Scores, rate: float) -> float:
    """The lowest score that at most ``rate`` of these texts exceed. Of fewer than 1/rate texts, their highest score."""
    ordered = np.sort(benign)[::-1]
    return float(ordered[int(rate * len(ordered))])


def share(hits: Sequence[bool] | npt.NDArray[np.bool_]) -> Figure:
    """How many of them, with the interval of drawing as many again. Of none at all or all of them: the rule of three."""
    found = np.asarray(hits, dtype=bool)
    size = len(found)
    value = float(found.mean())
    dice = np.random.Generator(np.random.PCG64(_SEED))
    low, high = np.quantile(dice.binomial(size, value, DRAWS * 5) / size, (0.025, 0.975))
    if value == 0:
        high = min(1.0, 3 / size)
    if value == 1:
        low = max(0.0, 1 - 3 / size)
    return Figure(n=size, value=round(value, 5), low=round(float(low), 5), high=round(float(high), 5))


def area(positive: Scores, negative: Scores) -> float:
    """The chance that a positive scores above a negative (area under the ROC curve); ties count half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(below.mean() / 2 / len(ordered))


def area_figure(positive: Scores, negative: Scores) -> Figure:
    """The area with its interval; both sides are drawn again."""
    dice = np.random.Generator(np.random.PCG64(_SEED))
    drawn = [area(dice.choice(positive, len(positive)), dice.choice(negative, len(negative))) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    value = area(positive, negative)
    return Figure(n=len(positive), value=round(value, 5), low=round(float(low), 5), high=round(float(high), 5))


def recall(positive: Scores, benign: Scores, rate: float) -> Figure:
    """The share of positives above the threshold that ``benign`` sets; the interval also has the threshold's own noise."""
    dice = np.random.Generator(np.random.PCG64(_SEED))
    drawn = [
        float((dice.choice(positive, len(positive)) > threshold(dice.choice(benign, len(benign)), rate)).mean())
        for _ in range(DRAWS)
    ]
    value = float((positive > threshold(benign, rate)).mean())
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Figure(n=len(positive), value=round(value, 5), low=round(float(low), 5), high=round(float(high), 5))


CURVE = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def curve(positive: Scores, benign: Scores) -> list[list[float]]:
    """``[rate of false alarms, recall]`` at the rates of CURVE that so many benign texts can tell apart."""
    told = [rate for rate in CURVE if rate * len(benign) >= 1]
    return [[rate, round(float((positive > threshold(benign, min(rate, 0.9999))).mean()), 4)] for rate in told]


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Median and the slowest hundredth."""
    middle, late = np.quantile(np.asarray(values), (0.5, 0.99))
    return {"p50": round(float(middle), 3), "p99": round(float(late), 3)}
