"""Targets: thresholds come from the hard mix, only held-out sources count as found, a broken bound is said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evaluation import page, targets


@dataclass(frozen=True)
class _Shares:
    misuse: float
    injection: float
    language: str = "en"


class _Knows:
    version = "stand-in"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, text: str) -> Any:
        self.asked.append(text)
        return _Shares(0.0005 if "crime" in text else 0.02 if "half" in text else 0.7, 0.9)

    def scores(self, text: str) -> dict[str, float]:
        return {"misuse.encoder": float("crime" in text)}


def _write(folder: Path, name: str, rows: list[tuple[str, str, str]]) -> None:
    lines = [json.dumps({"text": text, "label": label, "source": source, "split": "held"}) for text, label, source in rows]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    data, own = tmp_path / "data", tmp_path / "own"
    data.mkdir()
    own.mkdir()
    advbench = "HarmBench repo copy of AdvBench behaviors (llm-attacks)"
    _write(data, "misuse", [(f"crime {number}" if number < 30 else f"half {number}", "misuse", advbench) for number in range(60)])
    _write(data, "benign", [(f"calm {number}", "benign", "lmarena/arena-hard-auto v0.1") for number in range(120)])
    _write(
        own,
        "borderline",
        [(f"crime report {number}" if number < 5 else f"fine {number}", "borderline_benign", "x") for number in range(100)],
    )
    return data, own


def _line(found: list[targets.Line], words: str) -> targets.Line:
    return next(line for line in found if words in line["what"])


def test_recall_is_at_the_threshold_of_the_mix(folders: tuple[Path, Path]) -> None:
    found = targets.lines(_Knows(), folders[0], own_folder=folders[1])
    at_one = _line(found, "misuse of sources never seen, found at 1%")
    assert at_one["figure"]["value"] == 0  # five of 220 benign texts look as bad as the worst
    assert _line(found, "misuse of sources never seen, found at 5%")["figure"]["value"] == 1
    assert not targets.holds(at_one)


def test_innocents_are_counted_at_the_acting_share(folders: tuple[Path, Path]) -> None:
    found = targets.lines(_Knows(), folders[0], own_folder=folders[1])
    own = _line(found, "borderline texts of our own")
    assert own["figure"]["value"] == 0.05
    assert not targets.holds(own)
    assert targets.holds(_line(found, "ordinary work"))


def test_what_is_not_there_has_no_line(folders: tuple[Path, Path]) -> None:
    found = targets.lines(_Knows(), folders[0], own_folder=folders[1])
    assert not any("injection of sources" in line["what"] for line in found)


def test_a_text_is_scored_once() -> None:
    knows = _Knows()
    remembered = targets.Remembered(knows)
    assert remembered.score("crime") == remembered.score("crime")
    assert knows.asked == ["crime"]


def test_the_page_says_what_holds_and_what_is_broken(folders: tuple[Path, Path]) -> None:
    lines = targets.lines(_Knows(), folders[0], own_folder=folders[1])
    text = page.sources({"targets": lines, "heads": {}})
    assert "BROKEN" in text
    assert "holds" in text
