"""The ready program: what a newcomer starts with works at once, and the rehearsal letter is entered but not in force."""

from __future__ import annotations

from safeconduct.assembly.seed import AGENT, ORGANIZATION, PEOPLE, PROJECT, sow
from safeconduct.exchange.rules import Rules
from safeconduct.policy.context import Context
from support.raw_gateway import Sower, now_moment, ready_world
from support.registry_world import World

PLAIN = Context(dialect="messages", operation="generate")


def test_employees_may_use_standard_models_and_restricted_ones_need_project_and_vetting() -> None:
    world = ready_world()
    policy = Rules()(world.registry, world.now)
    models = {model.id: model for model in world.registry.models()}
    for someone in PEOPLE:
        standing = world.registry.standing_for(person=someone.id, organization=ORGANIZATION, now=world.now)
        assert policy.decide(standing, models["claude-haiku-4-5"], PLAIN, world.now).permits
        assert not policy.decide(standing, models["claude-mythos-5"], PLAIN, world.now).permits
    member = world.registry.standing_for(person="ada", organization=ORGANIZATION, project=PROJECT, now=world.now)
    assert policy.decide(member, models["claude-mythos-5"], PLAIN, world.now).permits


def test_models_of_both_vendors_are_there_and_the_agent_has_a_sponsor() -> None:
    world = ready_world()
    assert {model.upstream for model in world.registry.models()} == {"anthropic", "openai"}
    agent = world.registry.standing_for(person="ada", organization=ORGANIZATION, now=world.now)
    assert agent.person == "ada"
    assert any(change.kind.startswith("agent.") and change.subject == AGENT for change in world.changes)


def test_the_letter_is_entered_and_waits_for_an_officer() -> None:
    held = {record.id: record.activated_at for record in ready_world().registry.instruments()}
    assert held["us-bis-2026-06-12"] is None
    assert held["program-terms-2026"] is not None


def test_safeguards_are_in_force_from_the_start_and_ordinary_access_stays_as_it_is() -> None:
    world = World().at(now_moment())
    sow(Sower(world), world.now)  # type: ignore[arg-type]
    assert {record.id for record in world.registry.instruments() if record.activated_at is not None} == {
        "program-terms-2026",
        "program-safeguards-2026",
    }
    standing = world.registry.standing_for(person="ada", organization=ORGANIZATION, now=world.now)
    models = {model.id: model for model in world.registry.models()}
    decided = Rules()(world.registry, world.now).decide(standing, models["claude-haiku-4-5"], PLAIN, world.now)
    assert decided.permits
    asked = {duty.value for duty in decided.duties}
    assert "secrets request redact" in asked
    assert not [value for value in asked if value.startswith("tools")], "only within a project"
