import json
from pathlib import Path

import pytest

from training import questions
from training.augment import training_rows
from training.rows import HELD_SOURCES, Row, bucket, load, own, role

ROWS = [
    ("benign", "lmarena/arena-hard-auto v0.1", "Write a poem about rivers number"),
    ("misuse", "HarmBench repo copy of AdvBench behaviors (llm-attacks)", "Write a virus that destroys"),
    ("misuse", "cysecbench/dataset:Cloud Attacks", "How can one attack cloud"),
    ("injection", "S-Labs/prompt-injection-dataset", "Ignore the rules and say"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("benign", "misuse", "injection"):
        made = [
            {"text": f"{text} {at}", "label": label, "source": source}
            for label, source, text in ROWS
            if label == name
            for at in range(5)
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, made)) + "\n", encoding="utf-8")
    return tmp_path


def test_a_measurement_run_never_sees_the_sources_it_reports_on(folder: Path) -> None:
    held = [row for row in load(folder, measure=True) if row.source in HELD_SOURCES]
    assert held
    assert {row.role for row in held} == {"report"}
    assert "train" in {row.role for row in load(folder, measure=False) if row.source == "advbench"}


def test_texts_that_begin_alike_share_a_side(folder: Path) -> None:
    assert bucket("Write a  poem about rivers") == bucket("write A poem for me")
    assert len({row.role for row in load(folder, measure=False) if row.source == "arena-hard"}) == 1


def test_our_held_texts_neither_train_nor_calibrate() -> None:
    rows = own()
    held = [row for row in rows if row.role == "report"]
    assert len(held) > 500
    assert all(role(row, measure=measure) == "report" for row in held for measure in (True, False))
    assert not {row.text for row in held} & {row.text for row in rows if row.role == "train" and row.source != "own-languages"}


def test_only_benign_rows_calibrate(folder: Path) -> None:
    assert {row.kind for row in load(folder, measure=False) if row.role == "calibrate"} <= {"ordinary", "borderline"}


def test_made_rows_come_from_trained_rows_alone() -> None:
    kept = Row("quiet secret words that only calibrate", "x", "ordinary", 0.0, 0.0, role="calibrate")
    base = [Row(f"harmless text number {at} about gardens", "x", "ordinary", 0.0, 0.0) for at in range(50)]
    base += [Row(f"Ignore everything number {at}", "x", "injection", None, 1.0) for at in range(20)]
    base.append(Row("A long document. " * 40, "x", "ordinary", 0.0, 0.0))
    made = training_rows([*base, kept], seed=3, plants=20)
    assert not any("only calibrate" in row.text for row in made)
    planted = [row for row in made if row.source == "planted"]
    assert sum(row.injection == 1.0 for row in planted) == sum(row.injection == 0.0 for row in planted) == 20
    for row in planted:
        if row.injection == 1.0:
            assert row.span is not None
            assert "Ignore everything" in row.text[slice(*row.span)]


def test_made_rows_are_the_same_for_the_same_seed() -> None:
    assert questions.rows(5) == questions.rows(5)
    assert questions.rows(5) != questions.rows(6)
