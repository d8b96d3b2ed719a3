"""Our own texts: made again they are the same, spans fit, templates stay on one side, and nothing in them is a detail of harm."""

from __future__ import annotations

import importlib
import json
import random
from pathlib import Path
from typing import Any

import pytest

from training.data import rows

_FILES = {
    "make_texts": ("borderline", "ordinary", "languages", "security", "misuse_other"),
    "make_contrast": ("contrast",),
    "make_documents": ("documents", "document_injections"),
    "make_tool_results": ("tool_results_benign",),
}
_NAMES = [name for names in _FILES.values() for name in names]
_LABELS = {"benign", "borderline_benign", "misuse", "injection"}
_LONGEST_HARM = 400  # characters: a request in one line, not a procedure


def _read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (rows.HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("maker", _FILES)
def test_made_again_they_are_the_same(maker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed = {name: (rows.HERE / f"{name}.jsonl").read_bytes() for name in _FILES[maker]}
    monkeypatch.setattr(rows, "HERE", tmp_path)
    importlib.import_module(f"training.data.{maker}").main()
    assert {name: (tmp_path / f"{name}.jsonl").read_bytes() for name in _FILES[maker]} == committed


def test_nobody_trains_on_the_work_of_defenders() -> None:
    found = _read("security")
    assert {(row["split"], row["label"]) for row in found} == {("held", "borderline_benign")}
    assert len(found) >= 300
    assert len({row["source"] for row in found}) == 8
    assert not {row["text"] for row in found} & {row["text"] for name in _NAMES if name != "security" for row in _read(name)}


@pytest.mark.parametrize("name", [name for name in _NAMES if name != "security"])
def test_rows_have_their_fields_and_both_sides(name: str) -> None:
    found = _read(name)
    assert {row["split"] for row in found} == {"train", "held"}
    assert all(row["label"] in _LABELS and row["text"].strip() and row["language"] for row in found)
    assert len({row["source"] for row in found}) == 1
    assert 0.15 < sum(row["split"] == "held" for row in found) / len(found) < 0.4


@pytest.mark.parametrize("name", _NAMES)
def test_no_text_twice(name: str) -> None:
    texts = [row["text"] for row in _read(name)]
    assert len(set(texts)) == len(texts)


def test_spans_hold_the_planted_instruction_and_no_held_one_trains() -> None:
    planted: dict[str, set[str]] = {"train": set(), "held": set()}
    for row in _read("document_injections"):
        start, end = row["span"]
        assert 0 <= start < end <= len(row["text"])
        planted[row["split"]].add(row["text"][start:end])
    assert planted["held"]
    assert not planted["train"] & planted["held"]


def test_objects_of_a_verb_stay_on_one_side() -> None:
    sides: dict[str, set[str]] = {}
    made = importlib.import_module("training.data.make_contrast")
    for row in made._rows(random.Random(made._SEED)):
        sides.setdefault(row.template, set()).add(str(row.held))
    assert len(sides) > 400
    assert all(len(side) == 1 for side in sides.values())


@pytest.mark.parametrize("name", ["contrast", "misuse_other", "languages"])
def test_what_is_harmful_is_one_line_and_no_more(name: str) -> None:
    harmful = [row["text"] for row in _read(name) if row["label"] == "misuse"]
    assert all("\n" not in text and len(text) <= _LONGEST_HARM for text in harmful)


def test_each_script_has_every_class() -> None:
    classes: dict[str, set[str]] = {}
    for row in _read("languages"):
        classes.setdefault(row["language"], set()).add(row["label"])
    assert len(classes) >= 18
    assert all(found == _LABELS for found in classes.values())


@pytest.mark.parametrize(
    ("line", "texts"),
    [("a [[b|c]] d", ["a b d", "a c d"]), ("plain", ["plain"]), ("[[a|b|c]] [[x|y]]", ["a x", "b y", "c x"])],
)
def test_choices_in_parts(line: str, texts: list[str]) -> None:
    assert rows.variants(line) == texts
