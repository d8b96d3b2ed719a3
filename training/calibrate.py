"""Benign scores as quantiles, per detector and language group.

English: every source has a weight of its own, whatever its size, so that thousands of easy sentences do not hide what fifty hard
ones say: a threshold is set on the hard mix. Then each threshold is raised until no ordinary source gives more than
``WORST`` times the nominal share of alarms, as far as its size can show that; what the finest share it can show asks for is kept
up to the rarest. The other groups have too few rows to show a tail: there the group's own quantiles, at half the nominal share to
be careful, and beyond what they can show the English tail.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from safeconduct.detectors.models.calibration import DETECTORS, HEADS, Calibration, Curve, fisher
from safeconduct.detectors.models.languages import GROUPS, group
from training.rows import Row

SHARES = (
    1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.025, 0.02, 0.015, 0.012,
    0.01, 0.008, 0.006, 0.005, 0.004, 0.003, 0.0025, 0.002, 0.0015, 0.0012, 0.001, 0.0008, 0.0006, 0.0005,
)  # fmt: skip

WEIGHTS = {
    "s-labs": 0.16,
    "neuralchemy": 0.06,
    "arena-hard": 0.16,
    "self-instruct": 0.08,
    "cyberseceval-instruct": 0.12,
    "mitre-frr": 0.04,
    "malware-analysis": 0.04,
    "own-borderline": 0.1,
    "own-ordinary": 0.1,
    "own-documents": 0.06,
    "own-tool_results_benign": 0.04,
    "own-contrast": 0.04,
    "own-prompts": 0.1,
    "stdlib": 0.04,
    "own-questions-everyday": 0.05,
    "own-questions-work": 0.05,
    "own-questions-defense": 0.06,
}
SCARCE = 30  # of a group's rows: below, those of all groups but English are looked at together
WORST = 1.5
JUDGING = 100  # rows; fewer say too little about a tail to move every threshold
JUDGED = frozenset(WEIGHTS) - {"mitre-frr", "malware-analysis", "own-borderline", "own-contrast", "own-questions-defense"}
"""The ordinary sources. The others are borderline or made to be hard: they count in the mix, and have limits of their own."""
SHOWN = 2.0  # rows above a threshold that make its share more than chance


def _quantiles(scores: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], factor: float = 1.0) -> list[float]:
    """For each of SHARES times ``factor`` the lowest score that no larger share of the weight reaches; straight lines between
    rows.
    """
    order = np.argsort(scores)[::-1]
    reached = np.cumsum(weights[order]) / weights.sum()
    return [float(np.interp(min(1.0, share * factor), reached, scores[order])) for share in SHARES]


def _curve(quantiles: list[float]) -> Curve:
    """Strictly rising, so that a share has one answer; the last slope is at least as gentle as that of the tail before it."""
    scores = [round(value, 5) for value in quantiles]
    for at in range(1, len(scores)):
        scores[at] = max(scores[at], round(scores[at - 1] + 1e-4, 5))
    # beyond the last point the slope goes on: take the mean slope of the tail from 0.5% on, not that of the last two points
    tail = SHARES.index(0.005)
    slope = (math.log(SHARES[tail]) - math.log(SHARES[-1])) / (scores[-1] - scores[tail])
    beyond = SHARES[-1] / 10
    scores.append(round(scores[-1] + math.log(10.0) / slope, 5))
    return Curve(tuple(scores), (*SHARES, beyond))


def _lifted(mix: list[float], sources: dict[str, npt.NDArray[np.float64]]) -> list[float]:
    """The mix's quantiles, raised to what each judged source asks for."""
    lifted = list(mix)
    for name, scores in sources.items():
        if name not in JUDGED or len(scores) < JUDGING:
            continue
        wanted, lift = _quantiles(scores, np.ones(len(scores)), WORST), 0.0
        for at, share in enumerate(SHARES):
            if share > 0.2:
                continue
            if share * WORST * len(scores) >= SHOWN:
                lift = wanted[at] - mix[at]
            lifted[at] = max(lifted[at], mix[at] + lift)
    return lifted


def _group_curve(english: list[float], scores: npt.NDArray[np.float64]) -> list[float]:
    """The group's own quantiles at half the share as far as SHOWN rows show them, then as the English ones go on."""
    own = _quantiles(scores, np.ones(len(scores)), 0.5)
    found: list[float] = []
    for at, share in enumerate(SHARES):
        if share * len(scores) * 0.5 >= SHOWN or not found:
            found.append(own[at])
        else:
            found.append(found[-1] + english[at] - english[at - 1])
    return found


def calibrate(rows: list[Row], raw: list[dict[str, float]]) -> Calibration:
    """``rows``: benign, never trained on; ``raw``: the scores of each (``Scorer.scores``)."""
    groups = [group(row.text) for row in rows]
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.source] = counts.get(row.source, 0) + 1
    weights = np.array([WEIGHTS.get(row.source, 0.0) / counts[row.source] for row in rows])
    members = {name: np.array([at for at, found in enumerate(groups) if found == name], dtype=np.int64) for name in GROUPS}
    curves: dict[str, dict[str, Curve]] = {name: {} for name in GROUPS}
    sources = np.array([row.source for row in rows])
    for head in HEADS:
        for detector in DETECTORS:
            name = f"{head}.{detector}"
            _fit(curves, name, np.array([scores[name] for scores in raw]), members, weights, sources)
        joined = [
            fisher(*(curves[found][f"{head}.{detector}"].share(scores[f"{head}.{detector}"]) for detector in DETECTORS))
            for found, scores in zip(groups, raw, strict=True)
        ]
        _fit(curves, head, np.array(joined), members, weights, sources)
    return Calibration(curves)


def _fit(
    curves: dict[str, dict[str, Curve]],
    name: str,
    scores: npt.NDArray[np.float64],
    members: dict[str, npt.NDArray[np.int64]],
    weights: npt.NDArray[np.float64],
    sources: npt.NDArray[np.str_],
) -> None:
    english = members["en"][weights[members["en"]] > 0]
    mix = _quantiles(scores[english], weights[english])
    base = _lifted(mix, {str(source): scores[english][sources[english] == source] for source in set(sources[english])})
    others = np.concatenate([at for found, at in members.items() if found != "en"])
    for found, at in members.items():
        if found == "en":
            curves[found][name] = _curve(base)
        else:
            curves[found][name] = _curve(_group_curve(base, scores[at if len(at) >= SCARCE else others]))
