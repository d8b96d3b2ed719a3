"""Which ladders are in force: those of active instruments, by the clock, and of the version that counts."""

from __future__ import annotations

from safeconduct.office import acts
from safeconduct.office.ladders import ladder_of
from safeconduct.terms.measures import Step
from support.letters import put_in_force
from support.registry_world import T0, small_world

HEAD = '[instrument]\nid = "ladder"\nauthority = "provider"\nkind = "organization_policy"\neffective = 2026-01-01T00:00:00Z\n'
RUNG = '[[ladder]]\nid = "a"\nband = "low"\nstep = "{}"\nminutes = 5\nautomatic = true\ntargets = ["agent"]\n'


def test_a_newer_version_takes_the_place_of_the_older_one() -> None:
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    assert ladder_of(world.registry, T0).rungs == ()
    for step in ("suspend", "hold"):
        put_in_force(world, HEAD + RUNG.format(step))
        world.at(world.now + 1)
    ladder = ladder_of(world.registry, world.now)
    assert [(each.id, each.step) for each in ladder.rungs] == [("ladder/a", Step.HOLD)]
    assert (ladder.limit("agent"), ladder.limit("person")) == (Step.HOLD, Step.WATCH)


def test_a_ladder_that_is_to_come_is_not_in_force() -> None:
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    put_in_force(world, (HEAD + RUNG.format("hold")).replace("2026-01-01", "2027-01-01"))
    assert ladder_of(world.registry, world.now).rungs == ()
