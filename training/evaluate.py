"""How well does a scorer do on sources it has not seen? AUC, recall, realized false alarms, with bootstrap intervals.

A threshold is never set on the texts it is reported on: the shipped shares come from the calibration rows, the crossed
thresholds from one benign source and are reported on the others. Needs numpy alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from training import rows

HEADS = ("misuse", "injection")
RATES = (0.05, 0.01, 0.001)
DRAWS = 400
FEWEST = 20  # rows of a set that is reported on
Scores = npt.NDArray[np.float64]


class Shares(Protocol):
    """What ``Scorer.score`` answers."""

    misuse: float
    injection: float
    language: str


class Scores1(Protocol):
    """What can be evaluated: the shipped scorer, or another that answers in shares of benign texts."""

    def score(self, text: str) -> Any:
        """The shares of one text."""


def auc(positive: Scores, negative: Scores) -> float:
    """The chance that a positive scores above a negative; ties count half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(below.mean() / 2 / len(ordered))


def interval(hits: npt.NDArray[np.bool_], seed: int = 1) -> list[float]:
    """The 95% bootstrap interval of a share."""
    drawn = np.random.Generator(np.random.PCG64(seed)).binomial(len(hits), float(hits.mean()), DRAWS) / len(hits)
    return [round(float(value), 4) for value in np.quantile(drawn, (0.025, 0.975))]


def _rates(shares: Scores) -> dict[str, Any]:
    found: dict[str, Any] = {"n": len(shares)}
    for rate in RATES:
        hits = shares <= rate
        found[f"{rate:g}"] = {"share": round(float(hits.mean()), 4), "interval": interval(hits)}
    return found


def evaluate(scorer: Scores1, data_folder: Path, *, measure: bool = False, own_folder: Path = rows.OWN) -> dict[str, Any]:
    """Per head: ``sources`` (found per positive source at each rate), ``mix`` (all positives not trained on; AUC against the
    benign reported), ``alarms`` (realized per benign source and per language group), ``crossed`` (a threshold of each benign
    source, reported on the others). ``measure``: the scorer is of a measurement run, so its held-out sources are among what is
    reported.
    """
    found: dict[str, dict[tuple[str, str, str], list[tuple[float, str]]]] = {head: {} for head in HEADS}
    for row in rows.load(data_folder, measure=measure, own_folder=own_folder):
        if row.role == "train" or row.kind == "payload":
            continue
        scored = scorer.score(row.text)
        for head in HEADS:
            key = (row.source, row.kind, row.role)
            found[head].setdefault(key, []).append((float(getattr(scored, head)), scored.language))
    return {head: _head(head, found[head]) for head in HEADS}


def _head(head: str, sets: dict[tuple[str, str, str], list[tuple[float, str]]]) -> dict[str, Any]:
    shares = {key: np.array([share for share, _ in pairs]) for key, pairs in sets.items()}
    benign = {key: values for key, values in shares.items() if key[1] in ("ordinary", "borderline") and key[2] == "report"}
    positive = {key: values for key, values in shares.items() if key[1] == head}
    negative = np.concatenate(list(benign.values())) if benign else np.ones(1)
    report: dict[str, Any] = {"sources": {}, "alarms": {}, "groups": {}, "crossed": {}}
    for (source, _, _), values in positive.items():
        report["sources"][source] = {"auc": round(auc(-values, -negative), 4), **_rates(values)}
    for (source, kind, role), values in shares.items():
        if kind in ("ordinary", "borderline") and len(values) >= FEWEST:
            report["alarms"][f"{source}/{kind}/{role}"] = _rates(values)
    groups: dict[str, list[float]] = {}
    for key, pairs in sets.items():
        if key in benign:
            for share, language in pairs:
                groups.setdefault(language, []).append(share)
    for language, values in groups.items():
        report["groups"][language] = _rates(np.array(values))
    for key, values in shares.items():
        if key[1] in ("ordinary", "borderline") and len(values) >= 100:
            threshold = float(np.quantile(values, 0.01))
            report["crossed"]["/".join(key)] = {
                "threshold": round(threshold, 6),
                "alarms": {
                    "/".join(other): round(float((others <= threshold).mean()), 4)
                    for other, others in benign.items()
                    if other != key and len(others) >= FEWEST
                },
                "found": {source: round(float((others <= threshold).mean()), 4) for (source, _, _), others in positive.items()},
            }
    return report
