"""Who may ask for a person to be erased, what stands against it, and that nobody does it alone."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.office.act import plan
from safeconduct.office.erasure import PROGRAM
from safeconduct.registry.bodies.erasures import ErasureOpened
from safeconduct.registry.changes import draft
from safeconduct.terms.faults import Refused
from support.registry_world import DAY, T0, World, digest_number, small_world

NAME = "erased-" + "0a" * 16
ERASE = acts.ErasePerson("ann", NAME, "gdpr-17", "asked by letter")


def world_with_officers() -> World:
    world = small_world()
    for number, name in enumerate(("mira", "noor"), 70):
        world.act(acts.AddOfficer(name, digest_number(number)))
        world.act(acts.KeyOfficer(name, digest_number(number + 10)), f"officer:{name}")
    return world


def codes(world: World, act: acts.Act, actor: str = "officer:mira") -> list[str]:
    with pytest.raises(Refused) as refused:
        plan(act, world.registry, actor, world.now)
    return [fault.code for fault in refused.value.faults]


def test_p9_nobody_erases_alone() -> None:
    world = world_with_officers()
    made = plan(ERASE, world.registry, "officer:mira", T0)
    assert made.request
    world.take(made.changes)
    assert world.registry.people["ann"].ends > T0
    assert world.registry.erasures == {}
    assert codes(world, acts.ApproveRequest(made.request)) == ["own_work"]
    done = world.act(acts.ApproveRequest(made.request), "officer:noor")
    assert [each.kind for each in done] == ["request.approved", "person.ended", "erasure.opened"]
    found = world.registry.erasures[NAME]
    assert (found.person, found.actor, found.second) == ("ann", "officer:mira", "officer:noor")
    assert world.standing("ann").lapses[0].why == "ended"
    assert codes(world, acts.ErasePerson("ann", NAME[:-1] + "1", "gdpr-17")) == ["erasing_already"]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (acts.ErasePerson("nobody", NAME, "gdpr-17"), ["unknown_person"]),
        (acts.ErasePerson("ann", NAME, "because"), ["unknown_ground"]),
        (acts.ErasePerson("ann", "erased-ann", "gdpr-17"), ["bad_name"]),
        (acts.ErasePerson("ann", NAME, "gdpr-17", kept=(("export", T0 + DAY), ("standard", T0 + DAY))), ["must_be_kept"]),
        (
            acts.ErasePerson(
                "ann", NAME, "gdpr-17", kept=(("tax", T0 + DAY), ("standard", T0 + DAY)), protected=("export", "tax")
            ),
            ["must_be_kept"],
        ),
        (acts.FinishErasure(NAME), ["not_yours", "unknown_erasure"]),
    ],
)
def test_faults_are_told(act: acts.Act, expected: list[str]) -> None:
    assert codes(world_with_officers(), act) == expected


def test_what_must_be_kept_does_not_keep_the_rest_nor_beyond_its_time() -> None:
    world = world_with_officers()
    for act in (
        acts.ErasePerson("ann", NAME, "gdpr-17", kept=(("export", T0),)),
        acts.ErasePerson("ann", NAME, "gdpr-17", content_only=True, kept=(("export", T0 + DAY),)),
    ):
        assert plan(act, world.registry, "officer:mira", T0).request


def test_a_hold_forbids_it_until_it_is_released() -> None:
    world = world_with_officers()
    world.act(acts.PlaceHold("h1", "person", "ann", "a court asked for it"), "officer:mira")
    assert codes(world, ERASE) == ["held"]
    assert codes(world, acts.ErasePerson("ann", NAME, "gdpr-17", content_only=True)) == ["held"]


def test_the_program_says_when_it_is_done() -> None:
    world = world_with_officers()
    world.take((draft(T0, "officer:mira", "erasure.opened", NAME, ErasureOpened("ann", "gdpr-17")),))
    assert codes(world, acts.FinishErasure(NAME)) == ["not_yours"]
    (done,) = world.act(acts.FinishErasure(NAME, (3, 4), (), 2), PROGRAM)
    assert (done.kind, world.registry.erasures[NAME].changes) == ("erasure.done", (3, 4))
    assert codes(world, acts.FinishErasure(NAME), PROGRAM) == ["unknown_erasure"]
