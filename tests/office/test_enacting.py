"""The sequence that puts a letter in force is the one that officers walk, with two actors and no step left out."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.office.enacting import steps_to_enact
from safeconduct.terms.faults import Refused
from support.registry_world import FABLE, letter, small_world


@pytest.mark.parametrize("left_out", range(6))
def test_no_step_can_be_left_out(left_out: int) -> None:
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    steps = steps_to_enact("letter", 1, letter("one"), by="one", second="other", figures={"lost": 3})
    assert {step.actor for step in steps} == {"one", "other"}
    for step in steps[:left_out]:
        world.act(step.act, step.actor)
    if left_out == len(steps) - 1:
        world.act(steps[-1].act, steps[-1].actor)
        record = world.registry.instruments()[0]
        assert record.preview is not None
        assert (record.status, record.preview.figures) == ("active", {"lost": 3})
        return
    later = iter(steps[left_out + 1 :])
    with pytest.raises(Refused):
        any(world.act(step.act, step.actor) is None for step in later)


def test_a_text_that_cannot_be_read_has_no_steps() -> None:
    with pytest.raises(Refused):
        steps_to_enact("letter", 1, "[instrument", by="one", second="other")
