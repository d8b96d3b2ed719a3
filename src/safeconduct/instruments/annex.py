"""Which organizations does an annex list? Reads the CSV an instrument refers to.

Columns: ``organization`` (an id in our registry) and ``scope``: empty for that legal person alone, ``and subsidiaries`` (one
level down) or ``and contractors`` (those it sponsors). An annex as received has names instead: its first column is ``name``,
and a line counts once people matched its name to an organization (``matching``), never by this program's own judgment.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from enum import StrEnum

from safeconduct.terms.faults import Fault

NAME_LIMIT = 300  # the longest registered names of companies have some 200 characters


class Scope(StrEnum):
    ALONE = ""
    SUBSIDIARIES = "and subsidiaries"
    CONTRACTORS = "and contractors"


@dataclass(frozen=True, slots=True)
class AnnexLine:
    """``organization`` is empty while ``name`` has not been matched; ``name`` is empty where the annex lists ids."""

    organization: str
    scope: Scope
    line: int
    name: str = ""


def read_annex(name: str, data: bytes) -> tuple[tuple[AnnexLine, ...], list[Fault]]:
    """The lines of an annex and every fault in it. UTF-8, with or without a byte order mark."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return (), [Fault("annex_encoding", "The annex is not UTF-8", f"{name}:{line}", "Save the file as UTF-8 (CSV UTF-8)")]
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    entries: list[AnnexLine] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, Scope], int] = {}
    columns: list[str] | None = None
    try:
        for row in rows:
            if columns is None:
                columns = [cell.strip() for cell in row]
                if columns not in (["organization", "scope"], ["organization"], ["name", "scope"], ["name"]):
                    return (), [_header_fault(name, columns)]
            elif any(cell.strip() for cell in row):
                _take(name, rows.line_num, row, columns, entries, faults, seen)
    except csv.Error as error:
        faults.append(Fault("annex_syntax", f"The annex is not CSV: {error}", f"{name}:{rows.line_num}", "Mend its quotes"))
    if columns is None:
        faults.append(_header_fault(name, []))
    elif not entries and not faults:
        faults.append(Fault("annex_empty", "The annex lists nobody", f"{name}:1", "List an organization, or drop the annex"))
    return tuple(entries), faults


def _header_fault(name: str, columns: list[str]) -> Fault:
    found = ", ".join(columns) if columns else "nothing"
    what = f"The first line must be organization,scope; it is {found}"
    return Fault("annex_columns", what, f"{name}:1", "Name the columns so, or name,scope where it lists names as received")


def _take(
    name: str,
    line: int,
    row: list[str],
    columns: list[str],
    entries: list[AnnexLine],
    faults: list[Fault],
    seen: dict[tuple[str, Scope], int],
) -> None:
    where = f"{name}:{line}"
    if len(row) > len(columns):
        what = f"The line has {len(row)} columns, not {len(columns)}"
        faults.append(Fault("annex_row", what, where, "Quote values that hold a comma"))
        return
    listed = " ".join(row[0].split())
    scope_text = row[1].strip() if len(row) > 1 else ""
    if not 0 < len(listed) <= NAME_LIMIT:
        what = "The line names no organization" if not listed else f"The name is longer than {NAME_LIMIT} characters"
        faults.append(Fault("annex_row", what, where, "Write the organization's id in the registry"))
        return
    if scope_text not in set(Scope):
        faults.append(
            Fault(
                "annex_scope",
                f'The scope "{scope_text}" is unknown',
                where,
                'Leave it empty, or write "and subsidiaries" or "and contractors"',
            )
        )
        return
    scope, named = Scope(scope_text), columns[0] == "name"
    entry = AnnexLine("", scope, line, listed) if named else AnnexLine(listed, scope, line)
    first = seen.setdefault((listed, scope), line)
    if first != line:
        faults.append(Fault("annex_duplicate", f"{listed} is already listed on line {first}", where, "Drop one line"))
        return
    entries.append(entry)
