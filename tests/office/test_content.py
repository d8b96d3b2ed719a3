"""Reading content: in an open case, for a reason, by an officer, and what is restricted only with a second one. Holds."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.office import acts
from safeconduct.office.act import plan
from safeconduct.office.content import LEAVE, Held, held, holds_person, is_restricted
from safeconduct.registry.cases import MOST_CALLS
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from support.cases import CALL, MIRA, NOOR, case_world
from support.registry_world import FABLE, World

ASK = acts.AskReading(CALL, "answer", "leak", "acme", "find the leak", MIRA)
READ = acts.ReadContent(CALL, "answer", "leak", "acme", "find the leak")
PLAIN = acts.ReadContent(CALL, "answer", "leak", "acme", "find the leak", restricted=False)


def codes(world: World, act: acts.Act, actor: str = MIRA) -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
    return [fault.code for fault in refused.value.faults]


def permitted(world: World) -> None:
    (asked,) = world.act(ASK, MIRA)
    world.act(acts.ApproveRequest(asked.subject), NOOR)


def test_content_that_is_not_restricted_is_read_by_one_officer_in_a_case() -> None:
    world = case_world()
    planned = plan(PLAIN, world.registry, MIRA, world.now)
    assert (planned.about, planned.organization, planned.second) == (CALL, "acme", "")
    world.take(planned.changes)
    (reading,) = world.registry.reads.values()
    assert (reading.actor, reading.call, reading.part, reading.organization) == (MIRA, CALL, "answer", "acme")
    assert (reading.case, reading.why, reading.second) == ("leak", "find the leak", "")


def test_p9_content_of_a_restricted_model_is_read_by_nobody_alone() -> None:
    world = case_world()
    assert codes(world, READ) == ["second_wanted"]
    permitted(world)
    planned = plan(READ, world.registry, MIRA, world.now)
    assert planned.second == NOOR
    world.take(planned.changes)
    assert [each.second for each in world.registry.reads.values()] == [NOOR]


def test_p9_nobody_gives_himself_leave_to_read() -> None:
    world = case_world()
    (asked,) = world.act(ASK, MIRA)
    assert codes(world, acts.ApproveRequest(asked.subject), MIRA) == ["own_work"]
    assert codes(world, acts.ApproveRequest(asked.subject), "os:ops") == ["officer_wanted"]
    assert codes(world, READ) == ["second_wanted"]


def test_p9_leave_is_for_one_read_by_the_asker_of_that_part_within_the_hour() -> None:
    world = case_world()
    permitted(world)
    assert codes(world, READ, NOOR) == ["second_wanted"]
    assert codes(world, acts.ReadContent(CALL, "request", "leak", "acme", "why")) == ["second_wanted"]
    assert codes(world, acts.ReadContent(f"{CALL}0", "answer", "leak", "acme", "why")) == ["second_wanted"]
    assert codes(world, acts.ReadContent(CALL, "answer", "leak", "acme", "look at more")) == ["second_wanted"]
    assert codes(world, ASK) == ["leave_given"]
    assert codes(world, ASK, NOOR) == ["not_yours"]
    world.act(READ, MIRA)
    assert codes(world, READ) == ["second_wanted"]
    permitted(world)
    world.at(world.now + LEAVE - SECOND)
    plan(READ, world.registry, MIRA, world.now)
    world.at(world.now + SECOND)
    assert codes(world, READ) == ["second_wanted"]


def test_p9_only_an_officer_reads_opens_closes_flags_and_holds() -> None:
    world = case_world()
    for act in (
        PLAIN,
        acts.AskReading(CALL, "answer", "leak", "acme", "why", "os:ops"),
        acts.OpenCase("other", "why", "acme"),
        acts.CloseCase("leak"),
        acts.FlagContent(CALL, "flagged", "acme", "why"),
        acts.PlaceHold("h1", "call", CALL, "why"),
    ):
        assert codes(world, act, "os:ops") == ["officer_wanted"]


@pytest.mark.parametrize("act", [PLAIN, ASK])
def test_a_case_has_to_be_open_and_about_it_and_the_reason_given(act: acts.AskReading | acts.ReadContent) -> None:
    world = case_world()
    change = _with(act)
    assert codes(world, change(case="none")) == ["unknown_case"]
    assert codes(world, change(organization="sub")) == ["foreign_case"]
    assert codes(world, change(why=" ")) == ["no_reason"]
    assert codes(world, change(part="all")) == ["bad_part"]
    assert codes(world, change(id="../../x")) == ["bad_call"]
    assert codes(world, change(case="none", why="", part="x")) == ["no_reason", "bad_part", "unknown_case"]
    world.act(acts.CloseCase("leak", "done"), MIRA)
    assert codes(world, act) == ["closed_case"]


def test_p9_leave_is_of_no_use_once_the_case_is_closed() -> None:
    world = case_world()
    (asked,) = world.act(ASK, MIRA)
    world.act(acts.CloseCase("leak", "done"), NOOR)
    assert codes(world, acts.ApproveRequest(asked.subject), NOOR) == ["closed_case"]
    world = case_world()
    permitted(world)
    world.act(acts.CloseCase("leak", "done"), NOOR)
    assert codes(world, READ) == ["closed_case"]


def test_a_case_about_calls_opens_those_calls_alone() -> None:
    world = case_world()
    world.act(acts.OpenCase("one", "why", calls=(CALL,)), MIRA)
    world.act(acts.ReadContent(CALL, "request", "one", "sub", "why", restricted=False), MIRA)
    other = acts.ReadContent(f"{CALL}0", "request", "one", "sub", "why", restricted=False)
    assert codes(world, other) == ["foreign_case"]


def test_a_case_names_what_it_is_about() -> None:
    world = case_world()
    assert codes(world, acts.OpenCase("leak", "why", "acme")) == ["duplicate_id"]
    assert codes(world, acts.OpenCase("new", "why")) == ["case_about_nothing"]
    assert codes(world, acts.OpenCase("New", "", "none")) == ["bad_id", "no_reason", "unknown_organization"]
    assert codes(world, acts.OpenCase("new", "why", calls=("a/b",))) == ["bad_call"]
    assert codes(world, acts.OpenCase("new", "why", calls=(CALL,) * (MOST_CALLS + 1))) == ["too_many_calls"]


def test_a_flag_is_recorded_for_the_organization_to_see() -> None:
    world = case_world()
    assert codes(world, acts.FlagContent(CALL, "flagged", "acme", "")) == ["no_reason"]
    world.act(acts.FlagContent(CALL, "flagged", "acme", "suspicious"), MIRA)
    assert world.registry.flagged == {CALL: "flagged"}


def test_p9_a_hold_is_placed_by_one_and_released_by_two() -> None:
    world = case_world()
    world.act(acts.PlaceHold("h1", "organization", "acme", "litigation"), MIRA)
    (asked,) = world.act(acts.ReleaseHold("h1", "settled"), MIRA)
    assert asked.kind == "request.opened"
    assert held(world.registry).organizations == {"acme", "sub"}
    world.act(acts.ApproveRequest(asked.subject), NOOR)
    assert held(world.registry) == Held()
    assert codes(world, acts.ReleaseHold("h1", "again")) == ["released_already"]
    assert codes(world, acts.ReleaseHold("h2", "")) == ["no_reason", "unknown_hold"]


def test_a_hold_is_on_something_that_is_there() -> None:
    world = case_world()
    for kind in ("case", "person", "organization"):
        assert codes(world, acts.PlaceHold("h1", kind, "none", "why")) == [f"unknown_{kind}"]
    assert codes(world, acts.PlaceHold("h1", "world", "all", "why")) == ["bad_hold"]
    assert codes(world, acts.PlaceHold("h1", "call", "a b", "why")) == ["bad_call"]
    world.act(acts.PlaceHold("h1", "call", CALL, "why"), MIRA)
    assert codes(world, acts.PlaceHold("h1", "call", CALL, "why")) == ["duplicate_id"]


def test_p8_a_hold_on_a_person_an_organization_or_a_case_holds_the_person() -> None:
    world = case_world()
    assert holds_person(world.registry, "ann") == ""
    world.act(acts.PlaceHold("h1", "person", "ann", "why"), MIRA)
    assert (holds_person(world.registry, "ann"), holds_person(world.registry, "ben")) == ("h1", "")
    world.act(acts.PlaceHold("h2", "case", "leak", "why"), MIRA)
    assert (holds_person(world.registry, "ann"), holds_person(world.registry, "ben")) == ("h1", "h2")
    assert held(world.registry) == Held(frozenset({"acme", "sub"}), frozenset({"ann"}), frozenset())


def test_a_model_that_nobody_knows_is_restricted() -> None:
    world = case_world()
    assert is_restricted(world.registry, "gone-1", ["standard"])
    world.act(acts.CatalogModel(FABLE))
    assert is_restricted(world.registry, FABLE.id, ["standard"])
    assert not is_restricted(world.registry, FABLE.id, ["standard", "frontier"])
    world.act(acts.WithdrawModel(FABLE.id))
    assert is_restricted(world.registry, FABLE.id, ["standard"])
    assert not is_restricted(world.registry, FABLE.id, ["frontier"])


def _with(act: acts.AskReading | acts.ReadContent):  # type: ignore[no-untyped-def]
    def changed(**words: object) -> acts.Act:
        return msgspec.convert({**msgspec.to_builtins(act), **words}, type(act))

    return changed
