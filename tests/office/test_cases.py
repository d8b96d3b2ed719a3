"""Cases from signals: raised by the watch, joined, judged by officers, merged; and the watch judges nothing."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.office.act import plan
from safeconduct.office.cases import WATCH
from safeconduct.registry.cases import MOST_KEPT
from safeconduct.terms.faults import Refused
from support.cases import CALL, MIRA, NOOR, case_world
from support.registry_world import World

SEEN = acts.RaiseCase(
    "case-1", "person/ada", "probing", "Asked for three models it was never granted.", (CALL,), ("dev-1",), "high"
)


def codes(world: World, act: acts.Act, actor: str = MIRA) -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
    return [fault.code for fault in refused.value.faults]


def raised() -> World:
    world = case_world()
    world.act(SEEN, WATCH)
    return world


def test_a_signal_of_the_watch_opens_a_case_and_another_one_joins_it() -> None:
    world = raised()
    world.act(acts.RaiseCase("case-1", "agent/bot", "burst", "Ten times its rate.", ("call_x",), (), "low"), WATCH)
    case = world.registry.cases["case-1"]
    assert (case.opened_by, case.signaled, case.about) == (WATCH, 2, ("person/ada", "agent/bot"))
    assert case.calls == (CALL, "call_x")
    assert [(each.kind, each.severity, each.marks) for each in case.signals] == [
        ("probing", "high", ("dev-1",)),
        ("burst", "low", ()),
    ]


def test_a_case_keeps_its_last_signals_and_counts_all() -> None:
    world = raised()
    for number in range(MOST_KEPT + 5):
        world.act(acts.RaiseCase("case-1", "person/ada", "burst", f"sentence {number}"), WATCH)
    case = world.registry.cases["case-1"]
    assert (len(case.signals), case.signaled) == (MOST_KEPT, MOST_KEPT + 6)
    assert case.signals[-1].note == f"sentence {MOST_KEPT + 4}"


def test_p9_the_watch_neither_judges_nor_reads_nor_closes_what_it_raised() -> None:
    world = raised()
    for act in (
        acts.JudgeCase("case-1", "right", "probing"),
        acts.CloseCase("case-1"),
        acts.NoteCase("case-1", "fine"),
        acts.AssignCase("case-1", "mira"),
        acts.MergeCase("case-1", "leak"),
        acts.OpenCase("case-2", "why", "acme"),
        acts.ReadContent(CALL, "answer", "case-1", "acme", "to see", restricted=False),
    ):
        assert "officer_wanted" in codes(world, act, WATCH), act.act


def test_an_account_raises_no_case() -> None:
    assert codes(case_world(), SEEN, "os:ops") == ["officer_wanted"]


def test_assigning_noting_and_judging_stand_in_the_case() -> None:
    world = raised()
    world.act(acts.AssignCase("case-1", "noor"), MIRA)
    world.act(acts.NoteCase("case-1", "Asked her lead; the project moved."), NOOR)
    world.act(acts.JudgeCase("case-1", "wrong", "probing", "acme/research", "a new project"), NOOR)
    case = world.registry.cases["case-1"]
    assert case.assignee == NOOR
    assert [(note.actor, note.note) for note in case.notes] == [(NOOR, "Asked her lead; the project moved.")]
    (verdict,) = case.verdicts
    assert (verdict.actor, verdict.right, verdict.detector, verdict.cohort) == (NOOR, False, "probing", "acme/research")
    world.act(acts.AssignCase("case-1", ""), MIRA)
    assert world.registry.cases["case-1"].assignee == ""


def test_what_does_not_fit_is_refused_with_every_fault() -> None:
    world = raised()
    assert codes(world, acts.AssignCase("case-1", "nobody")) == ["no_officer"]
    assert codes(world, acts.NoteCase("case-9", " ")) == ["unknown_case", "no_reason"]
    assert codes(world, acts.JudgeCase("case-1", "maybe", "probing")) == ["bad_verdict"]
    assert codes(world, acts.JudgeCase("case-1", "right", "burst")) == ["unseen"]
    assert codes(world, acts.MergeCase("case-1", "case-1")) == ["same_case"]
    assert codes(world, acts.MergeCase("leak", "case-1")) == ["foreign_case"]
    wrong = acts.RaiseCase("Bad Id", "person/ada", "k", "n", ("no call!",), ("x" * 100,), "huge")
    assert codes(world, wrong, WATCH) == ["bad_call", "bad_severity", "bad_marks", "bad_id"]


def test_a_closed_case_takes_no_signal_and_may_still_be_judged() -> None:
    world = raised()
    world.act(acts.CloseCase("case-1"), MIRA)
    assert codes(world, SEEN, WATCH) == ["closed_case"]
    world.act(acts.JudgeCase("case-1", "right", "probing"), NOOR)
    assert world.registry.cases["case-1"].verdicts[0].right


def test_a_merged_case_goes_on_in_the_other_one() -> None:
    world = raised()
    world.act(acts.RaiseCase("case-2", "person/bea", "burst", "Much.", ("call_y",)), WATCH)
    world.act(acts.MergeCase("case-2", "case-1", "same campaign"), MIRA)
    into, gone = world.registry.cases["case-1"], world.registry.cases["case-2"]
    assert (into.about, into.signaled, into.calls) == (("person/ada", "person/bea"), 2, (CALL, "call_y"))
    assert (gone.merged_into, gone.closed_by) == ("case-1", MIRA)
    assert codes(world, acts.MergeCase("case-2", "case-1")) == ["closed_case"]


def test_p8_the_log_names_the_case_and_nobody() -> None:
    planned = plan(SEEN, case_world().registry, WATCH, case_world().now)
    assert (planned.about, planned.organization, planned.second) == ("case-1", "", "")
