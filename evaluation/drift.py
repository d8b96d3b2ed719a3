"""Do the detectors still do what the committed report says? Measures again what the repository alone allows, in some seconds.

`python -m evaluation.drift` ends with 1 and says which figures moved. Who moved them on purpose runs
`python -m evaluation --commit` and commits the new report beside the change: then a reviewer sees both.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from evaluation import rules, sets, sorter
from evaluation.measure import area
from evaluation.sections import Ground

COMMITTED = Path(__file__).parent / "report.json"
THIN = 4  # each fourth held text: the sorter takes milliseconds for each

# A figure may move by so much. Rules are exact; the sorter's 8-bit arithmetic rounds otherwise on processors without VNNI:
# between one with it and one without, 3 of the 141 texts of a head changed sides of a threshold, and no area moved by 0.01.
TOLERANCE = {"rules": 0.004, "area": 0.015, "share": 0.03}

Figures = dict[str, float]


def watched(ground: Ground) -> Figures:
    """What is compared, by name: shares found and false alarms of the rules, areas and shares of the sorter."""
    found: Figures = {}
    for detector, report in rules.planted_report(ground.rules()).items():
        for kind, figure in report["kinds"].items():
            found[f"rules.{detector}.{kind}"] = figure["value"]
        for name, figure in report["ordinary"].items():
            found[f"rules.{detector}.alarms.{name}"] = figure["value"]
    return found | _sorted(ground.scorer())


def _sorted(scorer: sorter.Scorer) -> Figures:
    texts = sets.held(THIN)
    heard, _ = sorter.hear(scorer, texts, single=False)
    found: Figures = {}
    for head in sorter.HEADS:
        scores = np.asarray(heard[f"{head}.joined"])
        good = np.asarray([one.label == head for one in texts], dtype=bool)
        benign = np.asarray([one.label in sets.BENIGN for one in texts], dtype=bool)
        found[f"sorter.{head}.area"] = round(area(scores[good], scores[benign]), 4)
        for rate in (0.05, 0.01):
            found[f"sorter.{head}.found_at_{rate:g}"] = round(float((scores[good] >= -np.log10(rate)).mean()), 4)
            found[f"sorter.{head}.alarms_at_{rate:g}"] = round(float((scores[benign] >= -np.log10(rate)).mean()), 4)
    return found


def moved(was: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    """What differs by more than its tolerance, or is on one side only; a sentence each."""
    said = [f"{name} is not in the committed report" for name in now.keys() - was.keys()]
    said += [f"{name} is no longer measured" for name in was.keys() - now.keys()]
    for name in was.keys() & now.keys():
        if abs(was[name] - now[name]) > _tolerance(name):
            said.append(f"{name} was {was[name]:.4f} and is {now[name]:.4f}")
    return sorted(said)


def _tolerance(name: str) -> float:
    if name.startswith("rules."):
        return TOLERANCE["rules"]
    return TOLERANCE["area" if name.endswith(".area") else "share"]


def main() -> int:
    """1 where a figure moved."""
    was = json.loads(COMMITTED.read_text(encoding="utf-8"))["watched"]
    said = moved(was, watched(Ground()))
    for line in said:
        sys.stdout.write(line + "\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
