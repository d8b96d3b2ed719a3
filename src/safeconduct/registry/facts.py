"""Which facts can be recorded about a person, and what is known of them at a moment?

What is recorded is evidence. Status under a regime is not recorded: ``derive`` computes it from evidence. How several pieces of
evidence for one fact add up is told in ``weigh``.

INVARIANT (P10): only the facts that are wanted are read, with the evidence that a wanted derived fact rests on; of any other
record not even the value is looked at.

INVARIANT (P1): only evidence that is verified, unexpired and uncontradicted makes a fact known. Time alone and withdrawals
never turn an unknown or expired fact into a known one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from safeconduct.registry.derive import DERIVED, NONE, PROTECTED, Derived
from safeconduct.registry.records import FactRecord
from safeconduct.registry.weigh import UNKNOWN, weigh
from safeconduct.terms.countries import COUNTRIES
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.standing import FactState, FactStatus, FactValue

MAX_WORD: Final = 64  # a level, a course or a country is a short token, not prose
MAX_WORDS: Final = 64


class Shape(StrEnum):
    YES_NO = "yes or no"
    TRUTH = "true or false"
    COUNTRY = "one ISO 3166-1 alpha-2 country"
    COUNTRIES = "all ISO 3166-1 alpha-2 countries"
    COUNTRIES_OR_NONE = "all ISO 3166-1 alpha-2 countries, or none"
    PROTECTION = "national, refugee, asylee, temporary_resident or none"
    WORD = "one word"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class FactKind:
    """``scoped``: holds in one organization only. ``additive``: every live record adds to the value; none contradicts.

    ``origin``: tells where a person comes from or belongs; to be asked for only where an instrument needs it (P10).
    """

    name: str
    shape: Shape
    say: str
    scoped: bool = False
    additive: bool = False
    origin: bool = False


CATALOG: Final[Mapping[str, FactKind]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FactKind("us_citizen", Shape.YES_NO, "citizen of the United States", origin=True),
            FactKind("nationality", Shape.COUNTRIES, "every nationality held", origin=True),
            FactKind("nationality.recent", Shape.COUNTRY, "the most recent citizenship or permanent residency", origin=True),
            FactKind(
                "permanent_residence",
                Shape.COUNTRIES_OR_NONE,
                "every country where the person is a lawful permanent resident",
                origin=True,
            ),
            FactKind("protected_individual", Shape.PROTECTION, "protected individual under 8 USC 1324b(a)(3)", origin=True),
            FactKind("residence", Shape.COUNTRY, "country of residence"),
            FactKind("location", Shape.COUNTRY, "country where the person works from"),
            FactKind("vetting", Shape.WORD, "level of vetting passed"),
            FactKind("training", Shape.WORDS, "courses completed", additive=True),
            FactKind("assurance", Shape.WORD, "level of identity assurance"),
            FactKind("employed_there", Shape.TRUTH, "employed by the organization", scoped=True),
        )
    }
)
"""Every fact that can be recorded. The one list."""

ALL_UNKNOWN: Final[Mapping[str, FactState]] = MappingProxyType(dict.fromkeys((*sorted(DERIVED), *sorted(CATALOG)), UNKNOWN))

_WORD_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")


def check_value(name: str, value: object) -> FactValue:
    """The value in its one stored form (countries sorted, no repeats). Raises ValueError with a sentence and a mend."""
    kind = CATALOG.get(name)
    if kind is None:
        if name in DERIVED:
            raise ValueError(f"{never_typed_in(name)}; {evidence_instead(name)}")
        raise ValueError(f"no fact is called {name!r}; known facts are {', '.join(CATALOG)}")
    match kind.shape, value:
        case Shape.YES_NO, "yes" | "no":
            return str(value)
        case Shape.TRUTH, bool():
            return value
        case Shape.COUNTRY, str() if value in COUNTRIES:
            return value
        case Shape.COUNTRIES, list() | tuple() if value and all(isinstance(each, str) and each in COUNTRIES for each in value):
            return tuple(sorted(set(value)))
        case Shape.COUNTRIES_OR_NONE, "none" | [] | ["none"]:
            return NONE
        case Shape.COUNTRIES_OR_NONE, list() | tuple() if all(isinstance(each, str) and each in COUNTRIES for each in value):
            return tuple(sorted(set(value)))
        case Shape.PROTECTION, str() if value in PROTECTED or value == NONE:
            return value
        case Shape.WORD, str() if _is_word(value):
            return value
        case Shape.WORDS, list() | tuple() if value and len(value) <= MAX_WORDS and all(_is_word(each) for each in value):
            return tuple(sorted(set(value)))
        case _:
            raise ValueError(f"{name} takes {kind.shape.value}{_example(kind.shape)}, not {_as_written(value)!r}")


def read_value(name: str, text: str) -> FactValue:
    """Read a value written by hand: several values are separated by semicolons, truth is ``true`` or ``false``.

    Raises ValueError with a sentence that says what the fact takes.
    """
    kind = CATALOG.get(name)
    text = text.strip()
    if kind is not None and kind.shape is Shape.TRUTH and text in {"true", "false"}:
        return text == "true"
    if kind is not None and kind.shape is Shape.COUNTRIES_OR_NONE and text in {"", NONE}:
        return check_value(name, text)
    if kind is not None and kind.shape in {Shape.COUNTRIES, Shape.COUNTRIES_OR_NONE, Shape.WORDS}:
        return check_value(name, [part.strip() for part in text.split(";") if part.strip()])
    return check_value(name, text)


def never_typed_in(name: str) -> str:
    """What to say to somebody who types in a derived fact."""
    return f"{name} is derived from evidence and never typed in"


def evidence_instead(name: str) -> str:
    """What to record instead of a derived fact."""
    reads = DERIVED[name].reads
    return f"record the evidence: {', '.join(reads[:-1])} or {reads[-1]}"


def evidence_of(facts: Iterable[str]) -> frozenset[str]:
    """The recorded facts that these facts rest on: themselves, or what they are derived from."""
    read: set[str] = set()
    for name in facts:
        derived = DERIVED.get(name)
        if derived is not None:
            read.update(derived.reads)
        elif name in CATALOG:
            read.add(name)
    return frozenset(read)


def states_at(
    records: Iterable[FactRecord], organization: str, now: Moment, wanted: Collection[str] | None = None
) -> tuple[Mapping[str, FactState], Moment]:
    """The state of every fact at ``now``, seen from ``organization``, and when the clock next turns one.

    With ``wanted``, of those facts only: the others are absent, and their evidence is not read. A record of a derived fact,
    as histories from before may hold, is not evidence and is passed over.
    """
    read, plain, derived = _EVERYTHING if wanted is None else _plan(frozenset(wanted))
    groups: dict[str, list[FactRecord]] = {}
    soonest = FOREVER
    for record in records:
        if record.name not in read or (record.organization and record.organization != organization):
            continue
        if record.verified_at > now:
            soonest = min(soonest, record.verified_at)
            continue
        if now < record.expires_at < soonest:
            soonest = record.expires_at
        groups.setdefault(record.name, []).append(record)
    if not groups and wanted is None:
        return ALL_UNKNOWN, soonest
    states: dict[str, FactState] = {each.name: each.judge(groups, now) for each in derived}
    for name in plain:
        states[name] = _state(groups[name], now) if name in groups else UNKNOWN
    return MappingProxyType(states), soonest


@lru_cache(maxsize=64)
def _plan(wanted: frozenset[str]) -> tuple[Collection[str], tuple[str, ...], tuple[Derived, ...]]:
    """What to read for these facts; those recorded as such; those derived. Sorted, so that equal questions look equal."""
    names = sorted(wanted)
    return (
        evidence_of(wanted),
        tuple(each for each in names if each not in DERIVED),
        tuple(DERIVED[n] for n in names if n in DERIVED),
    )


_EVERYTHING: Final = _plan(frozenset(ALL_UNKNOWN))


def _state(group: list[FactRecord], now: Moment) -> FactState:
    """The state that records of one fact, all verified by ``now``, add up to."""
    if len(group) > 1 and CATALOG[group[0].name].additive:
        return _sum(group, now)
    return weigh([(record.verified_at, record.expires_at, record.value) for record in group], now)


def _sum(group: Sequence[FactRecord], now: Moment) -> FactState:
    live = [record for record in group if now < record.expires_at]
    if not live:
        return FactState(FactStatus.EXPIRED, None, max(record.expires_at for record in group))
    words = {word for record in live if isinstance(record.value, tuple) for word in record.value}
    return FactState(FactStatus.KNOWN, tuple(sorted(words)), min(record.expires_at for record in live))


def _as_written(value: object) -> str:
    """A value that was refused, the way somebody writes it by hand, and not too much of it."""
    return (";".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value))[:80]


def _is_word(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= MAX_WORD and _WORD_CHARACTERS.issuperset(text)


def _example(shape: Shape) -> str:
    match shape:
        case Shape.COUNTRY:
            return ", like US"
        case Shape.COUNTRIES | Shape.COUNTRIES_OR_NONE:
            return " held, like FR;US"
        case Shape.WORD | Shape.WORDS:
            return " of letters, digits and . _ - /, like level-2"
        case _:
            return ""
