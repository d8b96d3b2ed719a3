"""Rows in, rows out, in three forms; what cannot be read stays in its place."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from safeconduct.assembly.batch_files import form_of, in_chunks, question_of, reading, writing
from safeconduct.inquiry.batch import Answer, Question
from safeconduct.terms.faults import Refused

YES = Answer("permit", "permitted", "t/r", "open", "")


def _through(tmp_path: Path, name: str, text: str) -> tuple[list[Question], str]:
    source, target = tmp_path / name, tmp_path / f"out-{name}"
    source.write_text(text)
    form = form_of(name, "")
    with reading(str(source), form) as rows, writing(str(target), form) as out:
        kept = list(rows)
        out.write(kept, [YES] * len(kept))
    assert target.stat().st_mode & 0o777 == 0o600, "answers tell who may do what"
    return [question_of(row) for row in kept], target.read_text()


def test_csv_rows_keep_their_columns(tmp_path: Path) -> None:
    asked, told = _through(tmp_path, "a.csv", "n,person,model,at\n1,ann,m,2026-01-01T00:00:00Z\n2,ben,m,,extra\n3,cat\n")
    assert asked[0] == Question("person/ann", "m", "", "", "2026-01-01T00:00:00Z")
    assert "more columns" in asked[1].error
    assert asked[2] == Question("person/cat", "", "", "", "")
    rows = list(csv.DictReader(told.splitlines()))
    assert [row["n"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["decision"] == "permit"
    assert "\0" not in told


def test_jsonl_rows_keep_theirs(tmp_path: Path) -> None:
    asked, told = _through(tmp_path, "a.jsonl", '{"agent":"bot","model":"m","x":[1]}\nnonsense\n{"person":"a","agent":"b"}\n')
    assert asked[0] == Question("agent/bot", "m")
    assert "no JSON object" in asked[1].error
    assert "a person and an agent" in asked[2].error
    rows = [json.loads(line) for line in told.splitlines()]
    assert rows[0]["x"] == [1]
    assert rows[1]["line"] == "nonsense"


def test_parquet_goes_through_too(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    parquet.write_table(arrow.table({"who": ["ann", "ben"], "model": ["m", "m"]}), source)
    with reading(str(source), "parquet") as rows, writing(str(target), "parquet") as out:
        for chunk in in_chunks(rows, 1):
            out.write(chunk, [YES])
    assert parquet.read_table(target).to_pylist()[1]["decision"] == "permit"


def test_forms_are_told_by_their_ending() -> None:
    assert form_of("a.csv", "") == form_of("-", "") == "csv"
    assert form_of("a.ndjson", "") == "jsonl"
    assert form_of("a.txt", "jsonl") == "jsonl"
    for name, given in (("a.txt", ""), ("-", "parquet"), ("a.csv", "xml")):
        with pytest.raises(Refused):
            form_of(name, given)


def test_chunks_are_whole() -> None:
    assert [len(chunk) for chunk in in_chunks(({"n": n} for n in range(7)), 3)] == [3, 3, 1]


def test_a_header_without_a_column_for_who_or_which_model_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for header in ("persn,model", "person,modell", "sc-officer-a-key-in-the-wrong-place"):
        (tmp_path / "q.csv").write_text(f"{header}\nann,m\n")
        with pytest.raises(Refused) as refused, reading(str(tmp_path / "q.csv"), "csv"):
            raise AssertionError("it was read")
        assert header not in str(refused.value)
