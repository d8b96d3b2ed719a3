"""Which people and facts does a roster file list?

A roster is CSV with a header row, or JSONL with one object a line; one row is one person in one organization. Columns:

=====================  =============================================================================================
``person``             id of the person (required)
``organization``       id of the organization; may be left out when the import names one for all rows
``name``, ``email``    for people to read; kept in the registry, never in the log
``role``               what the person is there
``starts``, ``ends``   of the membership, RFC 3339 with a zone; ``ends`` may be ``open``; blank leaves a membership as
                       it is, and begins a new one now, without an end
a fact's name          its value; several countries or courses are separated by semicolons (a list in JSONL)
``source``, ``verifier``, ``method``, ``verified_at``, ``expires_at``
                       the evidence for every fact of the row; ``expires_at`` is a time or the word ``open``
``FACT:source`` etc.   the evidence for that fact alone, where it differs from the row's
=====================  =============================================================================================

A blank fact is unknown. A fact whose evidence is incomplete is a fault: without verifier and dates nothing is known, and
an expiry that nobody wrote down is not an open one. Every fault of the file is found before anything is refused;
nothing is ever half-imported.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NoReturn

from safeconduct.registry.derive import DERIVED
from safeconduct.registry.facts import CATALOG, evidence_instead, never_typed_in
from safeconduct.registry.names import is_id
from safeconduct.registry.roster_row import COLUMNS, EVIDENCE, MAX_FAULTS, PLAIN, Cells, Faults, RosterFact, RosterRow, read_row
from safeconduct.terms.faults import Fault

__all__ = [
    "COLUMNS",
    "EVIDENCE",
    "MAX_BYTES",
    "MAX_FAULTS",
    "MAX_LINE",
    "MAX_ROWS",
    "PLAIN",
    "RosterFact",
    "RosterReading",
    "RosterRow",
]

MAX_BYTES: Final = 1024 * 1024 * 1024
MAX_LINE: Final = 1024 * 1024  # a row; real ones have some hundred bytes
MAX_ROWS: Final = 1_000_000


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object as written, repeats included."""


class _Stop(Exception):
    """Nothing behind this line can be read."""


