"""Did two officers read the same letter? Compares two independently written transcriptions by what they say.

Comments, spacing, order of rules and the way a moment or a condition is laid out make no difference; everything else does.
Each difference names both lines. Whether the two were written by two people is the office's question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from safeconduct.instruments.cohort import parse
from safeconduct.instruments.document import Annex, Guard, Instrument, Rule, read
from safeconduct.instruments.lines import Lines, locate
from safeconduct.terms.faults import Fault
from safeconduct.terms.moments import FOREVER, show

_SHOWN = 120  # characters of a value in a sentence; the lines are named, so the rest can be looked up
_LEFT_OUT = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two transcriptions part. ``first`` and ``second`` are the values, ``nothing`` where one has none."""

    what: str
    first: str
    second: str
    first_where: str
    second_where: str

    @property
    def fault(self) -> Fault:
        said = f"{self.what}: the first transcription has {self.first}, the second ({self.second_where}) has {self.second}"
        return Fault("transcription", said, self.first_where, "Look at the letter itself and correct the one that is wrong")


@dataclass(frozen=True, slots=True)
class Transcription:
    """One officer's text of a letter, read."""

    instrument: Instrument
    lines: Lines

    @classmethod
    def of(cls, text: str, files: Mapping[str, bytes], name: str) -> Transcription:
        """Raises Refused with every fault when the text cannot be read."""
        return cls(read(text, files, name), locate(text))

    def where(self, table: str, index: int = 0, key: str = "") -> str:
        return self.instrument.where(self.lines.of(table, index, key))


def compare(first: Transcription, second: Transcription) -> tuple[Difference, ...]:
    """Every difference between two transcriptions, in the order of the first. None: they say the same."""
    found = list(_head(first, second))
    for table in ("rule", "annex", "guard"):
        found += _tables(table, first, second)
    return tuple(found)


def _head(first: Transcription, second: Transcription) -> Iterator[Difference]:
    one, other = _head_of(first.instrument), _head_of(second.instrument)
    for key in one:
        if one[key] != other[key]:
            yield _difference(key, one[key], other[key], first.where("instrument", 0, key), second.where("instrument", 0, key))


def _head_of(instrument: Instrument) -> dict[str, Any]:
    return {
        "id": instrument.id,
        "authority": instrument.authority,
        "kind": instrument.kind.value,
        "title": _spaced(instrument.title),
        "regime": instrument.regime,
        "received": "" if instrument.received is None else show(instrument.received),
        "effective": show(instrument.effective),
        "until": "" if instrument.until >= FOREVER else show(instrument.until),
        "text_sha256": instrument.text_sha256,
    }


def _tables(table: str, first: Transcription, second: Transcription) -> Iterator[Difference]:
    ours, theirs = _named(table, first.instrument), _named(table, second.instrument)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        if name not in ours:
            yield _difference(f'{table} "{name}"', "", "one", first.where(""), second.where(table, theirs[name][0]))
            continue
        if name not in theirs:
            yield _difference(f'{table} "{name}"', "one", "", first.where(table, ours[name][0]), second.where(""))
            continue
        (place, one), (other_place, other) = ours[name], theirs[name]
        for key in one:
            if one[key] != other[key]:
                here, there = first.where(table, place, key), second.where(table, other_place, key)
                yield _difference(f'{key} of {table} "{name}"', one[key], other[key], here, there)


def _named(table: str, instrument: Instrument) -> dict[str, tuple[int, dict[str, Any]]]:
    """The tables of a sort by id: their place in the file and what they say, by key."""
    tables: list[tuple[str, dict[str, Any]]]
    match table:
        case "rule":
            tables = [(rule.id, _rule(rule)) for rule in instrument.rules]
        case "annex":
            tables = [(annex.id, _annex(annex)) for annex in instrument.annexes]
        case _:
            tables = [(guard.id, _guard(guard)) for guard in instrument.guards]
    return {name: (index, said) for index, (name, said) in enumerate(tables)}


def _rule(rule: Rule) -> dict[str, Any]:
    sort = {"exempt": "exempts", "lift": "lifts"}.get(rule.effect.value, "effect")
    return {
        "effect": rule.effect.value if sort == "effect" else "",
        "exempts": rule.target if sort == "exempts" else "",
        "lifts": rule.target if sort == "lifts" else "",
        "models": ", ".join(sorted(set(rule.models))),
        "cohort": _condition(rule.cohort),
        "say": _spaced(rule.say),
        "mend": _spaced(rule.mend),
        "duties": ", ".join(sorted(f"{name}={value}" for name, value in rule.duties)),
        "fallback": rule.fallback,
    }


def _annex(annex: Annex) -> dict[str, Any]:
    """By what it lists: two officers may well have saved the same list in two ways."""
    lines = sorted(f"{line.organization or line.name} {line.scope}".rstrip() for line in annex.lines)
    return {"file": "; ".join(lines)}


def _guard(guard: Guard) -> dict[str, Any]:
    return {"cohort": _condition(guard.cohort), "authority": guard.authority, "say": _spaced(guard.say)}


@dataclass(frozen=True, slots=True, eq=False)
class _Condition:
    """A condition that equals every other way of laying out the same one."""

    text: str
    tree: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Condition) and self.tree == other.tree

    def __hash__(self) -> int:
        return 0

    def __str__(self) -> str:
        return self.text


def _condition(cohort: str) -> _Condition:
    try:
        return _Condition(_spaced(cohort), parse(cohort) if cohort else None)
    except ValueError:
        return _Condition(_spaced(cohort), _spaced(cohort))  # check has a fault for it; here it is only text


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _difference(what: str, first: Any, second: Any, here: str, there: str) -> Difference:
    one, other = str(first), str(second)
    start = 0
    if len(one) > _SHOWN or len(other) > _SHOWN:  # show the part where they part
        start = max(0, next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0) - _SHOWN // 2)
    return Difference(what, _shown(one, start), _shown(other, start), here, there)


def _shown(text: str, start: int) -> str:
    if not text:
        return _LEFT_OUT
    part = text[start : start + _SHOWN]
    return f'"{"..." if start else ""}{part}{"..." if start + _SHOWN < len(text) else ""}"'
