"""What changes about measures and risk do, and that odd ones leave everything as it was."""

from __future__ import annotations

from safeconduct.registry.bodies.body import Body
from safeconduct.registry.bodies.measures import MeasureAppealed, MeasureTaken, MeasureUndone, RiskMoved
from safeconduct.registry.changes import Change, draft
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import fold_in
from safeconduct.terms.moments import FOREVER
from support.registry_world import T0, small_world

WHO = "person/ann"


def folded(*changes: tuple[str, str, Body]) -> State:
    world = small_world()
    state = State()
    for each in world.changes:
        fold_in(state, each)
    for kind, subject, body in changes:
        made = draft(T0, "x", kind, subject, body)
        fold_in(state, Change(state.version + 1, made.at, made.actor, made.kind, made.subject, made.body))
    return state


def test_a_measure_is_kept_with_whom_it_is_about() -> None:
    state = folded(("measure.taken", WHO, MeasureTaken("M-000000000001", "hold", FOREVER, machine=True)))
    (record,) = state.people["ann"].marks.measures
    assert (record.id, record.step, record.automatic, record.by) == ("M-000000000001", "hold", True, "x")
    assert state.measured == {"M-000000000001": WHO}


def test_what_refers_to_nothing_changes_nothing() -> None:
    before = folded()
    after = folded(
        ("measure.taken", "person/nobody", MeasureTaken("M-000000000001", "hold", FOREVER)),
        ("measure.taken", "thing/x", MeasureTaken("M-000000000002", "hold", FOREVER)),
        ("measure.taken", "model/none", MeasureTaken("M-000000000003", "hold", FOREVER)),
        ("measure.undone", WHO, MeasureUndone("M-000000000001")),
        ("measure.appealed", "organization/none", MeasureAppealed("M-000000000001")),
        ("risk.moved", WHO, RiskMoved("none", FOREVER)),
    )
    assert (after.people, after.measured, after.model_marks) == (before.people, {}, {})


def test_only_the_first_of_each_counts() -> None:
    state = folded(
        ("measure.taken", WHO, MeasureTaken("M-000000000001", "hold", FOREVER)),
        ("measure.taken", "person/ben", MeasureTaken("M-000000000001", "suspend", FOREVER)),
        ("measure.undone", WHO, MeasureUndone("M-000000000001", "first")),
        ("measure.undone", WHO, MeasureUndone("M-000000000001", "second")),
        ("measure.appealed", WHO, MeasureAppealed("M-000000000001", "first")),
        ("measure.appealed", WHO, MeasureAppealed("M-000000000001", "second")),
    )
    (record,) = state.people["ann"].marks.measures
    assert (record.undone_why, record.appeal, state.people["ben"].marks.measures) == ("first", "first", ())
