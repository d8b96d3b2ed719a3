"""The queue, the timeline and what joining asks, from a registry with cases in it."""

from __future__ import annotations

from safeconduct.inquiry import casework
from safeconduct.office import acts
from support.cases import CALL, MIRA, NOOR, case_world
from support.registry_world import World


def raised() -> World:
    world = case_world()
    for name, severity in (("case-low", "low"), ("case-severe", "severe")):
        world.act(acts.RaiseCase(name, "person/ada", "probing", "Asked for models.", (CALL,), ("dev-1",), severity), "watch")
    return world


def test_open_cases_stand_in_the_queue_and_closed_ones_do_not() -> None:
    world = raised()
    assert [each.id for each in casework.queue(world.registry, world.now)][:2] == ["case-severe", "case-low"]
    world.act(acts.CloseCase("case-severe"), MIRA)
    assert "case-severe" not in [each.id for each in casework.queue(world.registry, world.now)]


def test_a_timeline_has_everything_in_order() -> None:
    world = raised()
    world.act(acts.NoteCase("case-low", "asked her lead"), NOOR)
    world.act(acts.JudgeCase("case-low", "wrong", "probing", why="a renamed model"), MIRA)
    world.act(acts.CloseCase("case-low"), MIRA)
    told = casework.timeline(world.registry.cases["case-low"], world.registry)
    assert [each.at for each in told] == sorted(each.at for each in told)
    assert [each.what.split(":")[0] for each in told] == ["opened", "probing (low)", "noted", "judged probing wrong", "closed"]


def test_joining_is_asked_about_open_cases_with_signals_only() -> None:
    world = raised()
    found = {each.id: each for each in casework.joinable(world.registry)}
    assert set(found) == {"case-low", "case-severe"}
    assert (found["case-low"].about, found["case-low"].marks) == ({"person/ada"}, {"dev-1"})


def test_verdicts_are_told_with_officer_and_cohort() -> None:
    world = raised()
    world.act(acts.JudgeCase("case-low", "right", "probing", "acme/research"), NOOR)
    (one,) = casework.judged(world.registry.cases.values())
    assert (one.kind, one.cohort, one.officer, one.right) == ("probing", "acme/research", NOOR, True)
