"""What do changes about measures and risk do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from safeconduct.registry.bodies import measures as c
from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.measures import NO_MARKS, Marks, MeasureRecord, RiskRecord, kept

_replace: Final = msgspec.structs.replace


def _taken(state: State, change: Change, body: c.MeasureTaken) -> None:
    if body.called in state.measured:
        return
    record = MeasureRecord(
        id=body.called,
        who=change.subject,
        step=body.step,
        since=change.at,
        until=body.until,
        by=change.actor,
        message=body.message,
        why=body.why,
        case=body.case,
        rehearsal=body.rehearsal,
        automatic=body.machine,
        rate=body.rate,
        fallback=body.fallback,
    )
    if _mark(state, change, lambda marks: _replace(marks, measures=kept((*marks.measures, record), change.at))):
        state.measured[body.called] = change.subject


def _undone(state: State, change: Change, body: c.MeasureUndone) -> None:
    def undo(record: MeasureRecord) -> MeasureRecord:
        if record.undone_at is not None:
            return record
        return _replace(record, undone_at=change.at, undone_by=change.actor, undone_why=body.why)

    _each(state, change, body.measure, undo)


def _appealed(state: State, change: Change, body: c.MeasureAppealed) -> None:
    def appeal(record: MeasureRecord) -> MeasureRecord:
        if record.appealed_at is not None:
            return record
        by = body.by or change.actor
        return _replace(record, appealed_at=change.at, appealed_by=by, appealed_key=body.key, appeal=body.note)

    _each(state, change, body.measure, appeal)


def _risk(state: State, change: Change, body: c.RiskMoved) -> None:
    risk = None if body.band == "none" else RiskRecord(body.band, change.at, body.until, body.parts)
    _mark(state, change, lambda marks: _replace(marks, risk=risk))


def _each(state: State, change: Change, measure: str, become: Callable[[MeasureRecord], MeasureRecord]) -> None:
    def renew(marks: Marks) -> Marks:
        return _replace(marks, measures=tuple(become(each) if each.id == measure else each for each in marks.measures))

    _mark(state, change, renew)


def _mark(state: State, change: Change, renew: Callable[[Marks], Marks]) -> bool:
    """Put new marks in the place of the old ones; whether there is anything of that name."""
    kind, _, name = change.subject.partition("/")
    if kind == "model":
        if name not in state.models and name not in state.withdrawn_models:
            return False
        state.model_marks[name] = renew(state.model_marks.get(name, NO_MARKS))
        return True
    find = _TABLES.get(kind)
    table = find(state) if find is not None else {}
    record = table.get(name)
    if record is None:
        return False
    marks = renew(record.marks)
    table[name] = _replace(record, marks=marks if marks != NO_MARKS else NO_MARKS)
    return True


_TABLES: Final[Mapping[str, Callable[[State], dict[str, Any]]]] = {
    "person": lambda state: state.people,
    "agent": lambda state: state.agents,
    "key": lambda state: state.keys,
    "project": lambda state: state.projects,
    "organization": lambda state: state.organizations,
}

EFFECTS: Final[Mapping[str, Callable[[State, Change, Any], None]]] = {
    "measure.taken": _taken,
    "measure.undone": _undone,
    "measure.appealed": _appealed,
    "risk.moved": _risk,
}