class RosterReading:
    """A roster read row by row from the lines of its file, so that one of a million rows needs no more room than its ids.

    ``name`` is the file's name: ``.jsonl`` or ``.ndjson`` is JSONL, all else CSV. ``organization`` stands in for rows that
    name none. Only when the last row was taken and ``faults`` is empty may any of the rows be imported.
    """

    def __init__(self, name: str, lines: Iterable[bytes], organization: str = "") -> None:
        self._faults = Faults(name)
        self._lines = lines
        self._organization = organization
        self._cells = Cells(self._faults)
        self.facts: set[str] = set()  # the names of all facts that rows taken so far list

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault found so far."""
        return tuple(self._faults.all())

    def rows(self) -> Iterator[RosterRow]:
        """The rows whose ids are sound, each person once. To be walked through once."""
        faults = self._faults
        texts = _decode(self._lines, faults)
        json_lines = faults.file.lower().endswith((".jsonl", ".ndjson"))
        first_rows: dict[str, tuple[int, int]] = {}  # of each person: the row, and a hash of what it says
        count = 0
        try:
            for number, cells in _json_rows(texts, faults) if json_lines else _csv_rows(texts, faults):
                count += 1
                if count > MAX_ROWS:
                    faults.add("roster_too_long", number, "", f"the roster has more than {MAX_ROWS} rows", "split it")
                    return
                row = read_row(number, cells, self._organization, self._cells)
                if not is_id(row.person) or not is_id(row.organization):
                    continue
                content = hash(frozenset(cells.items()))
                first = first_rows.setdefault(row.person, (number, content))
                if first[0] == number:
                    self.facts.update([fact.name for fact in row.facts])
                    yield row
                else:
                    _repeats(number, row.person, first, same=first[1] == content, faults=faults)
        except _Stop:
            return
        if not first_rows and not faults.count:
            faults.add("roster_empty", 1, "", "the roster lists nobody", "add one row for each person below the header")


def _repeats(number: int, person: str, first: tuple[int, int], *, same: bool, faults: Faults) -> None:
    what = f"{person} is already in row {first[0]}" + (", with the same content" if same else ", with other content")
    mend = "remove one of the two rows" if same else "decide which row is right and remove the other"
    faults.add("roster_repeats" if same else "roster_conflict", number, "person", what, mend)


def _decode(lines: Iterable[bytes], faults: Faults) -> Iterator[str]:
    """The lines as text. Raises _Stop behind a fault when the file is not what it must be: UTF-8, of bearable size."""
    before = 0
    for number, line in enumerate(lines, 1):
        if number == 1:
            if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                _stop(faults, 1, "the file is written in UTF-16")
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) > MAX_LINE or before > MAX_BYTES:
            what = (
                f"the line has more than {MAX_LINE} bytes"
                if len(line) > MAX_LINE
                else f"the file has more than {MAX_BYTES} bytes"
            )
            faults.add("roster_too_big", number, "", what, "split the file, one line for each person")
            raise _Stop
        if b"\0" in line:
            _stop(faults, number, "the file holds NUL characters, as UTF-16 does")
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as wrong:
            _stop(faults, number, f"byte {before + wrong.start} is not UTF-8")
        before += len(line)


def _stop(faults: Faults, number: int, what: str) -> NoReturn:
    faults.add("roster_encoding", number, "", what, "save the file as UTF-8 (in a spreadsheet: CSV UTF-8) and import it again")
    raise _Stop


def _csv_rows(lines: Iterator[str], faults: Faults) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.reader(lines, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_is_sound(header, faults):
            return
        for cells in reader:
            number = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                mend = "give every row the columns of the header; put text that holds a comma in double quotes"
                what = f"the row has {len(cells)} cells, the header {len(header)}"
                faults.add("roster_cells", number, "", what, mend)
                continue
            yield number, dict(zip(header, [cell.strip() for cell in cells], strict=True))
    except csv.Error as wrong:
        mend = "check the quotes and commas of this row, and that lines end with LF or CR LF"
        faults.add("roster_csv", reader.line_num, "", f"this is not CSV: {wrong}", mend)


def _header_is_sound(header: list[str], faults: Faults) -> bool:
    if len(header) == 1 and (mark := next((each for each in ";\t" if each in header[0]), "")):
        what = f"the columns are separated by {'semicolons' if mark == ';' else 'tabs'}"
        faults.add("roster_separator", 1, "", what, "save the file with commas between the columns")
        return False
    if "person" not in header:  # some other file, perhaps a key: nothing of it is repeated
        mend = "name the columns in the first row; is it the right file?"
        faults.add("roster_no_person", 1, "", "the header has no column person", mend)
        return False
    for column, count in Counter(header).items():
        if _derived(column):
            faults.add("roster_derived", 1, column, never_typed_in(_derived(column)), evidence_instead(_derived(column)))
        elif column not in COLUMNS:
            mend = f"remove it or use one of: {', '.join((*PLAIN, *EVIDENCE, *CATALOG))}, or FACT:source and so on"
            faults.add("roster_column", 1, column[:80], f"there is no column {column[:80]!r}", mend)
        elif count > 1:
            faults.add("roster_column_twice", 1, column, f"column {column!r} appears {count} times", "keep one of them")
    return faults.count == 0


def _derived(column: str) -> str:
    """The derived fact that a column means to type in; empty for any other column."""
    name = column.partition(":")[0]
    return name if name in DERIVED else ""


def _json_rows(lines: Iterator[str], faults: Faults) -> Iterator[tuple[int, Mapping[str, str]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            pairs = json.loads(line, object_pairs_hook=_Pairs)
        except (ValueError, RecursionError) as wrong:
            faults.add("roster_json", number, "", f"this line is no JSON: {wrong}", "write one object on each line")
            continue
        if not isinstance(pairs, _Pairs):
            faults.add("roster_json", number, "", "this line is no JSON object", "write one object on each line")
            continue
        cells: dict[str, str] = {}
        for column, value in pairs:
            cell = _json_cell(value)
            if _derived(column):
                faults.add("roster_derived", number, column, never_typed_in(_derived(column)), evidence_instead(_derived(column)))
            elif column not in COLUMNS:
                faults.add("roster_column", number, column[:80], f"there is no column {column[:80]!r}", "remove or rename it")
            elif column in cells:
                faults.add("roster_column_twice", number, column, "the object names this column twice", "keep one of them")
            elif cell is None:
                mend = "write text, true, false, or a list of texts"
                faults.add("roster_value", number, column, "the value is neither text nor a list of texts", mend)
            else:
                cells[column] = cell
        yield number, cells


def _json_cell(value: object) -> str | None:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip()
        case list() if not isinstance(value, _Pairs) and all(isinstance(each, str) and ";" not in each for each in value):
            return ";".join(value)
        case _:
            return None
