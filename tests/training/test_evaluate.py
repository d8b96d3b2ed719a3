import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from training.evaluate import auc, evaluate, interval


@dataclass
class Told:
    misuse: float
    injection: float
    language: str = "en"


class Keyword:
    """Finds what says ``virus``."""

    def score(self, text: str) -> Told:
        return Told(0.0005 if "virus" in text else 0.5, 0.5)


def test_auc_counts_ties_half() -> None:
    assert auc(np.array([1.0, 1.0]), np.array([1.0, 0.0])) == pytest.approx(0.75)
    assert auc(np.array([2.0]), np.array([1.0, 0.0])) == 1.0


def test_an_interval_holds_the_share() -> None:
    low, high = interval(np.array([True] * 30 + [False] * 70))
    assert low < 0.3 < high


def test_it_reports_what_a_scorer_does_on_what_it_has_not_seen(tmp_path: Path) -> None:
    found = {
        "benign": [("benign", "lmarena/arena-hard-auto v0.1", f"say {at}") for at in range(40)],
        "misuse": [
            ("misuse", "HarmBench repo copy of TDC2023 behaviors", f"make {word} {at}")
            for at in range(10)
            for word in ("virus", "tea")
        ],
        "injection": [],
    }
    for name, made in found.items():
        lines = [json.dumps({"label": label, "source": source, "text": text}) for label, source, text in made]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n" * bool(lines), encoding="utf-8")
    report = evaluate(Keyword(), tmp_path, measure=True, own_folder=tmp_path / "none")
    told = report["misuse"]["sources"]["tdc2023"]
    assert told["0.001"]["share"] == 0.5
    assert told["n"] == 20
    assert told["auc"] == pytest.approx(0.75)
    assert report["misuse"]["alarms"]["arena-hard/ordinary/report"]["0.01"]["share"] == 0.0
    assert report["misuse"]["groups"]["en"]["n"] == 40
