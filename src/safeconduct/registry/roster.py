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
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from safeconduct.registry.facts import CATALOG, read_value
from safeconduct.registry.names import ID_MEND, TEXT_MEND, is_id, is_text
from safeconduct.terms import moments
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.standing import FactValue

MAX_BYTES: Final = 256 * 1024 * 1024
MAX_ROWS: Final = 1_000_000
MAX_FAULTS: Final = 1_000  # a file with more has one cause, and the first thousand show it
PLAIN: Final = ("person", "organization", "name", "email", "role", "starts", "ends")
EVIDENCE: Final = ("source", "verifier", "method", "verified_at", "expires_at")
COLUMNS: Final = frozenset(PLAIN) | frozenset(EVIDENCE) | frozenset(CATALOG) | {f"{f}:{e}" for f in CATALOG for e in EVIDENCE}


@dataclass(frozen=True, slots=True)
class RosterFact:
    """One fact of one row with its evidence. ``organization`` is filled for facts that hold in one organization only."""

    name: str
    value: FactValue
    source: str
    verifier: str
    method: str
    verified_at: Moment
    expires_at: Moment
    organization: str


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person of a roster. ``where`` is ``file:row``. What the row leaves blank says nothing: None, or empty text."""

    where: str
    person: str
    organization: str
    name: str
    email: str
    role: str
    starts: Moment | None
    ends: Moment | None
    facts: tuple[RosterFact, ...]


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object as written, repeats included."""


class _Faults:
    """Faults of a file, with the place; stops collecting when there are too many to read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Fault] = []
        self.count = 0

    def add(self, code: str, row: int, column: str, what: str, mend: str) -> None:
        self.count += 1
        if self.count <= MAX_FAULTS:
            where = f"{self.file}:{row}" + (f" {column}" if column else "")
            self.found.append(Fault(code, what, where, mend))

    def all(self) -> list[Fault]:
        if self.count > MAX_FAULTS:
            rest = self.count - MAX_FAULTS
            more = Fault("roster_more_faults", f"{rest} more faults are not shown", self.file, "mend these and check again")
            return [*self.found, more]
        return self.found


@dataclass(frozen=True, slots=True)
class Sifted:
    """A roster as read: rows whose ids are sound, and every fault. Only a roster without faults may be imported."""

    rows: tuple[RosterRow, ...]
    faults: tuple[Fault, ...]


def read_roster(name: str, data: bytes, organization: str = "") -> list[RosterRow]:
    """Read a roster. ``name`` is the file's name: ``.jsonl`` or ``.ndjson`` is JSONL, all else CSV.

    ``organization`` stands in for rows that name none. Raises Refused with every fault found.
    """
    sifted = sift_roster(name, data, organization)
    if sifted.faults:
        raise Refused(*sifted.faults)
    return list(sifted.rows)


def sift_roster(name: str, data: bytes, organization: str = "") -> Sifted:
    """Read a roster like ``read_roster``, faults beside rows, so that the rows' other faults can be found as well."""
    faults = _Faults(name)
    try:
        text = _decode(name, data)
    except Refused as refused:
        return Sifted((), refused.faults)
    lines = _json_rows(text, faults) if name.lower().endswith((".jsonl", ".ndjson")) else _csv_rows(text, faults)
    rows: list[RosterRow] = []
    seen: dict[str, tuple[int, Mapping[str, str]]] = {}
    for number, cells in lines:
        if number > MAX_ROWS:
            faults.add("roster_too_long", number, "", f"the roster has more than {MAX_ROWS} rows", "split it")
            break
        row = _row(number, cells, organization, faults)
        if not is_id(row.person) or not is_id(row.organization):
            continue
        first = seen.setdefault(row.person, (number, cells))
        if first[0] == number:
            rows.append(row)
            continue
        same = first[1] == cells
        what = f"{row.person} is already in row {first[0]}" + (", with the same content" if same else ", with other content")
        mend = "remove one of the two rows" if same else "decide which row is right and remove the other"
        faults.add("roster_repeats" if same else "roster_conflict", number, "person", what, mend)
    if not rows and not faults.count:
        faults.add("roster_empty", 1, "", "the roster lists nobody", "add one row for each person below the header")
    return Sifted(tuple(rows), tuple(faults.all()))


