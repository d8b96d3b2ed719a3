"""What do changes about cases, reads of content, and holds do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies import cases as c
from safeconduct.registry.cases import MOST_CALLS, MOST_KEPT, Case, CaseNote, CaseSignal, Hold, Permission, Reading, Verdict
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State


def _opened(state: State, change: Change, body: c.CaseOpened) -> None:
    case = Case(change.subject, body.organization, body.calls, body.why, change.at, change.actor)
    state.cases.setdefault(change.subject, case)


def _closed(state: State, change: Change, _body: c.CaseClosed) -> None:
    found = state.cases.get(change.subject)
    if found is not None and found.closed_at is None:
        state.cases[found.id] = msgspec.structs.replace(found, closed_at=change.at, closed_by=change.actor)


def _signaled(state: State, change: Change, body: c.CaseSignaled) -> None:
    found = state.cases.get(change.subject)
    if found is not None:
        seen = CaseSignal(change.at, body.who, body.kind, body.note, body.calls, body.marks, body.severity)
        state.cases[found.id] = msgspec.structs.replace(
            found,
            signals=(*found.signals, seen)[-MOST_KEPT:],
            signaled=found.signaled + 1,
            calls=tuple(dict.fromkeys((*found.calls, *body.calls)))[:MOST_CALLS],
        )


def _assigned(state: State, change: Change, body: c.CaseAssigned) -> None:
    found = state.cases.get(change.subject)
    if found is not None:
        state.cases[found.id] = msgspec.structs.replace(found, assignee=body.officer)


def _noted(state: State, change: Change, body: c.CaseNoted) -> None:
    found = state.cases.get(change.subject)
    if found is not None:
        notes = (*found.notes, CaseNote(change.at, change.actor, body.note))[-MOST_KEPT:]
        state.cases[found.id] = msgspec.structs.replace(found, notes=notes)


def _judged(state: State, change: Change, body: c.CaseJudged) -> None:
    found = state.cases.get(change.subject)
    if found is not None:
        said = Verdict(change.at, change.actor, body.verdict == "right", body.detector, body.kind, body.cohort, body.why)
        state.cases[found.id] = msgspec.structs.replace(found, verdicts=(*found.verdicts, said)[-MOST_KEPT:])


def _merged(state: State, change: Change, body: c.CaseMerged) -> None:
    found, into = state.cases.get(change.subject), state.cases.get(body.into)
    if found is None or into is None:
        return
    signals = tuple(sorted((*into.signals, *found.signals), key=lambda each: each.at))[-MOST_KEPT:]
    calls = tuple(dict.fromkeys((*into.calls, *found.calls)))[:MOST_CALLS]
    state.cases[into.id] = msgspec.structs.replace(into, signals=signals, signaled=into.signaled + found.signaled, calls=calls)
    state.cases[found.id] = msgspec.structs.replace(
        found, merged_into=into.id, closed_at=found.closed_at or change.at, closed_by=found.closed_by or change.actor
    )


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
    "case.signaled": _signaled,
    "case.assigned": _assigned,
    "case.noted": _noted,
    "case.judged": _judged,
    "case.merged": _merged,
    "content.permitted": _permitted,
    "content.read": _read,
    "content.flagged": _flagged,
    "hold.placed": _held,
    "hold.released": _released,
}
