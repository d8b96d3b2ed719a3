"""Is this a U.S. person? Once for each regime, from evidence; never typed in.

INVARIANT (P10): each regime is a function of its own, over its own list of bases, with its own source. They share the reading of
evidence (is the U.S. among the nationalities?), never an answer. Nothing is inferred from a name, a language, a place of
birth, an address on the network, or the most recent nationality.

How each function answers:

1. ``yes`` when one basis is in force and uncontradicted. A second nationality takes nothing away.
2. ``no`` only when every basis is known, and none holds. What is not on record is never a no.
3. Otherwise *expired* when a basis was in force and has expired; *contradicted* when evidence for a basis contradicts itself;
   else *unknown*. None of the three satisfies a condition.

A contradiction is judged for each basis by itself: two lists of nationalities that differ contradict each other about
citizenship only if one has the U.S. and the other has not.

INVARIANT (P1): taking evidence away that contradicts nothing, or letting it expire, turns a known answer at most into one that
is not known, never into the other one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from safeconduct.registry.records import FactRecord
from safeconduct.registry.weigh import CONTRADICTED, UNKNOWN, Piece, weigh
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import FactState, FactStatus, FactValue

US: Final = "US"
NONE: Final = "none"
PROTECTED: Final = ("national", "refugee", "asylee", "temporary_resident")
"""What an individual who is no citizen and no permanent resident may be under 8 USC 1324b(a)(3); or else ``none``."""

Evidence = Mapping[str, Sequence[FactRecord]]
"""Records by fact, all verified by the moment of the question."""

Reading = Callable[[FactValue], bool | None]
"""What a recorded value says about one basis; None when it says nothing."""

Readings = tuple[tuple[str, Reading], ...]
"""Which recorded facts bear on one basis, and how each is read."""

Basis = tuple[int, Moment]
"""What is known of one basis, and until when; plain numbers, for a million people are judged in seconds."""

_UNKNOWN, _CONTRADICTED, _EXPIRED, _FAILS, _HOLDS = range(5)
_NOTHING: Final[Basis] = (_UNKNOWN, 0)


def _is_yes(value: FactValue) -> bool | None:
    return value == "yes" if value in ("yes", "no") else None


def _lists_us(value: FactValue) -> bool | None:
    if isinstance(value, tuple):
        return US in value
    return False if value == NONE else None


def _is_us(value: FactValue) -> bool | None:
    return value == US if isinstance(value, str) else None


def _among(*words: str) -> Reading:
    chosen, known = frozenset(words), frozenset((*PROTECTED, NONE))
    return lambda value: value in chosen if value in known else None


_CITIZEN: Final[Readings] = (("us_citizen", _is_yes), ("nationality", _lists_us))
_PERMANENT_RESIDENT: Final[Readings] = (("permanent_residence", _lists_us),)
_PROTECTED_INDIVIDUAL: Final[Readings] = (
    ("protected_individual", _among("national", "refugee", "asylee", "temporary_resident")),
)
_NATIONAL_REFUGEE_ASYLEE: Final[Readings] = (("protected_individual", _among("national", "refugee", "asylee")),)
_IN_THE_UNITED_STATES: Final[Readings] = (("location", _is_us),)


def us_person_ear(evidence: Evidence, now: Moment) -> FactState:
    """Export Administration Regulations, 15 CFR 772.1, "U.S. person" and "foreign person", about natural persons.

    Citizen, permanent resident, or protected individual as defined by 8 USC 1324b(a)(3).
    """
    return _any_of(
        _basis(_CITIZEN, evidence, now),
        _basis(_PERMANENT_RESIDENT, evidence, now),
        _basis(_PROTECTED_INDIVIDUAL, evidence, now),
    )


def us_person_itar(evidence: Evidence, now: Moment) -> FactState:
    """International Traffic in Arms Regulations, 22 CFR 120.62 (and 120.63, foreign person), about natural persons.

    Lawful permanent resident as defined by 8 USC 1101(a)(20), or protected individual as defined by 8 USC 1324b(a)(3),
    which names citizens and nationals first. Other nationalities held are a matter of ``nationality``, not of this status.
    """
    return _any_of(
        _basis(_PERMANENT_RESIDENT, evidence, now),
        _basis(_CITIZEN, evidence, now),
        _basis(_PROTECTED_INDIVIDUAL, evidence, now),
    )


def us_person_bulk(evidence: Evidence, now: Moment) -> FactState:
    """The bulk-data rule, 28 CFR 202.256, about natural persons.

    Citizen, national, lawful permanent resident, admitted as a refugee (8 USC 1157) or granted asylum (8 USC 1158), or any
    person in the United States. A temporary resident is none of these until present there.
    """
    return _any_of(
        _basis(_CITIZEN, evidence, now),
        _basis(_PERMANENT_RESIDENT, evidence, now),
        _basis(_NATIONAL_REFUGEE_ASYLEE, evidence, now),
        _basis(_IN_THE_UNITED_STATES, evidence, now),
    )


@dataclass(frozen=True, slots=True)
class Derived:
    """One derived fact: ``reads`` are the recorded facts it rests on, ``source`` is the text it follows."""

    name: str
    say: str
    source: str
    reads: tuple[str, ...]
    judge: Callable[[Evidence, Moment], FactState]


_STATUS: Final = ("us_citizen", "nationality", "permanent_residence", "protected_individual")

DERIVED: Final[Mapping[str, Derived]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Derived(
                "us_person.ear",
                "U.S. person under the Export Administration Regulations",
                "15 CFR 772.1",
                _STATUS,
                us_person_ear,
            ),
            Derived(
                "us_person.itar",
                "U.S. person under the International Traffic in Arms Regulations",
                "22 CFR 120.62",
                _STATUS,
                us_person_itar,
            ),
            Derived(
                "us_person.bulk",
                "U.S. person under the bulk-data rule",
                "28 CFR 202.256",
                (*_STATUS, "location"),
                us_person_bulk,
            ),
        )
    }
)
"""Every fact that follows from others. The one list."""


def _basis(readings: Readings, evidence: Evidence, now: Moment) -> Basis:
    """What evidence says about one basis at ``now``.

    Expired means that it held and nothing about it is in force now; evidence against it that has expired says nothing.
    """
    pieces: list[Piece] = []
    for name, read in readings:
        for record in evidence.get(name, ()):
            said = read(record.value)
            if said is not None:
                pieces.append((record.verified_at, record.expires_at, said))
    if not pieces:
        return _NOTHING
    if len(pieces) == 1:  # nearly everybody
        _, until, held = pieces[0]
        if now < until:
            return (_HOLDS if held else _FAILS), until
        return (_EXPIRED, until) if held else _NOTHING
    state = weigh(pieces, now)
    match state.status:
        case FactStatus.KNOWN:
            return (_HOLDS if state.value else _FAILS), state.until
        case FactStatus.CONTRADICTED:
            return _CONTRADICTED, 0
        case _:
            ends = [until for _, until, held in pieces if held]
            return (_EXPIRED, max(ends)) if ends else _NOTHING


def _any_of(*bases: Basis) -> FactState:
    holding = [until for said, until in bases if said == _HOLDS]
    if holding:
        return FactState(FactStatus.KNOWN, "yes", max(holding))
    failing = [until for said, until in bases if said == _FAILS]
    if len(failing) == len(bases):
        return FactState(FactStatus.KNOWN, "no", min(failing))
    expired = [until for said, until in bases if said == _EXPIRED]
    if expired:
        return FactState(FactStatus.EXPIRED, None, max(expired))
    return CONTRADICTED if any(said == _CONTRADICTED for said, _ in bases) else UNKNOWN
