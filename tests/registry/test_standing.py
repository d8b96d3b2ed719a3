"""Standing: every link of the chain counts, and nobody is more than the one who answers for it."""

from __future__ import annotations

import hmac
from dataclasses import replace

import pytest

from safeconduct.office import acts
from safeconduct.registry.bodies.parties import AgentRegistered
from safeconduct.registry.changes import Change, draft
from safeconduct.registry.standing import MAX_AGENTS, leaf_pseudonym
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.standing import FactStatus, Lapse, Standing
from support.registry_world import DAY, PSEUDONYM_KEY, T0, World, issue, small_world


def by_key(world: World, digest: bytes) -> Standing:
    standing = world.registry.standing(digest, world.now)
    assert standing is not None
    return standing


def force(world: World, name: str, body: AgentRegistered) -> None:
    """Put a record into the history that the office would refuse."""
    made = draft(world.now, "officer", "agent.registered", name, body)
    change = Change(len(world.changes) + 1, made.at, made.actor, made.kind, made.subject, made.body)
    world.registry.apply(change)
    world.changes.append(change)


def test_a_person_with_a_key_stands_with_facts_and_project() -> None:
    world = small_world()
    world.fact("ann", "us_citizen", "yes")
    standing = by_key(world, issue(world, "person", "ann", project="red"))
    assert standing.lapses == ()
    assert (standing.person, standing.agents, standing.subject) == ("ann", (), "ann")
    assert (standing.project, standing.purpose, standing.tier) == ("red", "testing", "high-risk-dual-use")
    assert standing.project_hosts == {"files.example"}
    assert standing.programs == {"glass"}
    assert standing.facts["us_person.ear"].value == "yes"
    assert standing.facts["vetting"].status is FactStatus.UNKNOWN


def test_a_standing_tells_what_the_project_may_be_used_on_and_its_hash_follows() -> None:
    world = small_world()
    digest = issue(world, "person", "ann", project="red")
    before = by_key(world, digest)
    assert before.project_assets == frozenset()
    world.act(acts.AmendProject("red", assets=("verb:read", "repository:acme/radio")))
    after = by_key(world, digest)
    assert after.project_assets == {"verb:read", "repository:acme/radio"}
    assert after.hash != before.hash


def test_an_unknown_key_has_no_standing() -> None:
    assert small_world().registry.standing(b"\x00" * 32, T0) is None


def test_an_agent_stands_with_the_facts_of_its_person() -> None:
    world = small_world()
    world.fact("ann", "vetting", "level-2")
    world.act(acts.RegisterAgent("helper", "acme", "agent", "bot"))
    standing = by_key(world, issue(world, "agent", "helper"))
    assert standing.agents == ("helper", "bot")
    assert standing.person == "ann"
    assert standing.subject == "helper"
    assert standing.facts["vetting"].value == "level-2"
    assert standing.lapses == ()


def test_p1_an_agent_of_a_project_has_no_person_and_every_fact_is_unknown() -> None:
    world = small_world()
    standing = by_key(world, issue(world, "agent", "robo"))
    assert standing.person == ""
    assert standing.project == "red"
    assert {state.status for state in standing.facts.values()} == {FactStatus.UNKNOWN}
    assert standing.lapses == ()


@pytest.mark.parametrize(
    ("act", "lapse"),
    [
        (acts.Suspend("person", "ann"), Lapse("person", "ann", "suspended")),
        (acts.End("person", "ann"), Lapse("person", "ann", "ended")),
        (acts.LeaveOrganization("ann", "acme"), Lapse("membership", "ann@acme", "ended")),
        (acts.Suspend("agent", "bot"), Lapse("agent", "bot", "suspended")),
        (acts.End("agent", "bot"), Lapse("agent", "bot", "ended")),
        (acts.Suspend("organization", "acme"), Lapse("organization", "acme", "suspended")),
        (acts.End("organization", "acme"), Lapse("organization", "acme", "ended")),
        (acts.Suspend("project", "red"), Lapse("project", "red", "suspended")),
    ],
)
def test_p1_one_dead_link_is_a_lapse_of_everything_below_it(act: acts.Act, lapse: Lapse) -> None:
    world = small_world()
    digest = issue(world, "agent", "bot", project="red")
    assert by_key(world, digest).lapses == ()
    world.act(act)
    assert by_key(world, digest).lapses == (lapse,)


