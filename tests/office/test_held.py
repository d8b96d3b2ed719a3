"""Releasing what is held: by an officer, for a reason, for an hour; with a second one where the model is restricted."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.office.act import plan
from safeconduct.terms.faults import Refused
from safeconduct.terms.held import LASTS
from support.cases import MIRA, NOOR, case_world
from support.registry_world import World

ID = "H-0123456789ab"
PLAIN = acts.ReleaseHeld(ID, "looked at it", restricted=False, organization="acme")
RESTRICTED = acts.ReleaseHeld(ID, "looked at it", organization="acme")


def codes(world: World, act: acts.Act, actor: str = MIRA) -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
    return [fault.code for fault in refused.value.faults]


def test_one_officer_releases_for_an_hour_and_not_longer() -> None:
    world = case_world()
    planned = plan(PLAIN, world.registry, MIRA, world.now)
    assert (planned.about, planned.organization) == (ID, "acme")
    world.take(planned.changes)
    assert world.registry.released(ID, world.now)
    assert world.registry.released(ID, world.now + LASTS - 1)
    assert not world.registry.released(ID, world.now + LASTS)
    assert not world.registry.released("H-ba9876543210", world.now)


def test_p9_what_a_restricted_model_is_about_takes_two() -> None:
    world = case_world()
    (asked,) = world.act(RESTRICTED, MIRA)
    assert asked.kind == "request.opened"
    assert not world.registry.released(ID, world.now)
    assert codes(world, acts.ApproveRequest(asked.subject), MIRA) == ["own_work"]
    world.act(acts.ApproveRequest(asked.subject), NOOR)
    assert world.registry.released(ID, world.now)
    assert world.registry.releases[ID].second == NOOR


def test_to_decline_ends_a_release() -> None:
    world = case_world()
    world.act(PLAIN, MIRA)
    world.act(acts.DeclineHeld(ID, "a second look", "acme"), NOOR)
    assert not world.registry.released(ID, world.now)


def test_who_may_not_and_what_cannot_be_released() -> None:
    world = case_world()
    assert codes(world, PLAIN, "os:ada") == ["officer_wanted"]
    assert codes(world, acts.ReleaseHeld(ID, " ", restricted=False)) == ["no_reason"]
    assert codes(world, acts.ReleaseHeld("H-1", "why", restricted=False)) == ["bad_id"]
    assert codes(world, acts.DeclineHeld(ID, ""), "os:ada") == ["officer_wanted", "no_reason"]
