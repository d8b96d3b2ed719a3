"""What is kept about cases, reads of content, and holds? Records never change; the fold puts a new one in the old one's place."""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.terms.moments import Moment

MOST_CALLS: Final = 1_000  # in one case
MOST_KEPT: Final = 200
"""Signals, notes and verdicts of one case that the fold holds, the last ones; the history has all of them."""


class CaseSignal(msgspec.Struct, frozen=True):
    """Something that was seen: about ``who``, of a ``kind``, in words (``note``), with the calls behind it."""

    at: Moment
    who: str
    kind: str
    note: str
    calls: tuple[str, ...]
    marks: tuple[str, ...]
    severity: str


class CaseNote(msgspec.Struct, frozen=True):
    at: Moment
    actor: str
    note: str


class Verdict(msgspec.Struct, frozen=True):
    """``right``: what the detector saw was so. ``kind`` is empty where all kinds are meant."""

    at: Moment
    actor: str
    right: bool
    detector: str
    kind: str
    cohort: str
    why: str


class Case(msgspec.Struct, frozen=True):
    """An analyst's unit of work. It opens content of an organization, or of single calls, to be read while it is open.

    ``signals`` are the last ``MOST_KEPT`` of ``signaled``; so with notes and verdicts. ``assignee`` is an actor, or empty.
    """

    id: str
    organization: str
    calls: tuple[str, ...]
    why: str
    opened_at: Moment
    opened_by: str
    closed_at: Moment | None = None
    closed_by: str = ""
    assignee: str = ""
    signals: tuple[CaseSignal, ...] = ()
    signaled: int = 0
    notes: tuple[CaseNote, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    merged_into: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        """Whom its signals are about, each once, the first one first."""
        return tuple(dict.fromkeys(each.who for each in self.signals))

    @property
    def changed_at(self) -> Moment:
        """When something last happened in it."""
        signals = [each.at for each in self.signals[-1:]]
        notes = [each.at for each in self.notes[-1:]]
        return max((self.opened_at, *signals, *notes, *[each.at for each in self.verdicts[-1:]]))

    def covers(self, organization: str, call: str) -> bool:
        """Whether the case is about this call of this organization."""
        return call in self.calls or (bool(self.organization) and self.organization == organization)


class Permission(msgspec.Struct, frozen=True):
    """Leave to read one part of one call, once, for one reason, before ``until``. ``number`` is the ``seq`` of its change."""

    number: int
    call: str
    part: str
    case: str
    reader: str
    second: str
    until: Moment
    used: bool = False
    why: str = ""


class Reading(msgspec.Struct, frozen=True):
    """Who read what of whose content, when, in which case and why. ``second`` is the actor who agreed, where one had to."""

    number: int
    at: Moment
    actor: str
    call: str
    part: str
    organization: str
    case: str
    why: str
    second: str = ""


class Hold(msgspec.Struct, frozen=True):
    """Content that nothing may erase, whatever its class. ``kind`` is ``case``, ``person``, ``call`` or ``organization``."""

    id: str
    kind: str
    target: str
    why: str
    placed_at: Moment
    placed_by: str
    released_at: Moment | None = None
    released_by: str = ""