def test_a_restored_link_lives_again() -> None:
    world = small_world()
    world.act(acts.Suspend("person", "ann"))
    world.act(acts.Restore("person", "ann"))
    assert world.standing().lapses == ()


def test_a_sub_organization_lives_only_through_those_above_it() -> None:
    world = small_world()
    standing = world.standing("ben", "sub")
    assert standing.organizations_above == ("acme",)
    assert standing.programs == frozenset()  # programs are not inherited
    world.act(acts.Suspend("organization", "acme"))
    assert world.standing("ben", "sub").lapses == (Lapse("organization", "acme", "suspended"),)


def test_what_does_not_exist_or_is_elsewhere_is_a_lapse() -> None:
    world = small_world()
    assert world.standing("nobody", "acme").lapses == (Lapse("person", "nobody", "unknown"),)
    assert world.standing("ben", "acme").lapses == (Lapse("membership", "ben@acme", "unknown"),)
    assert Lapse("organization", "none", "unknown") in world.standing("ann", "none").lapses
    standing = world.registry.standing_for(person="ben", organization="sub", project="red", now=T0)
    assert standing.lapses == (Lapse("project", "red", "unknown"),)


def test_a_revoked_key_lapses_for_good() -> None:
    world = small_world()
    digest = issue(world, "person", "ann")
    name = next(iter(world.registry.keys))
    world.act(acts.RevokeKey(name))
    assert by_key(world, digest).lapses == (Lapse("key", name, "ended"),)


def test_a_chain_that_is_too_deep_or_crosses_organizations_lapses() -> None:
    world = small_world()
    above = "bot"
    for depth in range(MAX_AGENTS):
        force(world, f"a{depth}", AgentRegistered("acme", "agent", above, T0, FOREVER))
        above = f"a{depth}"
    assert world.registry.standing_for(agent="a1", organization="acme", now=T0).lapses == ()
    assert Lapse("agent", "bot", "unknown") in world.registry.standing_for(agent="a2", organization="acme", now=T0).lapses
    force(world, "stranger", AgentRegistered("sub", "agent", "bot", T0, FOREVER))
    assert Lapse("agent", "bot", "unknown") in world.registry.standing_for(agent="stranger", organization="sub", now=T0).lapses
    force(world, "ring", AgentRegistered("acme", "agent", "ring", T0, FOREVER))
    assert world.registry.standing_for(agent="ring", organization="acme", now=T0).lapses != ()


def test_an_agent_bound_to_a_project_works_for_no_other() -> None:
    world = small_world()
    world.act(acts.RegisterProject("blue", "acme", "Blue", "other", "benign"))
    asked = world.registry.standing_for(agent="robo", organization="acme", project="blue", now=T0)
    assert asked.project == "red"
    assert Lapse("project", "blue", "unknown") in asked.lapses
    force(world, "odd", AgentRegistered("acme", "agent", "robo", T0, FOREVER, project="blue"))
    assert world.registry.standing_for(agent="odd", organization="acme", now=T0).lapses != ()


def test_next_change_is_the_first_turn_of_any_link_or_fact() -> None:
    world = small_world()
    digest = issue(world, "person", "ann", until=T0 + 3 * DAY)
    assert by_key(world, digest).next_change == T0 + 3 * DAY
    world.fact("ann", "vetting", "level-1", until=T0 + 2 * DAY)
    assert by_key(world, digest).next_change == T0 + 2 * DAY
    world.act(acts.End("organization", "acme", at=T0 + DAY))
    assert by_key(world, digest).next_change == T0 + DAY


