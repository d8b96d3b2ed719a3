"""What is kept about measures and risk, and which of it is in force at a moment?

Each record of a person, agent, key, project or organization carries its ``Marks``; those of models have a table of their own.
Whether a measure may be taken is the office's question, what it does to a decision the policy's.

INVARIANT (P5): a measure ends by the clock, at ``until``, without anybody acting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Protocol

import msgspec

from safeconduct.terms.measures import Measure, Step
from safeconduct.terms.moments import Moment

KINDS: Final = ("person", "agent", "key", "project", "organization", "model")
MAX_ENDED: Final = 64  # measures of one subject that are over and still listed; beyond it the oldest are in the history alone
ASSURANCE: Final = "assurance"  # the recorded fact whose fresh evidence answers a measure that asks for it


class Evidence(Protocol):
    """As much of a fact's record as is asked here."""

    @property
    def name(self) -> str: ...
    @property
    def verified_at(self) -> Moment: ...
    @property
    def expires_at(self) -> Moment: ...


class MeasureRecord(msgspec.Struct, frozen=True, gc=False):
    """One measure, from its taking to its end. ``undone_at`` and ``appealed_at`` are None while nobody did."""

    id: str
    who: str
    step: str
    since: Moment
    until: Moment
    by: str
    message: str = ""
    why: str = ""
    case: str = ""
    rehearsal: bool = False
    automatic: bool = False
    rate: int = 0
    fallback: str = ""
    undone_at: Moment | None = None
    undone_by: str = ""
    undone_why: str = ""
    appealed_at: Moment | None = None
    appealed_by: str = ""  # an actor; or KIND/ID of the caller, by the credential that is ``appealed_key``
    appealed_key: str = ""
    appeal: str = ""

    def lasts(self, now: Moment) -> bool:
        """Whether it is in force, rehearsed or not."""
        return self.undone_at is None and self.since <= now < self.until

    def state_at(self, now: Moment) -> str:
        """One word: ``in force``, ``rehearsed``, ``undone`` or ``ended``."""
        if self.undone_at is not None:
            return "undone"
        if now >= self.until:
            return "ended"
        return "rehearsed" if self.rehearsal else "in force"


class RiskRecord(msgspec.Struct, frozen=True, gc=False):
    """In which band a subject is, since and until when, and why: one sentence a part."""

    band: str
    since: Moment
    until: Moment
    parts: tuple[str, ...] = ()


class Marks(msgspec.Struct, frozen=True, gc=False):
    """What the watch and officers noted about one subject: measures in the order of taking, and the last risk."""

    measures: tuple[MeasureRecord, ...] = ()
    risk: RiskRecord | None = None

    def band(self, now: Moment) -> str:
        """The band of risk at a moment; ``none`` where nothing is known or it has faded."""
        risk = self.risk
        return risk.band if risk is not None and risk.since <= now < risk.until else "none"

    def turn(self, now: Moment, soonest: Moment) -> Moment:
        """The earlier of ``soonest`` and the first moment after ``now`` at which the clock alone changes any of this."""
        risk = self.risk
        if risk is not None and now < risk.until < soonest:
            soonest = risk.until
        for each in self.measures:
            if each.undone_at is None and now < each.until < soonest:
                soonest = each.until
        return soonest


NO_MARKS: Final = Marks()


def in_force(marks: Marks, now: Moment) -> Iterator[MeasureRecord]:
    """The measures that are in force at a moment, rehearsals too."""
    return (each for each in marks.measures if each.lasts(now))


def shown(record: MeasureRecord) -> Measure:
    """The measure as a standing carries it."""
    return Measure(
        id=record.id,
        who=record.who,
        step=Step(record.step),
        since=record.since,
        until=record.until,
        message=record.message,
        rate=record.rate,
        fallback=record.fallback,
        rehearsal=record.rehearsal,
    )


def answered(records: Iterable[Evidence], since: Moment, now: Moment) -> tuple[bool, Moment | None]:
    """Whether evidence of identity that was verified after ``since`` is in force, and when the clock next turns that.

    Any level of assurance counts: which levels a model takes is said by rules.
    """
    ends: list[Moment] = []
    turns: list[Moment] = []
    for each in records:
        if each.name != ASSURANCE or each.verified_at < since:
            continue
        if each.verified_at > now:
            turns.append(each.verified_at)
        elif now < each.expires_at:
            ends.append(each.expires_at)
    if ends:
        return True, max(ends)
    return False, min(turns, default=None)


def kept(measures: tuple[MeasureRecord, ...], now: Moment) -> tuple[MeasureRecord, ...]:
    """The measures to go on listing: every one that lasts, and the last of those that are over."""
    over = sum(not each.lasts(now) for each in measures)
    if over <= MAX_ENDED:
        return measures
    found: list[MeasureRecord] = []
    for each in measures:
        if not each.lasts(now) and over > MAX_ENDED:
            over -= 1
        else:
            found.append(each)
    return tuple(found)
