"""A world with two officers and a case, for tests about reading."""

from __future__ import annotations

from safeconduct.office import acts
from support.registry_world import World, digest_number, small_world

MIRA, NOOR = "officer:mira", "officer:noor"
CALL = "call_a1b2c3d4e5f6_1"


def case_world() -> World:
    """The small world, officers mira and noor, and a case ``leak`` about acme."""
    world = small_world()
    for number, name in enumerate(("mira", "noor"), 1):
        world.act(acts.AddOfficer(name, digest_number(1000 + 10 * number)), "os:ops")
        world.act(acts.KeyOfficer(name, digest_number(1001 + 10 * number)), f"officer:{name}")
    world.act(acts.OpenCase("leak", "a leak was reported", "acme"), MIRA)
    return world
