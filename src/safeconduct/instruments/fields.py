"""Do the tables of an instrument file hold the keys and types they may hold? Every fault, not the first one.

Converts key by key against ``forms``, so that a file with five mistakes is mended in one round.
"""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct

from safeconduct.instruments.forms import (
    AnnexForm,
    DutyForm,
    GuardForm,
    InstrumentForm,
    RuleForm,
    RungForm,
    identifier_holds,
    sha256_holds,
)
from safeconduct.instruments.lines import Lines
from safeconduct.instruments.rungs import rung_fits
from safeconduct.terms.content import BANNED, CLASS_DAYS, RETAIN
from safeconduct.terms.faults import Fault
from safeconduct.terms.findings import SAFEGUARD
from safeconduct.terms.safeguards import order

Form = TypeVar("Form", bound=Struct)

_ZONE = "Write the time with its zone and without quotes: 2026-06-12T17:21:00-04:00"
_IDENTIFIER = "Use lower-case letters, digits, '-', '_' and '.', starting with a letter or digit"
_RESERVED = "safeconduct"  # the base rules of every decision are called safeconduct/...; no instrument may speak in their name
_IDENTIFIERS = {"id", "authority", "regime"}
_HASHES = {"sha256", "text_sha256"}
_REFERENCES = {"exempts", "lifts"}
_TIMES = {"effective", "received", "until"}
_EXPLAINED = {"forbid": ("forbids", "refuses"), "oblige": ("obliges", "concerns")}
_YEARS = range(1970, 2250)  # what a moment can hold (terms.moments), with room for every zone
_TABLES = ("instrument", "rule", "annex", "guard", "ladder")
_USE = "Use [instrument], [[rule]], [[annex]], [[guard]] and [[ladder]]"
_UNGUARDED = {"lift", "organization_policy"}
_ALLOWED = {
    "requirement": {"forbid", "oblige"},
    "exemption": {"exempts"},
    "authorization": {"permit", "forbid", "oblige"},
    "lift": {"lifts"},
    "program_terms": {"permit", "forbid", "oblige"},
    "organization_policy": {"forbid", "oblige"},
}


@dataclass(slots=True)
class Reading:
    """What was read and what was wrong. Rules and annexes keep their position in the file."""

    name: str
    faults: list[Fault] = field(default_factory=list)
    head: InstrumentForm | None = None
    rules: list[tuple[int, RuleForm]] = field(default_factory=list)
    annexes: list[tuple[int, AnnexForm]] = field(default_factory=list)
    guards: list[tuple[int, GuardForm]] = field(default_factory=list)
    ladder: list[tuple[int, RungForm]] = field(default_factory=list)

    def fault(self, code: str, what: str, line: int, mend: str) -> None:
        self.faults.append(Fault(code, what, f"{self.name}:{line}", mend))


def read_tables(tree: dict[str, Any], lines: Lines, name: str) -> Reading:
    """Convert a parsed TOML tree. Faults are collected in the reading; a table with a fault is left out of it."""
    reading = Reading(name)
    for key in tree:
        if key not in _TABLES:
            line = lines.keys.get(("", 0, key)) or lines.of(key)
            reading.fault("unknown_key", f'The table or key "{key}" is unknown', line, _USE)
    head = tree.get("instrument")
    if isinstance(head, dict):
        reading.head = struct_of(InstrumentForm, head, "instrument", 0, reading, lines)
        if reading.head is not None and reading.head.id == _RESERVED:
            line = lines.of("instrument", 0, "id")
            reading.fault("reserved_id", f'"{_RESERVED}" names the rules that always hold', line, "Choose another id")
    else:
        reading.fault("missing_table", "There is no [instrument] table", 1, "Begin the file with [instrument] and its id")
    for index, table in tables_of(tree, "rule", reading, lines):
        form = struct_of(RuleForm, table, "rule", index, reading, lines)
        if form is not None and _rule_fits(form, index, reading, lines):
            reading.rules.append((index, form))
    for index, table in tables_of(tree, "annex", reading, lines):
        annex = struct_of(AnnexForm, table, "annex", index, reading, lines)
        if annex is not None:
            reading.annexes.append((index, annex))
    for index, table in tables_of(tree, "guard", reading, lines):
        guard = struct_of(GuardForm, table, "guard", index, reading, lines)
        if guard is not None and _guard_fits(guard, index, reading, lines):
            reading.guards.append((index, guard))
    for index, table in tables_of(tree, "ladder", reading, lines):
        rung = struct_of(RungForm, table, "ladder", index, reading, lines)
        if rung is not None and rung_fits(rung, reading.head, index, lines, reading.fault):
            reading.ladder.append((index, rung))
    if "rule" not in tree and "ladder" not in tree:
        reading.fault("missing_table", "The instrument has no rule", 1, "Add at least one [[rule]]")
    return reading


