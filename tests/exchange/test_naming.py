"""A name means one model, byte for byte, whoever asks."""

from __future__ import annotations

import pytest

from safeconduct.exchange.naming import model_meant
from safeconduct.office import acts
from support.registry_world import FABLE, small_world


def test_a_name_means_its_model_by_id_and_alias() -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    assert model_meant(world.registry, FABLE.id) == FABLE == model_meant(world.registry, "fable")


@pytest.mark.parametrize(
    "name", ["", "Fable", "fable ", "fa\u200bble", "claude-fable-\uff15", "claude-fable-5%20", "other", "x" * 1_000]
)
def test_whatever_else_means_nothing(name: str) -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    assert model_meant(world.registry, name) is None


def test_a_withdrawn_model_is_still_meant_by_its_canonical_name_alone() -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    world.act(acts.WithdrawModel(FABLE.id, "replaced"))
    assert model_meant(world.registry, FABLE.id) == FABLE
    assert model_meant(world.registry, "fable") is None
