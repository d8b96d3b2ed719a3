"""Organizations, projects, people and agents: what may be registered, amended, ended, suspended, restored."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.registry.standing import MAX_AGENTS, MAX_ORGANIZATIONS
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.programs import ProgramTier
from safeconduct.terms.standing import FactStatus
from support.letters import FIRST, SECOND, agreed
from support.registry_world import CONTRACT_ENDS, DAY, T0, World, issue, small_world


def codes(world: World, act: acts.Act, actor: str = "officer") -> list[str]:
    before = world.registry.version
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
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
        (acts.RegisterOrganization("neu", "N", relation="affiliate"), ["no_parent"]),
        (acts.RegisterOrganization("neu", "N", relation="contractor", ends=T0 + DAY), ["no_sponsor"]),
        (acts.RegisterOrganization("neu", "N", "acme"), ["no_end"]),
        (acts.RegisterOrganization("neu", "N", "acme", relation="cousin"), ["bad_choice"]),  # type: ignore[arg-type]
        (acts.RegisterOrganization("neu", "N", kind="club"), ["bad_choice"]),  # type: ignore[arg-type]
        (acts.AmendOrganization("none", "N"), ["unknown_organization"]),
        (acts.AmendOrganization("sub", ends=FOREVER), ["no_end"]),
        (acts.AmendOrganization("sub", ends=T0 - DAY), ["bad_interval", "past_moment"]),
        (acts.AmendOrganization("acme", ends=T0), ["bad_interval"]),
        (acts.RegisterProject("p", "acme", "P", "x", "standard"), ["unknown_tier"]),
        (acts.RegisterProject("p", "acme", "P", "x", "benign", assets=("host:a.example",)), ["bad_asset"]),
        (acts.RegisterProject("p", "acme", "P", "x", "benign", assets=("path:", "verb", "path: a")), ["bad_asset"] * 3),
        (acts.AmendProject("red", purpose=""), ["no_purpose"]),
        (acts.AmendProject("red", assets=("planet:earth",)), ["bad_asset"]),
        (acts.RegisterProject("p", "acme", "P", "", "benign"), ["no_purpose"]),
        (
            acts.RegisterProject("red", "none", "P", "x", "T 1", ("A.b",)),
            ["unknown_tier", "unknown_organization", "bad_host", "duplicate_id"],
        ),
        (acts.AmendProject("none"), ["unknown_project"]),
        (acts.AmendProject("red", hosts=("http://a",), tier="T 1", ends=T0), ["bad_interval", "bad_host", "unknown_tier"]),
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
    world.act(acts.RegisterProject("blue", "acme", "Blue", "x", "benign"))
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
        world.act(acts.RegisterOrganization(f"o{depth}", "O", above, ends=CONTRACT_ENDS))
        above = f"o{depth}"
    assert codes(world, acts.RegisterOrganization("deep", "O", above, ends=CONTRACT_ENDS)) == ["too_deep"]
    world.act(acts.RegisterPerson("eve", above))
    assert world.standing("eve", above).lapses == ()


def test_a_new_membership_replaces_the_dates_of_the_old() -> None:
    world = small_world()
    world.act(acts.LeaveOrganization("ann", "acme"))
    assert world.standing().lapses != ()
    agreed(world.at(T0 + DAY), acts.JoinOrganization("ann", "acme"))
    assert world.standing().lapses == ()
    assert len(world.registry.people["ann"].memberships) == 1


def test_a_sponsored_contractor_lives_only_through_every_organization_above_it() -> None:
    world = small_world()
    world.act(acts.RegisterOrganization("crew", "Crew", "sub", ends=T0 + 9 * DAY))
    world.act(acts.RegisterPerson("eve", "crew"))
    assert world.standing("eve", "crew").lapses == ()
    assert world.standing("eve", "crew").next_change == T0 + 9 * DAY
    for above in ("sub", "acme"):
        world.act(acts.Suspend("organization", above))
        assert [lapse.id for lapse in world.standing("eve", "crew").lapses] == [above]
        world.act(acts.Restore("organization", above))
    assert world.standing("eve", "crew", T0 + 9 * DAY).lapses != (), "its own end is half-open"


def test_the_end_of_a_contract_can_be_moved_until_it_has_passed() -> None:
    world = small_world()
    world.act(acts.AmendOrganization("sub", ends=T0 + 2 * DAY))
    assert world.standing("ben", "sub", T0 + 2 * DAY).lapses != ()
    world.at(T0 + DAY).act(acts.AmendOrganization("sub", ends=T0 + 4 * DAY))
    assert world.standing("ben", "sub", T0 + 2 * DAY).lapses == ()
    world.at(T0 + 4 * DAY)
    assert codes(world, acts.AmendOrganization("sub", ends=T0 + 9 * DAY)) == ["already_ended"]


def test_kind_and_relation_are_kept() -> None:
    world = small_world()
    world.act(acts.RegisterOrganization("navy", "Navy", kind="agency"))
    world.act(acts.RegisterOrganization("near", "Near", "navy", relation="affiliate"))
    known = world.registry.organizations
    assert [(known[each].kind, known[each].relation) for each in ("navy", "near", "sub")] == [
        ("agency", "contractor"),
        ("company", "affiliate"),
        ("company", "contractor"),
    ]


def test_a_person_of_two_organizations_calls_for_the_one_the_key_names() -> None:
    world = small_world()
    world.act(acts.JoinOrganization("ann", "sub", role="visiting"))
    world.fact("ann", "employed_there", True, org="acme")
    world.act(acts.Suspend("organization", "sub"))
    for organization, known, alive in (("acme", FactStatus.KNOWN, True), ("sub", FactStatus.UNKNOWN, False)):
        standing = world.registry.standing(issue(world, "person", "ann", organization), world.now)
        assert standing is not None
        assert (standing.organization, standing.facts["employed_there"].status) == (organization, known)
        assert (standing.lapses == ()) is alive


def test_p1_no_role_makes_an_employee() -> None:
    """The employment relation is a fact with evidence; what somebody is called is not. Contractors and secondees have none."""
    world = small_world()
    for number, role in enumerate(("employee", "Employee", "full-time employee", "employed_there", "staff", "true")):
        world.act(acts.RegisterPerson(f"p{number}", "acme", role=role))
        world.act(acts.JoinOrganization("ben", "acme", role))
        for person in (f"p{number}", "ben"):
            assert world.standing(person).facts["employed_there"].status is FactStatus.UNKNOWN
    world.fact("ben", "employed_there", True, org="sub")
    assert world.standing("ben").facts["employed_there"].status is FactStatus.UNKNOWN, "a secondee is employed elsewhere"
    assert world.standing("ben", "sub").facts["employed_there"].value is True


def test_a_projects_scope_is_declared() -> None:
    world = small_world()
    assets = ("repository:acme/radio", "path:/srv/radio", "account:lab-7", "verb:read", "verb:read")
    world.act(acts.RegisterProject("blue", "acme", "Blue", "x", "benign", assets=assets))
    assert world.registry.projects["blue"].assets == tuple(sorted(set(assets)))
    world.act(acts.AmendProject("blue", assets=("verb:write",)))
    assert world.registry.projects["blue"].assets == ("verb:write",)


def test_p9_letting_a_project_do_more_leaves_who_when_and_why() -> None:
    world = small_world()
    world.act(acts.RegisterProject("blue", "acme", "Blue", "x", "benign"))
    assert codes(world, acts.AmendProject("blue", tier="low-risk-dual-use")) == ["no_reason"]
    (asked,) = world.at(T0 + DAY).act(acts.AmendProject("blue", tier="low-risk-dual-use", why="reviewed"), "officer-a")
    assert (asked.kind, world.registry.projects["blue"].tier) == ("request.opened", "benign")
    assert codes(world, acts.ApproveRequest(asked.subject), "officer-a") == ["own_work"]
    agreed, change = world.act(acts.ApproveRequest(asked.subject), "officer-b")
    assert (agreed.kind, agreed.actor) == ("request.approved", "officer-b")
    assert change.kind == "project.tiered"
    assert change.body == {"before": "benign", "tier": "low-risk-dual-use", "why": "reviewed"}
    kinds = [each.kind for each in world.act(acts.AmendProject("blue", purpose="y", tier="benign"))]
    assert kinds == ["project.amended", "project.tiered"], "doing less needs no reason"
    assert world.act(acts.AmendProject("blue", tier="benign")) == []
    found = world.registry.projects["blue"]
    assert [(one.at, one.actor, one.before, one.after, one.why) for one in found.tierings] == [
        (T0 + DAY, change.actor, "benign", "low-risk-dual-use", "reviewed"),
        (T0 + DAY, "officer", "low-risk-dual-use", "benign", ""),
    ]
    assert (found.tier, found.purpose) == ("benign", "y")


@pytest.mark.parametrize("tier", [each.value for each in ProgramTier if each is not ProgramTier.PROHIBITED])
def test_p9_a_prohibited_project_stays_prohibited(tier: str) -> None:
    world = small_world()
    world.act(acts.AmendProject("red", tier="prohibited"))
    assert codes(world, acts.AmendProject("red", tier=tier, why="a good reason")) == ["prohibited_stays"]
    assert world.act(acts.AmendProject("red", tier="prohibited")) == []


HOUR = 3_600 * 1_000_000
STOPS = [
    ("organization.restored", acts.Suspend("organization", "acme"), acts.Restore("organization", "acme")),
    ("project.restored", acts.Suspend("project", "red"), acts.Restore("project", "red")),
    ("person.restored", acts.Suspend("person", "ann"), acts.Restore("person", "ann")),
    ("agent.restored", acts.Suspend("agent", "bot"), acts.Restore("agent", "bot")),
    ("organization.amended", acts.End("organization", "acme", T0 + DAY), acts.AmendOrganization("acme", ends=FOREVER)),
    ("project.amended", acts.End("project", "red", T0 + DAY), acts.AmendProject("red", ends=FOREVER)),
    ("membership.started", acts.LeaveOrganization("ann", "acme", T0 + DAY), acts.JoinOrganization("ann", "acme")),
]


@pytest.mark.parametrize(("kind", "stop", "undo"), STOPS, ids=[each[0] for each in STOPS])
@pytest.mark.parametrize(
    ("by", "undone_by", "after", "waits"),
    [
        (FIRST, FIRST, HOUR, False),
        (FIRST, FIRST, HOUR + 1, True),
        (FIRST, SECOND, 0, True),
        ("os:ops", "os:ops", 0, True),
    ],
)
def test_p9_undoing_a_stop_takes_a_second_officer_unless_it_was_a_slip(
    kind: str, stop: acts.Act, undo: acts.Act, by: str, undone_by: str, after: int, waits: bool
) -> None:
    world = small_world()
    world.act(stop, by)
    (change,) = world.at(T0 + after).act(undo, undone_by)
    assert change.kind == ("request.opened" if waits else kind)
    if waits:
        assert "undoing that would lower a safeguard" in world.registry.requests[change.subject].needs[0].why
        done = world.act(acts.ApproveRequest(change.subject), "officer-c")
        assert [each.kind for each in done] == ["request.approved", kind]


def test_p9_nobody_makes_a_stop_of_another_his_own_slip() -> None:
    """Ending again, suspending again, or a shorter end in between: the first who stopped it stays on record."""
    world = small_world()
    for stop in (acts.End("project", "red", T0 + 9 * DAY), acts.LeaveOrganization("ann", "acme", T0 + 9 * DAY)):
        world.act(stop, FIRST)
    world.act(acts.End("project", "red", T0 + 8 * DAY), SECOND)
    world.act(acts.LeaveOrganization("ann", "acme", T0 + 8 * DAY), SECOND)
    world.act(acts.AmendProject("red", ends=T0 + 7 * DAY), SECOND)
    world.act(acts.JoinOrganization("ann", "acme", ends=T0 + 7 * DAY), SECOND)
    for undo in (acts.AmendProject("red", ends=FOREVER), acts.JoinOrganization("ann", "acme")):
        (change,) = world.act(undo, SECOND)
        assert change.kind == "request.opened"
    world.act(acts.Suspend("person", "ann"), FIRST)
    assert codes(world, acts.Suspend("person", "ann"), SECOND) == ["already_suspended"]
    world.act(acts.End("person", "ann", T0 + 9 * DAY), SECOND)
    (change,) = world.act(acts.Restore("person", "ann"), SECOND)
    assert change.kind == "request.opened"


def test_p9_what_is_agreed_is_a_stop_no_more_and_an_end_from_the_beginning_never_was_one() -> None:
    world = small_world()
    world.act(acts.AmendOrganization("sub", ends=CONTRACT_ENDS + DAY), FIRST)
    assert world.registry.organizations["sub"].ends == CONTRACT_ENDS + DAY
    world.act(acts.End("project", "red", T0 + DAY), FIRST)
    agreed(world.at(T0 + 2 * HOUR), acts.AmendProject("red", ends=T0 + 5 * DAY))
    assert world.registry.projects["red"].ending is None
    (change,) = world.act(acts.AmendProject("red", ends=T0 + 6 * DAY), SECOND)
    assert change.kind == "project.amended"


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (acts.AmendProject("red", hosts=("files.example", "more.example")), "project.amended"),
        (acts.AmendOrganization("acme", programs=("glass", "wing")), "organization.amended"),
    ],
)
def test_p9_more_hosts_or_programs_take_a_second_officer(act: acts.Act, kind: str) -> None:
    world = small_world()
    assert [each.kind for each in world.act(act, FIRST)] == ["request.opened"]
    assert agreed(small_world(), act)[-1].kind == kind


def test_fewer_hosts_or_programs_take_one_officer() -> None:
    world = small_world()
    assert [each.kind for each in world.act(acts.AmendProject("red", hosts=()))] == ["project.amended"]
    assert [each.kind for each in world.act(acts.AmendOrganization("acme", programs=()))] == ["organization.amended"]