def tables_of(tree: dict[str, Any], name: str, reading: Reading, lines: Lines) -> list[tuple[int, dict[str, Any]]]:
    """The tables written ``[[name]]``, at most as many as may be there, each with its place among them."""
    value = tree.get(name, [])
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        reading.fault("wrong_type", f"{name} must be a list of tables", lines.of(name), f"Write [[{name}]] with two brackets")
        return []
    limit = 50 if name in ("annex", "guard", "ladder") else 500
    if len(value) > limit:
        reading.fault("too_many", f"There are more than {limit} [[{name}]] tables", lines.of(name, limit), "Split the instrument")
    return list(enumerate(value[:limit]))


def struct_of(kind: type[Form], table: dict[str, Any], name: str, index: int, reading: Reading, lines: Lines) -> Form | None:
    """One table as ``kind``, key by key; None when anything in it is wrong, which the reading then holds."""
    before = len(reading.faults)
    fields = {entry.name: entry for entry in msgspec.structs.fields(kind)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        line = lines.of(name, index, key)
        if key not in fields:
            close = difflib.get_close_matches(key, fields, 1)
            mend = f'Did you mean "{close[0]}"?' if close else f"Known keys are {', '.join(fields)}"
            reading.fault("unknown_key", f'The key "{key}" is unknown in [{name}]', line, mend)
            continue
        if key in _TIMES and isinstance(value, str):
            reading.fault("wrong_value", f'"{key}" is text, not a time', line, _ZONE)
            continue
        try:
            values[key] = msgspec.convert(value, fields[key].type)
        except msgspec.ValidationError as error:
            reading.fault("wrong_value", f'"{key}" is wrong: {_sentence(error)}', line, _mend(key, value))
        else:
            if name != "list":  # the lists of a rule pack are called as their source calls them
                _spelling(key, value, line, reading)
    for key, entry in fields.items():
        if entry.required and key not in table:
            line = lines.of(name, index)
            reading.fault("missing_key", f'The key "{key}" is missing in [{name}]', line, f"Add {key} = ...")
    return kind(**values) if len(reading.faults) == before else None


def _spelling(key: str, value: Any, line: int, reading: Reading) -> None:
    """What msgspec does not check, because it would take a pattern."""
    if key in _TIMES and value.year not in _YEARS:
        reading.fault("wrong_time", f'"{key}" lies in the year {value.year}', line, "Correct the year; leave an open end out")
    elif key in _TIMES and value.microsecond:
        reading.fault("wrong_time", f'"{key}" names a part of a second', line, "Write whole seconds; times bind to the second")
    elif key in _IDENTIFIERS and not identifier_holds(value):
        reading.fault("wrong_id", f'"{key}" is not a usable name: {value}', line, _IDENTIFIER)
    elif key in _HASHES and not sha256_holds(value):
        reading.fault("wrong_hash", f'"{key}" is not a sha256', line, "Write 64 lower-case hex digits")
    elif key in _REFERENCES:
        instrument, slash, rule = value.partition("/")
        if not slash or not identifier_holds(instrument) or not identifier_holds(rule):
            reading.fault("wrong_reference", f'"{key}" does not name a rule: {value}', line, "Write <instrument>/<rule>")
    elif key == "models":
        for selector in value:
            prefix, colon, rest = selector.partition(":")
            if colon and (prefix not in ("tier", "family") or not rest):
                reading.fault(
                    "wrong_model", f'"{selector}" selects no model', line, "Write a model id, tier:<tier> or family:<family>"
                )


def _rule_fits(form: RuleForm, index: int, reading: Reading, lines: Lines) -> bool:
    """Exactly one of effect, exempts, lifts; of a sort the instrument's kind may hold; with the keys that sort needs."""
    line = lines.of("rule", index)
    given = [key for key in ("effect", "exempts", "lifts") if getattr(form, key) is not UNSET]
    if len(given) != 1:
        what = "none" if not given else " and ".join(given)
        reading.fault(
            "rule_sort", f'Rule "{form.id}" must have exactly one of effect, exempts, lifts; it has {what}', line, "Keep one"
        )
        return False
    sort = str(form.effect) if given[0] == "effect" else given[0]
    head = reading.head
    if head is not None and sort not in _ALLOWED[head.kind]:
        allowed = " or ".join(sorted(_ALLOWED[head.kind]))
        reading.fault(
            "rule_kind",
            f'Rule "{form.id}" ({sort}) cannot stand in an instrument of kind {head.kind}',
            lines.of("rule", index, given[0]),
            f"Such an instrument holds {allowed} rules only; change the rule or the kind",
        )
    before = len(reading.faults)
    needed, barred = (("id",), ("models", "cohort", "duties")) if sort == "lifts" else (("models", "cohort"), ())
    for key in needed:
        if getattr(form, key) is UNSET:
            example = "cohort = 'true' if everybody is meant" if key == "cohort" else f"{key} = [...]"
            reading.fault("missing_key", f'Rule "{form.id}" has no {key}', line, f"Add {example}")
    for key in barred:
        if getattr(form, key) is not UNSET:
            where = lines.of("rule", index, key)
            reading.fault(
                "lift_whole", f'Rule "{form.id}" lifts a whole rule and takes no {key}', where, f"Drop {key}, or exempt instead"
            )
    _duties_fit(form, sort, index, reading, lines)
    if form.fallback is not UNSET and sort != "forbid":
        where = lines.of("rule", index, "fallback")
        reading.fault(
            "fallback_place", f'Rule "{form.id}" is no forbid and holds nobody', where, "Put the fallback on the forbid rule"
        )
    if sort in _EXPLAINED and form.say is UNSET:
        verb, whom = _EXPLAINED[sort]
        reading.fault("missing_key", f'Rule "{form.id}" {verb} without a sentence', line, f'Add say = "..." for those it {whom}')
    return len(reading.faults) == before


def _duties_fit(form: RuleForm, sort: str, index: int, reading: Reading, lines: Lines) -> None:
    """Duties stand on rules that permit or oblige; an obligation has some; and what is to be kept is kept in a class."""
    if form.duties is UNSET:
        if sort == "oblige":
            what = f'Rule "{form.id}" obliges to nothing'
            reading.fault("missing_key", what, lines.of("rule", index), 'Add duties = [{name = "...", value = "..."}]')
        return
    where = lines.of("rule", index, "duties")
    if sort not in ("permit", "oblige"):
        mend = "Put the duties on the permit rule, or on a rule that obliges"
        reading.fault("duty_place", f'Rule "{form.id}" cannot ask for duties: it neither permits nor obliges', where, mend)
    elif sort == "oblige" and not form.duties:
        reading.fault("missing_key", f'Rule "{form.id}" obliges to nothing', where, "Name at least one duty")
    for duty in form.duties:
        if duty.name == RETAIN and not identifier_holds(duty.value):
            what = f'Rule "{form.id}" asks to retain "{duty.value}", which cannot be the name of a retention class'
            reading.fault("wrong_value", what, where, f'Name a class, such as {", ".join(CLASS_DAYS)}, or "{BANNED}"')
        if duty.name == SAFEGUARD:
            try:
                order(duty.value)
            except ValueError as wrong:
                what = f'Rule "{form.id}" asks for the safeguard "{duty.value}", which cannot be read: {wrong}'
                reading.fault(
                    "wrong_value", what, where, 'Write value = "DETECTOR DIRECTION ACTION", such as "secrets both redact"'
                )


def _guard_fits(form: GuardForm, index: int, reading: Reading, lines: Lines) -> bool:
    """A lift protects nobody, and no organization protects itself from being stopped."""
    if reading.head is None or reading.head.kind not in _UNGUARDED:
        return True
    what = f'Guard "{form.id}" cannot stand in an instrument of kind {reading.head.kind}'
    reading.fault("guard_kind", what, lines.of("guard", index), "Put it into the instrument of the authority that protects")
    return False


def _sentence(error: msgspec.ValidationError) -> str:
    return str(error).replace("`", "")


def _mend(key: str, value: Any) -> str:
    if key in _TIMES:
        return _ZONE
    if key in _HASHES:
        return "Write the 64 hex digits that sha256sum prints for the file, in quotes"
    if key == "duties":
        return f'Write duties = [{{name = "...", value = "..."}}]; names are {_choices(DutyForm)}'
    if key == "kind":
        return f"Choose one of {', '.join(sorted(_ALLOWED))}"
    if key == "effect":
        return "Choose forbid, permit or oblige"
    if key == "models":
        return 'Write models = ["model-id"], at least one'
    if isinstance(value, dt.date):
        return "Put the text in quotes"
    return "Write the text in quotes, not empty and not too long"


def _choices(kind: type[Struct]) -> str:
    return ", ".join(msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"]["name"]["enum"])
