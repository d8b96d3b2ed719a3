"""In which forms do questions come and answers go? CSV, JSONL and Parquet, row by row, never held whole.

A row keeps all its columns; the answer's columns come after them (or take the place of columns of the same name). A line that
cannot be read stays in its place with the fault as its error.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final, Protocol

import msgspec

from safeconduct.inquiry.batch import Answer, Question
from safeconduct.terms.faults import Fault, Refused

Row = dict[str, Any]
FORMS: Final = ("csv", "jsonl", "parquet")
PARQUET_ROWS: Final = 8_192
FAULT: Final = "\0fault"  # the key of what is wrong with a row that could not be read; never written
MAX_LINE: Final = 1024 * 1024

_json = msgspec.json.Decoder(dict[str, Any])
_encode = msgspec.json.Encoder().encode


class Writer(Protocol):
    """Takes rows with their answers, in order."""

    def write(self, rows: Sequence[Row], answers: Sequence[Answer]) -> None: ...


def form_of(name: str, given: str) -> str:
    """The form of a file: as given, or by its ending; CSV for a stream without a name. Raises Refused."""
    form = given or (Path(name).suffix.lower().lstrip(".") if name != "-" else "csv")
    form = {"ndjson": "jsonl", "pq": "parquet"}.get(form, form)
    if form not in FORMS:
        raise Refused(
            Fault("unknown_format", f"{form or 'no ending'} is no form of questions", name, "use --format csv, jsonl or parquet")
        )
    if form == "parquet" and name == "-":
        raise Refused(
            Fault("parquet_stream", "Parquet cannot be streamed through a pipe", "-", "name a file, or use --format csv")
        )
    return form


def question_of(row: Mapping[str, Any]) -> Question:
    """The question of a row. ``person`` and ``agent`` say more than ``who``; a fault in the row's shape is its error."""
    if FAULT in row:
        return Question(error=row[FAULT])
    texts = {name: _text(row.get(name)) for name in ("who", "person", "agent", "model", "organization", "project", "at")}
    if texts["person"] and texts["agent"]:
        return Question(error="the row names a person and an agent")
    who = f"person/{texts['person']}" if texts["person"] else f"agent/{texts['agent']}" if texts["agent"] else texts["who"]
    return Question(who, texts["model"], texts["organization"], texts["project"], texts["at"])


@contextmanager
def reading(name: str, form: str) -> Iterator[Iterator[Row]]:
    """The rows of a file, or of stdin for ``-``. Raises Refused, OSError."""
    if form == "parquet":
        yield _parquet_rows(Path(name))
    elif name == "-":
        yield _rows(sys.stdin, form)
    else:
        with Path(name).open(encoding="utf-8", errors="replace", newline="") as file:
            yield _rows(file, form)


@contextmanager
def writing(name: str, form: str) -> Iterator[Writer]:
    """Where answers go: a new file, or stdout for ``-``. Raises Refused, OSError."""
    if form == "parquet":
        with _parquet_writer(_private(name)) as writer:
            yield writer
        return
    if name == "-":
        yield _CsvWriter(sys.stdout) if form == "csv" else _JsonWriter(sys.stdout)
        return
    with _private(name).open("w", encoding="utf-8", newline="") as file:
        yield _CsvWriter(file) if form == "csv" else _JsonWriter(file)


def _private(name: str) -> Path:
    """The path, with a new file at it for its owner alone: answers tell who may do what. Raises OSError."""
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return Path(name)


def _rows(file: IO[str], form: str) -> Iterator[Row]:
    """The rows of a text. Raises Refused at once, before anything is written, for a header that can hold no question."""
    if form == "jsonl":
        return (_object(line) for line in file if line.strip())
    reader = csv.DictReader(file, restval="")
    columns = set(reader.fieldnames or ())
    if columns and not ("model" in columns and columns & {"who", "person", "agent"}):
        what = "the header names no column model, or none of who, person and agent"
        mend = "name the columns in the first row, like person,model,organization,project,at"
        raise Refused(Fault("wrong_header", what, f"{getattr(file, 'name', '-')}:1", mend))
    return _csv_rows(reader)


def _csv_rows(reader: csv.DictReader[str]) -> Iterator[Row]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            yield {FAULT: f"the line is no CSV: {wrong}"}
            continue
        if row.pop(None, None) is not None:  # where csv puts what no column is for
            row[FAULT] = "the line has more columns than the header"
        yield row


def _object(line: str) -> Row:
    try:
        return _json.decode(line) if len(line) <= MAX_LINE else {FAULT: "the line is too long"}
    except (ValueError, RecursionError) as wrong:
        return {"line": line.rstrip("\n")[:256], FAULT: f"the line is no JSON object: {wrong}"}


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _answered(row: Row, answer: Answer) -> Row:
    full = row | msgspec.structs.asdict(answer)
    full.pop(FAULT, None)
    return full


class _CsvWriter:
    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._writer: csv.DictWriter[str] | None = None

    def write(self, rows: Sequence[Row], answers: Sequence[Answer]) -> None:
        for row, answer in zip(rows, answers, strict=True):
            full = _answered(row, answer)
            if self._writer is None:
                self._writer = csv.DictWriter(self._file, list(full), extrasaction="ignore", restval="")
                self._writer.writeheader()
            self._writer.writerow(full)


class _JsonWriter:
    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, rows: Sequence[Row], answers: Sequence[Answer]) -> None:
        lines = [_encode(_answered(row, answer)).decode() for row, answer in zip(rows, answers, strict=True)]
        self._file.write("\n".join(lines) + "\n" if lines else "")


def _parquet_rows(path: Path) -> Iterator[Row]:
    parquet = _pyarrow()[1]
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(PARQUET_ROWS):
            yield from batch.to_pylist()


class _ParquetWriter:
    """Columns and their types are those of the first rows; the answer's are texts."""

    def __init__(self, path: Path, arrow: Any, parquet: Any) -> None:
        self._path, self._arrow, self._parquet = path, arrow, parquet
        self._writer: Any = None

    def write(self, rows: Sequence[Row], answers: Sequence[Answer]) -> None:
        if not rows:
            return
        full = [_answered(row, answer) for row, answer in zip(rows, answers, strict=True)]
        schema = self._writer.schema if self._writer is not None else None
        table = self._arrow.Table.from_pylist(full, schema=schema)
        if self._writer is None:
            self._writer = self._parquet.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@contextmanager
def _parquet_writer(path: Path) -> Iterator[Writer]:
    writer = _ParquetWriter(path, *_pyarrow())
    try:
        yield writer
    finally:
        writer.close()


def _pyarrow() -> tuple[Any, Any]:
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as wrong:
        mend = "install pyarrow beside Safeconduct, or use CSV or JSONL"
        raise Refused(
            Fault("no_parquet", "Parquet needs the package pyarrow, which is not installed", "--format", mend)
        ) from wrong
    return arrow, parquet


def in_chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows in lists of ``size``; the last one may be shorter."""
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
