"""That a copy is a copy."""

from __future__ import annotations

from safeconduct.office import acts
from support.registry_world import small_world


def test_a_copy_goes_on_by_itself() -> None:
    world = small_world()
    twin = world.registry.copy()
    world.act(acts.Suspend("person", "ann"))
    world.fact("ann", "vetting", "level-1")
    assert not twin.people["ann"].suspended
    assert twin.facts_of("ann") == ()
    assert twin.version < world.registry.version
