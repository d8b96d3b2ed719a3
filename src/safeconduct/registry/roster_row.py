"""What does one row of a roster say?

The columns, and what a cell may hold, are told in ``roster``; the catalog of facts is ``facts``. A row is read whole: every
fault in it is found, with the place and how to mend it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from safeconduct.registry.facts import CATALOG, read_value
from safeconduct.registry.names import ID_MEND, TEXT_MEND, is_id, is_text
from safeconduct.terms import moments
from safeconduct.terms.faults import Fault
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.standing import FactValue

MAX_FAULTS: Final = 1_000  # a file with more has one cause, and the first thousand show it
PLAIN: Final = ("person", "organization", "name", "email", "role", "starts", "ends")
EVIDENCE: Final = ("source", "verifier", "method", "verified_at", "expires_at")
REMEMBERED: Final = 10_000  # cells whose meaning is kept
_OWN: Final = {fact: tuple((f"{fact}:{part}", part) for part in EVIDENCE) for fact in CATALOG}
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


class Faults:
    """Faults of a file, with the place; stops collecting when there are too many to read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Fault] = []
        self.count = 0

    def add(self, code: str, row: int, column: str, what: str, mend: str) -> None:
        """Note one fault at a row, and a column if it has one."""
        self.count += 1
        if self.count <= MAX_FAULTS:
            where = f"{self.file}:{row}" + (f" {column}" if column else "")
            self.found.append(Fault(code, what, where, mend))

    def all(self) -> list[Fault]:
        """Every fault that is kept, and how many are not."""
        if self.count > MAX_FAULTS:
            rest = self.count - MAX_FAULTS
            more = Fault("roster_more_faults", f"{rest} more faults are not shown", self.file, "mend these and check again")
            return [*self.found, more]
        return self.found


class Cells:
    """What cells mean. Rosters say the same few dates, sources and values a million times, so those are remembered."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._moments: dict[str, Moment] = {}
        self.facts: dict[tuple[str, ...], RosterFact] = {}  # without fault, by all that their cells say

    def moment(self, number: int, column: str, text: str, *, may_be_open: bool = False) -> Moment | None:
        """The time in a cell; None, and a fault unless it is blank, when there is none."""
        if not text:
            return None
        if may_be_open and text == "open":
            return FOREVER
        known = self._moments.get(text)
        if known is not None:
            return known
        try:
            moment = moments.parse(text)
        except (ValueError, OverflowError) as wrong:
            mend = "write it like 2026-06-12T17:21:00-04:00" + (' or "open"' if may_be_open else "")
            self.faults.add("roster_time", number, column, f"{text[:80]!r} is no time with a zone: {wrong}"[:200], mend)
            return None
        if len(self._moments) >= REMEMBERED:
            self._moments.clear()
        self._moments[text] = moment
        return moment

    def value(self, number: int, name: str, text: str) -> FactValue:
        """The value of a fact; empty text and a fault when it is none."""
        try:
            return read_value(name, text)
        except ValueError as wrong:
            self.faults.add("roster_fact", number, name, str(wrong), "correct the value, or leave it blank: blank is unknown")
            return ""


def read_row(number: int, cells: Mapping[str, str], organization: str, read: Cells) -> RosterRow:
    """The row at a place of the file. Its faults are noted; what is at fault is left out of it, ids excepted."""
    faults = read.faults
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
    starts = read.moment(number, "starts", cells.get("starts", ""))
    ends = read.moment(number, "ends", cells.get("ends", ""), may_be_open=True)
    if starts is not None and ends is not None and ends <= starts:
        faults.add("roster_interval", number, "ends", "the membership ends before it starts", "correct starts or ends")
    facts = tuple([fact for name in CATALOG if cells.get(name) and (fact := _fact(number, name, cells, belongs, read))])
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


def _fact(number: int, name: str, cells: Mapping[str, str], organization: str, read: Cells) -> RosterFact | None:
    evidence = [cells.get(own) or cells.get(part, "") for own, part in _OWN[name]]
    scope = organization if CATALOG[name].scoped else ""
    said = (name, cells[name], scope, *evidence)
    known = read.facts.get(said)
    if known is not None:
        return known
    faults = read.faults
    before = faults.count
    value = read.value(number, name, cells[name])
    for (own, part), text in zip(_OWN[name], evidence, strict=True):
        if not text:
            mend = f"fill the column {part} or {own}" + (', or write "open" for no expiry' if part == "expires_at" else "")
            faults.add("roster_evidence", number, name, f"the fact has no {part}", mend)
        elif not is_text(text):
            faults.add("roster_text", number, own, "the text is too long or not printable", TEXT_MEND)
    source, verifier, method, verified_at, expires_at = evidence
    verified = read.moment(number, f"{name}:verified_at", verified_at)
    expires = read.moment(number, f"{name}:expires_at", expires_at, may_be_open=True)
    if verified is not None and expires is not None and expires <= verified:
        faults.add("roster_interval", number, name, "the evidence expires before it was verified", "correct one of the dates")
    if faults.count > before or verified is None or expires is None:
        return None
    if len(read.facts) >= REMEMBERED:
        read.facts.clear()
    fact = read.facts[said] = RosterFact(name, value, source, verifier, method, verified, expires, scope)
    return fact
