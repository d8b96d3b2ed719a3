"""What is kept about each organization, project, person, agent, key, fact, resource and instrument?

Records never change; the fold puts a new one in the place of the old one. That makes a copy of the whole registry a
handful of dictionary copies. Every record with a life has ``starts``, ``ends`` (half-open) and ``suspended``; ``suspension`` and
``ending`` say who suspended it, and who set an end that it was not registered with; ``marks`` hold the measures about it and its
risk.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from safeconduct.registry.measures import NO_MARKS, Marks
from safeconduct.registry.papers import InstrumentRecord as InstrumentRecord
from safeconduct.terms.moments import Moment
from safeconduct.terms.standing import FactValue


class Living(Protocol):
    """Anything that lives in ``[starts, ends)`` unless suspended."""

    @property
    def starts(self) -> Moment: ...
    @property
    def ends(self) -> Moment: ...
    @property
    def suspended(self) -> bool: ...


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record holds only words, numbers and tuples of them: it can be part of no cycle, so the collector may skip it."""


class Authority(Record, frozen=True, gc=False):
    """``key`` is the authority's Ed25519 public key (base64 of 32 bytes); empty when it has none with us."""

    id: str
    name: str
    key: str = ""


class Stop(Record, frozen=True, gc=False):
    """Who stopped something, and when first. ``by`` is empty where several did; then nobody may call it his own slip."""

    by: str
    at: Moment


class Organization(Record, frozen=True, gc=False):
    id: str
    name: str
    parent: str
    programs: tuple[str, ...]
    starts: Moment
    ends: Moment
    suspended: bool = False
    relation: str = "contractor"  # what it is to its parent: "contractor", "subsidiary" or "affiliate"
    kind: str = "company"  # or "agency"
    suspension: Stop | None = None
    ending: Stop | None = None
    marks: Marks = NO_MARKS


class Tiering(Record, frozen=True, gc=False):
    """One change of a project's tier: when, by whom, from what to what, and why."""

    at: Moment
    actor: str
    before: str
    after: str
    why: str


class Project(Record, frozen=True, gc=False):
    id: str
    organization: str
    name: str
    purpose: str
    tier: str
    hosts: tuple[str, ...]
    starts: Moment
    ends: Moment
    suspended: bool = False
    assets: tuple[str, ...] = ()  # what it may be used on besides hosts, each as kind:value
    tierings: tuple[Tiering, ...] = ()  # every change of the tier, oldest first
    suspension: Stop | None = None
    ending: Stop | None = None
    marks: Marks = NO_MARKS


class Membership(Record, frozen=True, gc=False):
    organization: str
    role: str
    starts: Moment
    ends: Moment
    suspended: bool = False
    ending: Stop | None = None


class Person(Record, frozen=True, gc=False):
    """``handle`` is the secret that what others call this person derives from: the salt of the change that made the record.

    INVARIANT (P8): it lies in that change alone. Erasing the change takes away the link from the person to the log.
    """

    id: str
    name: str
    email: str
    starts: Moment
    ends: Moment
    suspended: bool = False
    memberships: tuple[Membership, ...] = ()
    suspension: Stop | None = None
    ending: Stop | None = None
    handle: bytes = b""
    marks: Marks = NO_MARKS


class Agent(Record, frozen=True, gc=False):
    id: str
    organization: str
    sponsor_kind: str
    sponsor: str
    name: str
    project: str
    starts: Moment
    ends: Moment
    suspended: bool = False
    suspension: Stop | None = None
    ending: Stop | None = None
    marks: Marks = NO_MARKS


class Key(Record, frozen=True, gc=False):
    """``revoked_at`` is None while the key is not revoked."""

    id: str
    digest: bytes
    holder_kind: str
    holder: str
    organization: str
    project: str
    label: str
    starts: Moment
    ends: Moment
    issued_at: Moment
    revoked_at: Moment | None = None
    marks: Marks = NO_MARKS

    @property
    def suspended(self) -> bool:
        return False


class FactRecord(Record, frozen=True, gc=False):
    """One piece of evidence. ``number`` is the ``seq`` of the change that recorded it; ``record_name`` withdraws it.

    ``item`` is its place within a change that recorded several, counted from 1, and 0 where it stands alone.
    """

    number: int
    name: str
    value: FactValue
    source: str
    verifier: str
    method: str
    verified_at: Moment
    expires_at: Moment
    organization: str = ""
    item: int = 0


class Resource(Record, frozen=True, gc=False):
    id: str
    organization: str
    upstream: str


def record_name(record: FactRecord) -> str:
    """What a record is called: ``"17"``, or ``"17.2"`` for the second that one change recorded."""
    return f"{record.number}.{record.item}" if record.item else str(record.number)


def read_record_name(text: str) -> tuple[int, int]:
    """Number and item of a record by its name. Raises ValueError with a sentence when the text names none."""
    number, dot, item = text.partition(".")
    parts = (number, item) if dot else (number,)
    if not all(part.isascii() and part.isdigit() and len(part) <= 16 and int(part) >= 1 for part in parts):
        raise ValueError(f"{text[:40]!r} names no record; write it like 17 or 17.2")
    return int(number), int(item) if dot else 0


def why_not_alive(record: Living, now: Moment) -> str:
    """Empty when the record is alive at ``now``; else ``not_yet``, ``ended`` or ``suspended``."""
    if now < record.starts:
        return "not_yet"
    if now >= record.ends:
        return "ended"
    if record.suspended:
        return "suspended"
    return ""


def next_turn(record: Living, now: Moment, soonest: Moment) -> Moment:
    """The earlier of ``soonest`` and the first moment after ``now`` at which the record's life turns by the clock."""
    if now < record.starts < soonest:
        return record.starts
    if now < record.ends < soonest:
        return record.ends
    return soonest
