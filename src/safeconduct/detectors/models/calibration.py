"""Which share of benign texts scores as high as this one? Quantiles of benign scores per detector and language group.

A raw score means nothing to a reader and drifts with every training; a share of benign texts does not. What the share leads to is
policy. Two detectors answer for each head; their answers are joined by Fisher's statistic, and that statistic is calibrated on
the same benign texts again, because the two are not independent (Fisher 1925, section 21.1).
"""

from __future__ import annotations

import bisect
import math
from typing import Final

import msgspec

HEADS: Final = ("misuse", "injection")
DETECTORS: Final = ("encoder", "ngrams")

LEAST: Final = 1e-5
"""The smallest share ever answered: beyond it there is no benign text that could have shown otherwise."""


FLOOR: Final = 1e-3
"""One detector's share counts as no smaller than this in the joined statistic: neither reaches the threshold of an act alone."""


class Curve(msgspec.Struct, frozen=True, array_like=True):
    """Benign scores: ``scores`` rise, ``shares`` fall; ``shares[i]`` of benign texts score ``scores[i]`` or more."""

    scores: tuple[float, ...]
    shares: tuple[float, ...]

    def share(self, score: float) -> float:
        """Between two points by the logarithm of the share; above the last point the last slope goes on, down to LEAST."""
        scores, shares = self.scores, self.shares
        at = bisect.bisect_right(scores, score)
        if at == 0:
            return 1.0
        low = min(at - 1, len(scores) - 2)
        run = scores[low + 1] - scores[low]
        if run <= 0.0:
            return max(LEAST, shares[low + 1])
        slope = (math.log(shares[low + 1]) - math.log(shares[low])) / run
        return min(1.0, max(LEAST, math.exp(math.log(shares[low]) + slope * (score - scores[low]))))


class Calibration(msgspec.Struct, frozen=True):
    """``curves`` by group, then ``misuse.encoder`` ... ``misuse`` (the joined one)."""

    curves: dict[str, dict[str, Curve]]

    def share(self, group: str, name: str, score: float) -> float:
        """The benign share for one detector's raw score."""
        return self.curves[group][name].share(score)

    def joined(self, group: str, head: str, scores: dict[str, float]) -> tuple[float, str]:
        """The benign share for both detectors of a head together, and the one that says more."""
        shares = {detector: self.share(group, f"{head}.{detector}", scores[f"{head}.{detector}"]) for detector in DETECTORS}
        why = min(DETECTORS, key=shares.__getitem__)
        return self.share(group, head, fisher(*shares.values())), why


def fisher(*shares: float) -> float:
    """The sum of -log10 of the shares, none below FLOOR; larger is rarer."""
    return -sum(math.log10(max(FLOOR, share)) for share in shares)
