"""How ready is each organization for the next letter? The state of every wanted fact, now and at a later moment.

A fact is *verified* when it is known now and will still be known then, *expiring* when it is known now and will not be. The
other three are states of their own: *expired*, *unknown*, *contradicted*. Only facts that rules read are looked at (P10).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from safeconduct.inquiry.census import PERSON, Census, SeatClass
from safeconduct.terms.standing import FactStatus

VERIFIED = "verified"
EXPIRING = "expiring"
STATES = (VERIFIED, EXPIRING, "expired", "unknown", "contradicted")


class FactCount(msgspec.Struct, frozen=True):
    """How many people of an organization stand how with one fact."""

    organization: str
    fact: str
    verified: int = 0
    expiring: int = 0
    expired: int = 0
    unknown: int = 0
    contradicted: int = 0

    @property
    def people(self) -> int:
        return self.verified + self.expiring + self.expired + self.unknown + self.contradicted


class Gap(msgspec.Struct, frozen=True):
    """One person whose fact is not verified for long enough."""

    person: str
    organization: str
    fact: str
    state: str


def readiness(census: Census, organization: str = "") -> list[FactCount]:
    """The states of facts by organization, from a census of two moments. Agents, and seats for projects, are not counted."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for pair, tally in census.pairs():
        if not (seat := _persons(pair[0], organization)):
            continue
        for fact, state in _states(seat, pair[-1]):
            found.setdefault((seat.organization, fact), Counter())[state] += tally.count
    return [FactCount(*key, *(counts[state] for state in STATES)) for key, counts in sorted(found.items())]


def gaps(census: Census, organization: str = "") -> Iterator[Gap]:
    """Everyone with a fact that is not verified, as far as the census kept ids."""
    for pair, tally in census.pairs():
        if not (seat := _persons(pair[0], organization)):
            continue
        open_ = [(fact, state) for fact, state in _states(seat, pair[-1]) if state != VERIFIED]
        for name in tally.ids if open_ else ():
            yield from (Gap(name, seat.organization, fact, state) for fact, state in open_)


def _persons(seat: SeatClass | None, organization: str) -> SeatClass | None:
    """A person's own seat, still alive; whoever has left needs no evidence."""
    if seat is None or seat.kind != PERSON or seat.project or seat.lapses:
        return None
    return seat if organization in ("", seat.organization) else None


def _states(seat: SeatClass, later: SeatClass | None) -> Iterator[tuple[str, str]]:
    then = {name: status for name, status, _ in later.facts} if later is not None else {}
    for name, status, _ in seat.facts:
        if status != FactStatus.KNOWN:
            yield name, status
        else:
            yield name, VERIFIED if then.get(name) == FactStatus.KNOWN else EXPIRING
