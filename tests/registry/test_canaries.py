"""A list is looked for as long as its organization lives, whether or not it is suspended."""

from __future__ import annotations

from safeconduct.office import acts
from safeconduct.registry.canaries import in_force
from safeconduct.terms.moments import FOREVER, SECOND
from support.registry_world import T0, small_world


def test_a_list_ends_with_its_organization() -> None:
    world = small_world()
    world.act(acts.ListCanaries("acme", "seeds", "00" * 8, "11" * 8))
    tables = (world.registry.canaries, world.registry.organizations)
    (found,), until = in_force(*tables, T0)
    assert (found.id, found.size, until) == ("acme/seeds", 2, FOREVER)
    world.act(acts.Suspend("organization", "acme"))
    assert in_force(*tables, T0)[0] == (found,)
    world.act(acts.End("organization", "acme", T0 + SECOND))
    assert in_force(*tables, T0) == ((found,), T0 + SECOND)
    assert in_force(*tables, T0 + SECOND) == ((), FOREVER)
