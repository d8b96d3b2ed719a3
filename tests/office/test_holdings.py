"""Models, resources and instruments: what may be kept, put in force, and withdrawn."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from safeconduct.office import acts
from safeconduct.terms.faults import Refused
from support.registry_world import FABLE, World, letter, small_world


def codes(world: World, act: acts.Act) -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act)
    return [fault.code for fault in refused.value.faults]


def test_a_model_is_cataloged_once_or_replaced_on_purpose() -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    assert codes(world, acts.CatalogModel(FABLE)) == ["duplicate_model"]
    assert codes(world, acts.CatalogModel(replace(FABLE, id="Fable", aliases=()))) == ["model_name_taken"]
    assert codes(world, acts.CatalogModel(replace(FABLE, id="a b", aliases=()))) == ["model_name"]
    world.act(acts.CatalogModel(replace(FABLE, tier="other"), replace=True))
    assert world.registry.models()[0].tier == "other"
    world.act(acts.WithdrawModel(FABLE.id))
    assert codes(world, acts.WithdrawModel(FABLE.id)) == ["unknown_model"]
    assert codes(world, acts.WithdrawModel("fable")) == ["unknown_model"]


def test_a_stored_thing_never_changes_hands() -> None:
    world = small_world()
    world.act(acts.RecordResource("file-1", "acme"))
    assert codes(world, acts.RecordResource("file-1", "sub")) == ["known_resource"]
    assert codes(world, acts.RecordResource("file-1", "acme")) == ["known_resource"]
    assert codes(world, acts.RecordResource("file 2", "none")) == ["bad_resource", "unknown_organization"]


def test_an_instrument_is_entered_as_received_and_then_activated() -> None:
    world = world_with_model()
    text = letter("all")
    (entered,) = world.act(acts.EnterInstrument("letter", text))
    assert entered.body["text"] == text
    assert entered.body["sha256"] == sha256(text.encode()).hexdigest()
    assert world.registry.instruments()[0].status == "entered"
    world.act(acts.ActivateInstrument("letter"))
    assert world.registry.instruments()[0].status == "active"
    assert world.registry.instruments()[0].activated_by == "officer"


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (acts.EnterInstrument("Letter", " "), ["bad_id", "empty_instrument", "missing_table", "missing_table"]),
        (acts.EnterInstrument("other", "x" * (8 * 1024 * 1024 + 1)), ["big_instrument", "instrument_too_long"]),
        (acts.EnterInstrument("letter", letter("one")), ["same_instrument"]),
        (acts.EnterInstrument("other", letter("one")), ["other_instrument"]),
        (acts.EnterInstrument("letter", letter("one").replace("fable", "nothing")), ["unknown_model"]),
        (acts.ActivateInstrument("other"), ["unknown_instrument"]),
        (acts.ActivateInstrument("letter", 7), ["unknown_version"]),
        (acts.ActivateInstrument("letter"), ["instrument_not_entered"]),
        (acts.WithdrawInstrument("other"), ["unknown_instrument"]),
    ],
)
def test_what_cannot_be_done_with_an_instrument(act: acts.Act, expected: list[str]) -> None:
    world = world_with_model()
    world.act(acts.EnterInstrument("letter", letter("one")))
    world.act(acts.ActivateInstrument("letter"))
    assert codes(world, act) == expected


def test_without_a_version_the_obvious_one_is_meant() -> None:
    world = world_with_model()
    for rule in ("one", "two"):
        world.act(acts.EnterInstrument("letter", letter(rule)))
    world.act(acts.ActivateInstrument("letter", 1))
    world.act(acts.WithdrawInstrument("letter"))
    assert [each.status for each in world.registry.instruments()] == ["withdrawn", "entered"]
    world.act(acts.ActivateInstrument("letter"))
    world.act(acts.WithdrawInstrument("letter"))
    assert codes(world, acts.WithdrawInstrument("letter")) == ["already_withdrawn"]
    assert codes(world, acts.ActivateInstrument("letter", 1)) == ["instrument_not_entered"]
    world.act(acts.EnterInstrument("letter", letter("one")))  # withdrawn for good; entered again it is a new version
    assert world.registry.instruments()[-1].version == 3


def test_what_was_sound_when_entered_is_asked_again_when_activated() -> None:
    world = world_with_model()
    world.act(acts.EnterInstrument("letter", letter("one")))
    world.act(acts.WithdrawModel(FABLE.id))
    assert codes(world, acts.ActivateInstrument("letter")) == ["unknown_model"]


def world_with_model() -> World:
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    return world
