"""What does an instrument file say? Reads TOML and CSV annexes into frozen values, and finds every fault on the way.

Leaves to ``check``: whether what it says makes sense (conditions, other instruments, the catalog). Leaves to ``force``: when
it holds. An instrument is taken whole or not at all.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from msgspec import UNSET

from safeconduct.instruments.annex import AnnexLine, read_annex
from safeconduct.instruments.fields import Reading, read_tables
from safeconduct.instruments.forms import AnnexForm, GuardForm, InstrumentForm, RuleForm
from safeconduct.instruments.lines import Lines, locate
from safeconduct.instruments.rungs import rung_of
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.measures import Rung
from safeconduct.terms.moments import FOREVER, Moment, from_datetime

# A letter with 500 rules and sentences stays far below this; an annex of 100,000 lines is about 5 MB.
TEXT_LIMIT = 1_000_000
ANNEX_LIMIT = 16_000_000


class Kind(StrEnum):
    REQUIREMENT = "requirement"
    EXEMPTION = "exemption"
    AUTHORIZATION = "authorization"
    LIFT = "lift"
    PROGRAM_TERMS = "program_terms"
    ORGANIZATION_POLICY = "organization_policy"


class RuleEffect(StrEnum):
    FORBID = "forbid"
    PERMIT = "permit"
    OBLIGE = "oblige"
    EXEMPT = "exempt"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class Rule:
    """``target`` is the rule that is exempted or lifted. ``line`` and ``cohort_line`` are where it stands in its file."""

    id: str
    effect: RuleEffect
    target: str
    models: tuple[str, ...]
    cohort: str
    say: str
    mend: str
    duties: tuple[tuple[str, str], ...]
    line: int
    cohort_line: int
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """A protected cohort: suspending or cutting its callers needs the approval of ``authority``."""

    id: str
    cohort: str
    authority: str
    say: str
    line: int
    cohort_line: int


@dataclass(frozen=True, slots=True)
class Annex:
    id: str
    file: str
    sha256: str
    lines: tuple[AnnexLine, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """A dated document with rules. ``sha256`` is that of the file's own text; ``text_sha256`` that of the authority's text."""

    id: str
    authority: str
    kind: Kind
    title: str
    regime: str
    received: Moment | None
    effective: Moment
    until: Moment
    text_sha256: str
    rules: tuple[Rule, ...]
    annexes: tuple[Annex, ...]
    sha256: str
    file: str
    guards: tuple[Guard, ...] = ()
    ladder: tuple[Rung, ...] = ()
    rung_lines: tuple[int, ...] = field(default=(), compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)  # where each key of the head stands

    def conditioned(self) -> list[Rule | Guard]:
        """Everything in it that has a condition: all rules but lifts, and all guards."""
        return [*(rule for rule in self.rules if rule.effect is not RuleEffect.LIFT), *self.guards]

    def line_of(self, key: str) -> int:
        """The line of a key of ``[instrument]``; that of the table where the key was left out."""
        return self.lines.get(key) or self.lines.get("", 1)

    def where(self, line: int) -> str:
        return f"{self.file}:{line}"


def read(text: str, files: Mapping[str, bytes], name: str = "instrument.toml") -> Instrument:
    """Read an instrument file. ``files`` holds the annex files by name; ``name`` is used in faults.

    Raises Refused with every fault found, each with ``name:line`` and how to mend it.
    """
    if len(text) > TEXT_LIMIT:
        raise Refused(
            Fault("instrument_too_long", f"The file is longer than {TEXT_LIMIT} characters", f"{name}:1", "Split the instrument")
        )
    tree = _toml(text, name)
    lines = locate(text)
    reading = read_tables(tree, lines, name)
    rules = tuple(_rule(form, index, lines) for index, form in reading.rules)
    annexes = tuple(filter(None, (_annex(form, index, files, reading, lines) for index, form in reading.annexes)))
    guards = tuple(_guard(form, index, lines) for index, form in reading.guards)
    _unique(reading, "guard", [(index, form.id) for index, form in reading.guards], lines)
    _unique(reading, "rule", [(index, form.id) for index, form in reading.rules], lines)
    _unique(reading, "ladder", [(index, form.id) for index, form in reading.ladder], lines)
    _unique(reading, "annex", [(index, form.id) for index, form in reading.annexes], lines)
    head = reading.head
    if reading.faults or head is None:
        raise Refused(*sorted(reading.faults, key=_by_line))
    ladder = tuple(rung_of(form, head.id) for _, form in reading.ladder)
    places = tuple(lines.of("ladder", index) for index, _ in reading.ladder)
    made = _instrument(head, rules, annexes, guards, text, name)
    return replace(made, ladder=ladder, rung_lines=places, lines=_head_lines(lines))


def annex_files(text: str) -> list[str]:
    """The plain names of the annex files that a text refers to, so that they can be fetched; faults are left to ``read``."""
    try:
        tables = tomllib.loads(text[:TEXT_LIMIT]).get("annex", [])
    except (tomllib.TOMLDecodeError, RecursionError):
        return []
    named = [table.get("file") for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
    return [name for name in named if isinstance(name, str) and _is_plain(name)]


def _is_plain(name: str) -> bool:
    return bool(name) and "/" not in name and "\\" not in name and "\0" not in name and name not in (".", "..")


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # tomllib ends its message with "(at line N, column M)" or "(at end of document)".
        what, _, place = str(error).rpartition(" (at ")
        words = place.replace(",", " ").split()
        last = text.rstrip("\n").count("\n") + 1
        line = int(words[1]) if len(words) > 1 and words[0] == "line" and words[1].isdigit() else last
        fault = Fault(
            "toml_syntax",
            f"The file is not TOML: {what or 'nested too deep'}",
            f"{name}:{line}",
            "Mend the syntax on this line; text goes in quotes, times without",
        )
        raise Refused(fault) from error


def _instrument(
    head: InstrumentForm, rules: tuple[Rule, ...], annexes: tuple[Annex, ...], guards: tuple[Guard, ...], text: str, name: str
) -> Instrument:
    return Instrument(
        id=head.id,
        authority=head.authority,
        kind=Kind(head.kind),
        title=_text(head.title),
        regime=_text(head.regime),
        received=None if head.received is UNSET else from_datetime(head.received),
        effective=from_datetime(head.effective),
        until=FOREVER if head.until is UNSET else from_datetime(head.until),
        text_sha256=_text(head.text_sha256),
        rules=rules,
        annexes=annexes,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        file=name,
        guards=guards,
    )


def _rule(form: RuleForm, index: int, lines: Lines) -> Rule:
    if form.exempts is not UNSET:
        effect, target = RuleEffect.EXEMPT, form.exempts
    elif form.lifts is not UNSET:
        effect, target = RuleEffect.LIFT, form.lifts
    else:
        effect, target = RuleEffect(form.effect) if form.effect is not UNSET else RuleEffect.FORBID, ""
    return Rule(
        id=form.id,
        effect=effect,
        target=target,
        models=() if form.models is UNSET else tuple(form.models),
        cohort=_text(form.cohort),
        say=_text(form.say),
        mend=_text(form.mend),
        duties=() if form.duties is UNSET else tuple((duty.name, duty.value) for duty in form.duties),
        line=lines.of("rule", index),
        cohort_line=lines.of("rule", index, "cohort"),
        fallback=_text(form.fallback),
    )


def _guard(form: GuardForm, index: int, lines: Lines) -> Guard:
    place = lines.of("guard", index)
    return Guard(form.id, form.cohort, form.authority, form.say, place, lines.of("guard", index, "cohort"))


def _annex(form: AnnexForm, index: int, files: Mapping[str, bytes], reading: Reading, lines: Lines) -> Annex | None:
    where = f"{reading.name}:{lines.of('annex', index, 'file')}"
    if not _is_plain(form.file):
        reading.faults.append(
            Fault(
                "annex_path",
                f'The annex file "{form.file}" is not a plain file name',
                where,
                "Put the file beside the instrument",
            )
        )
        return None
    data = files.get(form.file)
    if data is None:
        reading.faults.append(
            Fault("annex_missing", f'The annex file "{form.file}" is not there', where, "Put the file beside the instrument")
        )
        return None
    if len(data) > ANNEX_LIMIT:
        reading.faults.append(
            Fault("annex_too_long", f'The annex file "{form.file}" is longer than {ANNEX_LIMIT} bytes', where, "Split the annex")
        )
        return None
    found = hashlib.sha256(data).hexdigest()
    if found != form.sha256:
        reading.faults.append(
            Fault(
                "annex_hash",
                f'The annex file "{form.file}" is not the one that was signed off: its sha256 is {found}',
                f"{reading.name}:{lines.of('annex', index, 'sha256')}",
                "Fetch the right file again, or, if this is the right one, write its sha256 here",
            )
        )
    entries, faults = read_annex(form.file, data)
    reading.faults.extend(faults)
    return Annex(form.id, form.file, form.sha256, entries, lines.of("annex", index))


def _unique(reading: Reading, table: str, ids: list[tuple[int, str]], lines: Lines) -> None:
    seen: dict[str, int] = {}
    for index, name in ids:
        line = lines.of(table, index, "id")
        if name in seen:
            reading.faults.append(
                Fault(
                    "duplicate_id",
                    f'The {table} id "{name}" was already used on line {seen[name]}',
                    f"{reading.name}:{line}",
                    f"Give each {table} its own id",
                )
            )
        seen.setdefault(name, line)


def _head_lines(lines: Lines) -> dict[str, int]:
    found = {key: line for (table, _, key), line in lines.keys.items() if table == "instrument"}
    return {"": lines.of("instrument"), **found}


def _text(value: Any) -> str:
    return "" if value is UNSET else str(value)


def _by_line(fault: Fault) -> tuple[str, int]:
    file, _, line = fault.where.rpartition(":")
    return file, int(line) if line.isdigit() else 0
