"""What was noted is found where its record is, whatever it is about, and by the measure's id."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from support.registry_world import DAY, FABLE, T0, issue, small_world


@pytest.mark.parametrize("who", ["person/ann", "agent/bot", "project/red", "organization/acme", f"model/{FABLE.id}", "key"])
def test_marks_are_found_by_target_and_by_id(who: str) -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    issue(world, "person", "ann")
    who = f"key/{next(each.id for each in world.registry.every_key())}" if who == "key" else who
    world.act(acts.TakeMeasure("M-000000000001", who, "watch", T0 + DAY))
    assert [each.who for each in world.registry.marks(who).measures] == [who]
    assert dict(world.registry.marked()) == {who: world.registry.marks(who)}
    found = world.registry.measure("M-000000000001")
    assert found is not None
    assert found.who == who
