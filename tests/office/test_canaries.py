"""Lists are added by one, replaced and removed by two; what is no list is refused with every fault."""

from __future__ import annotations

import pytest

from safeconduct.office import acts, canaries
from safeconduct.office.act import plan
from safeconduct.terms.faults import Refused
from support.cases import MIRA, NOOR, case_world
from support.registry_world import World

ONE, TWO = "00" * 7 + "01", "00" * 7 + "02"
LIST = acts.ListCanaries("acme", "seeds", ONE)


def codes(world: World, act: acts.Act, actor: str = MIRA) -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
    return [fault.code for fault in refused.value.faults]


def test_one_adds_and_the_log_hears_of_the_organization_alone() -> None:
    world = case_world()
    planned = plan(LIST, world.registry, "os:ops", world.now)
    assert (planned.about, planned.organization, planned.subject) == ("", "acme", "acme/seeds")
    world.take(planned.changes)
    assert world.registry.canaries["acme/seeds"].strings == bytes.fromhex(ONE)


@pytest.mark.parametrize(
    "act", [acts.ListCanaries("acme", "seeds", ONE + TWO, replace=True), acts.RemoveCanaries("acme", "seeds")]
)
def test_p9_nobody_alone_takes_a_list_out_of_sight(act: acts.Act) -> None:
    world = case_world()
    world.act(LIST, MIRA)
    before = dict(world.registry.canaries)
    (asked,) = world.act(act, MIRA)
    assert asked.kind == "request.opened"
    assert codes(world, acts.ApproveRequest(asked.subject), MIRA) == ["own_work"]
    assert dict(world.registry.canaries) == before
    world.act(acts.ApproveRequest(asked.subject), NOOR)
    assert dict(world.registry.canaries) != before


def test_what_is_no_list_is_refused() -> None:
    world = case_world()
    world.act(LIST, MIRA)
    assert codes(world, LIST) == ["list_exists"]
    assert codes(world, acts.ListCanaries("gone", "x\n", TWO + ONE)) == ["unknown_organization", "bad_name", "bad_prints"]
    assert codes(world, acts.ListCanaries("acme", "void")) == ["nothing_watched"]
    assert codes(world, acts.ListCanaries("acme", "x", ONE.replace("0", "A"))) == ["bad_prints"]
    assert codes(world, acts.ListCanaries("acme", "x" * 101, ONE + ONE)) == ["bad_name", "bad_prints"]
    assert codes(world, acts.RemoveCanaries("acme", "other")) == ["unknown_list"]
    world.act(acts.End("organization", "acme"), MIRA)
    world.now += 1
    assert codes(world, acts.ListCanaries("acme", "late", TWO)) == ["organization_ended"]


def test_all_lists_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    world = case_world()
    world.act(LIST, MIRA)
    monkeypatch.setattr(canaries, "MOST_OF_ONE", 1)
    assert codes(world, acts.ListCanaries("acme", "two", ONE + TWO)) == ["too_many_canaries"]
    monkeypatch.setattr(canaries, "MOST_PRINTS", 1)
    assert codes(world, acts.ListCanaries("acme", "two", TWO)) == ["too_many_canaries"]
    monkeypatch.setattr(canaries, "MOST_PRINTS", 9)
    monkeypatch.setattr(canaries, "MOST_LISTS", 1)
    assert codes(world, acts.ListCanaries("acme", "two", TWO)) == ["too_many_canaries"]