def _decode(name: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise Refused(Fault("roster_too_big", f"the file has {len(data)} bytes", name, f"split it below {MAX_BYTES} bytes"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        mend = "save the file as UTF-8 (in a spreadsheet: CSV UTF-8) and import it again"
        raise Refused(Fault("roster_encoding", f"byte {wrong.start} is not UTF-8", f"{name}:{line}", mend)) from wrong
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        mend = "save the file as UTF-8, not UTF-16, and import it again"
        raise Refused(Fault("roster_encoding", "the file holds NUL characters", f"{name}:{line}", mend))
    return text


def _csv_rows(text: str, faults: _Faults) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
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
            yield number, {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    except csv.Error as wrong:
        mend = "check the quotes and commas of this row"
        faults.add("roster_csv", reader.line_num, "", f"this is not CSV: {wrong}", mend)


def _header_is_sound(header: list[str], faults: _Faults) -> bool:
    if len(header) == 1 and (mark := next((each for each in ";\t" if each in header[0]), "")):
        what = f"the columns are separated by {'semicolons' if mark == ';' else 'tabs'}"
        faults.add("roster_separator", 1, "", what, "save the file with commas between the columns")
        return False
    for column, count in Counter(header).items():
        if column not in COLUMNS:
            mend = f"remove it or use one of: {', '.join((*PLAIN, *EVIDENCE, *CATALOG))}, or FACT:source and so on"
            faults.add("roster_column", 1, column[:80], f"there is no column {column[:80]!r}", mend)
        elif count > 1:
            faults.add("roster_column_twice", 1, column, f"column {column!r} appears {count} times", "keep one of them")
    if "person" not in header:
        faults.add("roster_no_person", 1, "", "the header has no column person", "name the columns in the first row")
    return faults.count == 0


def _json_rows(text: str, faults: _Faults) -> Iterator[tuple[int, Mapping[str, str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
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
            if column not in COLUMNS:
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


def _row(number: int, cells: Mapping[str, str], organization: str, faults: _Faults) -> RosterRow:
    person = cells.get("person", "")
    belongs = cells.get("organization", "") or organization
    if not is_id(person):
        faults.add("roster_person", number, "person", f"{person[:80]!r} is no id", ID_MEND)
    if not belongs:
        mend = "fill the column or name one organization for the whole import"
        faults.add("roster_organization", number, "organization", "the row names no organization", mend)
    elif not is_id(belongs):
        faults.add("roster_organization", number, "organization", f"{belongs[:80]!r} is no id", ID_MEND)
    for column in ("name", "email", "role"):
        if not is_text(cells.get(column, "")):
            faults.add("roster_text", number, column, "the text is too long or not printable", TEXT_MEND)
    starts = _moment(number, "starts", cells.get("starts", ""), faults)
    ends = _moment(number, "ends", cells.get("ends", ""), faults, may_be_open=True)
    if starts is not None and ends is not None and ends <= starts:
        faults.add("roster_interval", number, "ends", "the membership ends before it starts", "correct starts or ends")
    facts = tuple(fact for name in CATALOG if cells.get(name) and (fact := _fact(number, name, cells, belongs, faults)))
    return RosterRow(
        where=f"{faults.file}:{number}",
        person=person,
        organization=belongs,
        name=cells.get("name", ""),
        email=cells.get("email", ""),
        role=cells.get("role", ""),
        starts=starts,
        ends=ends,
        facts=facts,
    )


def _fact(number: int, name: str, cells: Mapping[str, str], organization: str, faults: _Faults) -> RosterFact | None:
    before = faults.count
    value: FactValue = ""
    try:
        value = read_value(name, cells[name])
    except ValueError as wrong:
        faults.add("roster_fact", number, name, str(wrong), "correct the value, or leave it blank: blank is unknown")
    evidence = {part: cells.get(f"{name}:{part}") or cells.get(part, "") for part in EVIDENCE}
    for part in EVIDENCE:
        if not evidence[part]:
            mend = f"fill the column {part} or {name}:{part}" + (
                ', or write "open" for no expiry' if part == "expires_at" else ""
            )
            faults.add("roster_evidence", number, name, f"the fact has no {part}", mend)
        elif not is_text(evidence[part]):
            faults.add("roster_text", number, f"{name}:{part}", "the text is too long or not printable", TEXT_MEND)
    verified = _moment(number, f"{name}:verified_at", evidence["verified_at"], faults)
    expires = _moment(number, f"{name}:expires_at", evidence["expires_at"], faults, may_be_open=True)
    if verified is not None and expires is not None and expires <= verified:
        faults.add("roster_interval", number, name, "the evidence expires before it was verified", "correct one of the dates")
    if faults.count > before or verified is None or expires is None:
        return None
    return RosterFact(
        name=name,
        value=value,
        source=evidence["source"],
        verifier=evidence["verifier"],
        method=evidence["method"],
        verified_at=verified,
        expires_at=expires,
        organization=organization if CATALOG[name].scoped else "",
    )


def _moment(number: int, column: str, text: str, faults: _Faults, *, may_be_open: bool = False) -> Moment | None:
    if not text:
        return None
    if may_be_open and text == "open":
        return FOREVER
    try:
        return moments.parse(text)
    except (ValueError, OverflowError) as wrong:
        mend = "write it like 2026-06-12T17:21:00-04:00" + (' or "open"' if may_be_open else "")
        faults.add("roster_time", number, column, f"{text[:80]!r} is no time with a zone: {wrong}"[:200], mend)
        return None
