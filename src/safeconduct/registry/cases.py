"""What is kept about cases, reads of content, and holds? Records never change; the fold puts a new one in the old one's place."""

from __future__ import annotations

import msgspec

from safeconduct.terms.moments import Moment


class Case(msgspec.Struct, frozen=True):
    """An analyst's unit of work. It opens content of an organization, or of single calls, to be read while it is open."""

    id: str
    organization: str
    calls: tuple[str, ...]
    why: str
    opened_at: Moment
    opened_by: str
    closed_at: Moment | None = None
    closed_by: str = ""

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