def test_between_now_and_next_change_the_hash_stays() -> None:
    world = small_world()
    digest = issue(world, "person", "ann")
    world.fact("ann", "vetting", "level-1", until=T0 + 2 * DAY)
    before = by_key(world, digest)
    last = world.registry.standing(digest, before.next_change - 1)
    after = world.registry.standing(digest, before.next_change)
    assert last is not None
    assert after is not None
    assert last.hash == before.hash
    assert after.hash != before.hash


def test_p11_pseudonyms_are_stable_and_tell_nothing_without_the_key() -> None:
    world = small_world()
    one, two = by_key(world, issue(world, "person", "ann")), by_key(world, issue(world, "person", "ann"))
    assert one.credential != two.credential
    assert (one.pseudonym, one.leaf_pseudonym, one.hash) == (two.pseudonym, two.leaf_pseudonym, two.hash)
    assert one.pseudonym != one.leaf_pseudonym
    assert len(one.pseudonym) <= 64  # what providers take for a user id
    assert "ann" not in one.pseudonym
    assert by_key(world, issue(world, "agent", "bot")).pseudonym == one.pseudonym  # the head of the chain is who it is about
    assert by_key(world, issue(world, "agent", "robo")).pseudonym != one.pseudonym
    world.act(acts.JoinOrganization("ann", "sub"))
    assert world.standing("ann", "sub").pseudonym != one.pseudonym  # two organizations cannot be matched up


def test_p8_the_hash_cannot_be_guessed_from_the_facts() -> None:
    world = small_world()
    other = Registry.fold(world.changes, b"another-pseudonym-key-of-32-byte")
    same = Registry.fold(world.changes, PSEUDONYM_KEY)
    asked = {"person": "ann", "organization": "acme", "now": T0}
    assert same.standing_for(**asked) == world.standing()
    assert other.standing_for(**asked).hash != world.standing().hash


def test_every_decisive_thing_moves_the_hash() -> None:
    world = small_world()
    seen = {world.standing().hash}
    for act in (
        acts.RecordFact("ann", "vetting", "level-1", "hr", "v", "m", T0, FOREVER),
        acts.AmendOrganization("acme", programs=()),
        acts.Suspend("person", "ann"),
    ):
        world.act(act)
        assert world.standing().hash not in seen
        seen.add(world.standing().hash)
    assert world.registry.standing_for(person="ann", organization="acme", project="red", now=T0).hash not in seen


def test_a_subsidiary_is_told_from_a_contractor() -> None:
    world = small_world()
    world.act(acts.RegisterOrganization("unit", "Unit", parent="acme", relation="subsidiary"))
    world.act(acts.RegisterPerson("eve", "unit"))
    standing = world.standing("eve", "unit")
    assert (standing.organizations_above, standing.relation) == (("acme",), "subsidiary")
    assert world.standing("ben", "sub").relation == "contractor"


def test_p8_without_the_handle_nobody_can_tell_whose_pseudonym_it_is() -> None:
    world = small_world()
    ann = world.standing("ann")
    handle = world.registry.people["ann"].handle
    assert handle
    assert (ann.handle, world.registry.handle("ann")) == (handle, handle)
    assert (
        world.registry.leaf_pseudonym("acme", "ann") == leaf_pseudonym(PSEUDONYM_KEY, "acme", "ann", handle) == ann.leaf_pseudonym
    )
    for guess in (b"", bytes(16)):
        assert leaf_pseudonym(PSEUDONYM_KEY, "acme", "ann", guess) != ann.leaf_pseudonym
    assert handle.hex() not in repr(ann)


def test_a_person_registered_before_there_were_handles_keeps_the_pseudonyms() -> None:
    world = small_world()
    old = Registry.fold([replace(each, salt=b"") for each in world.changes], PSEUDONYM_KEY)
    standing = old.standing_for(person="ann", organization="acme", now=T0)
    words = b"leaf:acme:person/ann"
    assert standing.leaf_pseudonym == "sc_" + hmac.digest(PSEUDONYM_KEY, words, "sha256")[:20].hex()
    assert standing.handle == b""
