"""The subject of a standing is the one who calls."""

from __future__ import annotations

from support.registry_world import issue, small_world


def test_the_one_who_calls_is_the_agent_where_there_is_one() -> None:
    world = small_world()
    own, through = issue(world, "person", "ann"), issue(world, "agent", "bot")
    person, agent = world.registry.standing(own, world.now), world.registry.standing(through, world.now)
    assert person is not None
    assert agent is not None
    assert (person.subject, person.person, person.agents) == ("ann", "ann", ())
    assert (agent.subject, agent.person, agent.agents) == ("bot", "ann", ("bot",))
