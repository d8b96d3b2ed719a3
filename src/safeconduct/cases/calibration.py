"""What do verdicts teach? How much a kind of signal should weigh for a cohort, from how often it was right there.

The share of right ones is estimated with a prior of one half (Beta(2, 2)), so few verdicts change little. A factor above one
needs no more than that; one below lowers a safeguard.

INVARIANT (P9): no single officer lowers a weight: verdicts "wrong" count as many times as the second most active officer gave.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

PRIOR: Final = 2.0
LOWEST: Final = 0.25
HIGHEST: Final = 1.5
_Z: Final = 1.96  # of a normal distribution: 95 % of it


class Judged(msgspec.Struct, frozen=True):
    """One verdict: whether a signal of ``kind`` about somebody of ``cohort`` was right, says ``officer``."""

    kind: str
    cohort: str
    officer: str
    right: bool


class Learned(msgspec.Struct, frozen=True):
    """``factor`` multiplies the weight; ``precision`` is the share of right verdicts, ``low`` to ``high`` in 95 of 100."""

    factor: float
    right: int
    wrong: int
    precision: float
    low: float
    high: float


def learned(verdicts: Iterable[Judged]) -> Mapping[tuple[str, str], Learned]:
    """What each (kind, cohort) weighs; the cohort ``""`` gathers all of a kind."""
    right: Counter[tuple[str, str]] = Counter()
    wrong: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        for key in {(verdict.kind, verdict.cohort), (verdict.kind, "")}:
            if verdict.right:
                right[key] += 1
            else:
                wrong[key][verdict.officer] += 1
    return {key: _weighed(right[key], wrong[key]) for key in sorted({*right, *wrong})}


def factor(of: Mapping[tuple[str, str], Learned], kind: str, cohort: str) -> float:
    """The factor for a cohort; that of the kind as a whole where the cohort has none; 1.0 where nothing was learned."""
    found = of.get((kind, cohort)) or of.get((kind, ""))
    return 1.0 if found is None else found.factor


def _weighed(right: int, wrong: Counter[str]) -> Learned:
    total_wrong = wrong.total()
    second = sorted(wrong.values(), reverse=True)[1:2]
    counted = min(total_wrong, 2 * second[0] + sum(sorted(wrong.values(), reverse=True)[2:])) if second else 0
    mean = (right + PRIOR) / (right + counted + 2 * PRIOR)
    low, high = _wilson(right, right + total_wrong)
    precision = right / (right + total_wrong) if right + total_wrong else 0.0
    return Learned(min(HIGHEST, max(LOWEST, 2 * mean)), right, total_wrong, precision, low, high)


def _wilson(hits: int, total: int) -> tuple[float, float]:
    """The interval of Wilson (1927) for a share."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, _Z * _Z
    middle = share + square / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    return max(0.0, (middle - spread) / (1 + square / total)), min(1.0, (middle + spread) / (1 + square / total))
