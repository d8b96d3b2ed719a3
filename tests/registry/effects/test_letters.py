"""What changes about models do."""

from __future__ import annotations

from safeconduct.office import acts
from safeconduct.terms.standing import Model
from support.letters import agreed
from support.registry_world import FABLE, small_world


def test_names_of_models_follow_the_catalog() -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    assert world.registry.resolve_model("fable") == FABLE
    renamed = Model(FABLE.id, "anthropic", "x", FABLE.dialects, FABLE.tier, FABLE.family, "X", ("saga",))
    agreed(world, acts.CatalogModel(renamed, replace=True))
    assert world.registry.resolve_model("fable") is None
    assert world.registry.resolve_model("saga") == renamed
    world.act(acts.WithdrawModel(FABLE.id))
    assert world.registry.resolve_model(FABLE.id) is None
    assert world.registry.resolve_withdrawn(FABLE.id) == renamed
    agreed(world, acts.CatalogModel(FABLE))
    assert world.registry.resolve_withdrawn(FABLE.id) is None
