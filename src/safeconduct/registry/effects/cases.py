"""What do changes about cases, reads of content, and holds do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies import cases as c
from safeconduct.registry.cases import Case, Hold, Permission, Reading
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State


def _opened(state: State, change: Change, body: c.CaseOpened) -> None:
    case = Case(change.subject, body.organization, body.calls, body.why, change.at, change.actor)
    state.cases.setdefault(change.subject, case)


def _closed(state: State, change: Change, _body: c.CaseClosed) -> None:
    found = state.cases.get(change.subject)
    if found is not None and found.closed_at is None:
        state.cases[found.id] = msgspec.structs.replace(found, closed_at=change.at, closed_by=change.actor)


def _permitted(state: State, change: Change, body: c.ReadingPermitted) -> None:
    state.permissions[change.seq] = Permission(
        change.seq, change.subject, body.part, body.case, change.actor, body.second, body.until, why=body.why
    )


def _read(state: State, change: Change, body: c.ContentRead) -> None:
    permission = state.permissions.get(body.permission)
    if permission is not None:
        state.permissions[permission.number] = msgspec.structs.replace(permission, used=True)
    state.reads[change.seq] = Reading(
        change.seq, change.at, change.actor, change.subject, body.part, body.organization, body.case, body.why, body.second
    )


def _flagged(state: State, change: Change, body: c.ContentFlagged) -> None:
    state.flagged[change.subject] = body.kept_class


def _held(state: State, change: Change, body: c.HoldPlaced) -> None:
    state.holds.setdefault(change.subject, Hold(change.subject, body.kind, body.target, body.why, change.at, change.actor))


def _released(state: State, change: Change, _body: c.HoldReleased) -> None:
    found = state.holds.get(change.subject)
    if found is not None and found.released_at is None:
        state.holds[found.id] = msgspec.structs.replace(found, released_at=change.at, released_by=change.actor)


EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "case.opened": _opened,
    "case.closed": _closed,
    "content.permitted": _permitted,
    "content.read": _read,
    "content.flagged": _flagged,
    "hold.placed": _held,
    "hold.released": _released,
}
