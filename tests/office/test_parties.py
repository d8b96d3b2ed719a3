"""Organizations, projects, people and agents: what may be registered, amended, ended, suspended, restored."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.registry.standing import MAX_AGENTS, MAX_ORGANIZATIONS
from safeconduct.terms.faults import Refused
from support.registry_world import DAY, T0, World, small_world


def codes(world: World, act: acts.Act) -> list[str]:
    before = world.registry.version
    with pytest.raises(Refused) as refused:
        world.act(act)
    assert world.registry.version == before
    assert all(fault.what and fault.where and fault.mend for fault in refused.value.faults)
    return [fault.code for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (acts.RegisterAuthority("US BIS", "BIS"), ["bad_id"]),
        (acts.RegisterOrganization("acme", "Acme"), ["duplicate_id"]),
        (
            acts.RegisterOrganization("Neu", "N\n", "none", T0 + DAY, T0),
            ["bad_id", "bad_text", "bad_interval", "unknown_organization"],
        ),
        (acts.RegisterOrganization("neu", "N", programs=("A B",)), ["bad_id"]),
        (acts.RegisterOrganization("neu", "N", relation="subsidiary"), ["no_parent"]),
        (acts.AmendOrganization("none", "N"), ["unknown_organization"]),
        (acts.AmendOrganization("acme", ends=T0), ["bad_interval"]),
        (acts.RegisterProject("p", "acme", "P", "", "t"), ["no_purpose"]),
        (
            acts.RegisterProject("red", "none", "P", "x", "T 1", ("A.b",)),
            ["bad_id", "unknown_organization", "bad_host", "duplicate_id"],
        ),
        (acts.AmendProject("none"), ["unknown_project"]),
        (acts.AmendProject("red", hosts=("http://a",), tier="T 1", ends=T0), ["bad_interval", "bad_id", "bad_host"]),
        (acts.RegisterPerson("ann", "none"), ["unknown_organization", "duplicate_id"]),
        (acts.RegisterPerson("new", "acme", "x" * 201), ["bad_text"]),
        (acts.JoinOrganization("none", "none"), ["unknown_person", "unknown_organization"]),
        (acts.LeaveOrganization("ann", "sub"), ["no_member"]),
        (acts.LeaveOrganization("ann", "acme", T0 - DAY), ["past_moment"]),
        (acts.End("person", "ann", T0 - DAY), ["past_moment"]),
        (acts.End("person", "nobody"), ["unknown_person"]),
        (acts.End("planet", "earth"), ["bad_kind"]),
        (acts.Suspend("agent", "none"), ["unknown_agent"]),
        (acts.Restore("person", "ann"), ["not_suspended"]),
        (acts.RegisterAgent("a", "acme", "", ""), ["no_sponsor"]),
        (acts.RegisterAgent("a", "acme", "person", ""), ["no_sponsor"]),
        (acts.RegisterAgent("a", "acme", "person", "ben"), ["no_member"]),
        (acts.RegisterAgent("a", "acme", "person", "none"), ["unknown_person"]),
        (acts.RegisterAgent("a", "sub", "project", "red"), ["foreign_project"]),
        (acts.RegisterAgent("a", "sub", "agent", "bot"), ["foreign_agent"]),
        (acts.RegisterAgent("a", "acme", "agent", "none"), ["unknown_agent"]),
        (acts.RegisterAgent("bot", "none", "person", "ann"), ["unknown_organization", "duplicate_id", "no_member"]),
    ],
)
def test_what_cannot_be_done_names_every_fault(act: acts.Act, expected: list[str]) -> None:
    assert codes(small_world(), act) == expected


def test_a_life_is_ended_suspended_and_restored_once() -> None:
    world = small_world()
    for kind, name in (("organization", "sub"), ("project", "red"), ("person", "ann"), ("agent", "bot")):
        world.act(acts.Suspend(kind, name))
        assert codes(world, acts.Suspend(kind, name)) == ["already_suspended"]
        world.act(acts.Restore(kind, name))
        world.act(acts.End(kind, name, T0 + DAY))
        assert codes(world, acts.End(kind, name, T0 + 2 * DAY)) == ["ends_earlier"]
        world.act(acts.End(kind, name))


def test_an_agent_works_for_the_project_of_its_sponsor_or_for_none() -> None:
    world = small_world()
    world.act(acts.RegisterProject("blue", "acme", "Blue", "x", "standard"))
    assert codes(world, acts.RegisterAgent("a", "acme", "project", "red", project="blue")) == ["foreign_project"]
    assert codes(world, acts.RegisterAgent("a", "acme", "agent", "robo", project="blue")) == ["foreign_project"]
    world.act(acts.RegisterAgent("a", "acme", "agent", "robo", project="red"))


def test_chains_have_a_bound() -> None:
    world = small_world()
    above = "bot"
    for depth in range(MAX_AGENTS - 1):
        world.act(acts.RegisterAgent(f"a{depth}", "acme", "agent", above))
        above = f"a{depth}"
    assert codes(world, acts.RegisterAgent("deep", "acme", "agent", above)) == ["too_deep"]
    assert world.registry.standing_for(agent=above, organization="acme", now=T0).lapses == ()
    above = "sub"
    for depth in range(MAX_ORGANIZATIONS - 2):
        world.act(acts.RegisterOrganization(f"o{depth}", "O", above))
        above = f"o{depth}"
    assert codes(world, acts.RegisterOrganization("deep", "O", above)) == ["too_deep"]
    world.act(acts.RegisterPerson("eve", above))
    assert world.standing("eve", above).lapses == ()


def test_a_new_membership_replaces_the_dates_of_the_old() -> None:
    world = small_world()
    world.act(acts.LeaveOrganization("ann", "acme"))
    assert world.standing().lapses != ()
    world.at(T0 + DAY).act(acts.JoinOrganization("ann", "acme"))
    assert world.standing().lapses == ()
    assert len(world.registry.people["ann"].memberships) == 1
