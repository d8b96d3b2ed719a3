"""Models, resources and rule packs: what may be kept, and what takes a second officer."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import pytest

from safeconduct.exchange.rules import Rules
from safeconduct.instruments.packs import read_pack
from safeconduct.office import acts
from safeconduct.terms.faults import Refused
from safeconduct.terms.standing import Model
from support.letters import put_in_force, take_back
from support.registry_world import FABLE, World, letter, small_world


def codes(world: World, act: acts.Act, actor: str = "officer") -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act, actor)
    return [fault.code for fault in refused.value.faults]


def test_a_model_is_cataloged_once_or_replaced_on_purpose() -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    assert codes(world, acts.CatalogModel(FABLE)) == ["duplicate_model"]
    assert codes(world, acts.CatalogModel(replace(FABLE, id="Fable", aliases=()))) == ["model_name_taken"]
    assert codes(world, acts.CatalogModel(replace(FABLE, id="a b", aliases=()))) == ["model_name"]
    world.act(acts.CatalogModel(replace(FABLE, display_name="Fable, the fifth"), replace=True))
    assert world.registry.models()[0].display_name == "Fable, the fifth"
    world.act(acts.WithdrawModel(FABLE.id))
    assert codes(world, acts.WithdrawModel(FABLE.id)) == ["unknown_model"]
    assert codes(world, acts.WithdrawModel("fable")) == ["unknown_model"]


def test_a_stored_thing_never_changes_hands() -> None:
    world = small_world()
    world.act(acts.RecordResource("file-1", "acme"))
    assert codes(world, acts.RecordResource("file-1", "sub")) == ["known_resource"]
    assert codes(world, acts.RecordResource("file-1", "acme")) == ["known_resource"]
    assert codes(world, acts.RecordResource("file 2", "none")) == ["bad_resource", "unknown_organization"]


def test_p9_another_tier_of_a_model_takes_a_second_officer() -> None:
    """Rules speak of tiers and families: moving a model may take it out of a prohibition, withdrawn in between or not."""
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    moved = replace(FABLE, tier="standard")
    world.act(acts.CatalogModel(moved, replace=True), "officer-a")
    assert world.registry.models()[0].tier == FABLE.tier
    (request,) = world.registry.requests.values()
    world.act(acts.ApproveRequest(request.id), "officer-b")
    assert world.registry.models()[0].tier == "standard"
    world.act(acts.WithdrawModel(FABLE.id))
    world.act(acts.CatalogModel(FABLE), "officer-a")
    assert world.registry.models() == []


SAME = [
    replace(FABLE, id="free", aliases=(), tier="standard", family="free"),
    replace(FABLE, id="free", aliases=(), served_as="CLAUDE-fable-5"),  # a rule may name the other one by its id
    replace(FABLE, id="free", aliases=(), upstream="elsewhere", served_as="fable"),
]


@pytest.mark.parametrize("model", SAME, ids=str)
def test_p9_a_second_entry_for_the_same_model_takes_a_second_officer(model: Model) -> None:
    """Else one officer alone serves a model under a name that no prohibition of it knows; withdrawn in between or not."""
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    world.act(acts.CatalogModel(model), "officer-a")
    world.act(acts.WithdrawModel(FABLE.id))
    world.act(acts.CatalogModel(replace(model, display_name="Again")), "officer-a")
    assert world.registry.models() == []
    assert len(world.registry.requests) == 2


def test_p9_what_a_model_is_at_the_provider_takes_a_second_officer() -> None:
    world = small_world()
    plain = replace(FABLE, id="plain", served_as="plain", aliases=(), tier="standard", family="plain")
    world.act(acts.CatalogModel(plain))
    world.act(acts.CatalogModel(replace(plain, served_as="plain-2"), replace=True), "officer-a")
    assert world.registry.models() == [plain]
    (request,) = world.registry.requests.values()
    world.act(acts.ApproveRequest(request.id), "officer-b")
    assert world.registry.models()[0].served_as == "plain-2"


PACK = (resources.files("safeconduct.assembly") / "packs" / "us-country-groups.toml").read_text("utf-8")


def test_p9_a_rule_pack_counts_once_a_second_officer_agreed() -> None:
    world = small_world()
    world.act(acts.EnterPack("us-country-groups", PACK), "officer-a")
    assert world.registry.packs() == []
    (request,) = world.registry.requests.values()
    assert codes(world, acts.ApproveRequest(request.id), "officer-a") == ["own_work"]
    world.act(acts.ApproveRequest(request.id), "officer-b")
    [pack] = world.registry.packs()
    assert (pack.text, pack.entered_by) == (PACK, "officer-a")
    assert world.registry.force_changed == world.registry.version
    assert codes(world, acts.EnterPack("us-country-groups", PACK)) == ["same_pack"]


def test_a_pack_that_does_not_read_is_refused_at_once() -> None:
    world = small_world()
    assert codes(world, acts.EnterPack("us-country-groups", "[pack")) == ["toml_syntax"]
    assert codes(world, acts.EnterPack("other", PACK)) == ["other_pack"]
    assert not world.registry.requests


def rewritten(old: str, new: str) -> str:
    """The pack with one line said otherwise, and the hash of its content to fit."""
    text = PACK.replace(old, new)
    assert text != PACK
    with pytest.raises(Refused, match="comes to") as refused:
        read_pack(text)
    found = str(refused.value.faults[0].what).rpartition(" ")[2]
    return text.replace(read_pack(PACK).content_sha256, found)


def test_p5_a_pack_without_a_list_that_a_letter_names_is_refused() -> None:
    """The rules could not be compiled any more, and everybody would be stopped."""
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    world.act(acts.EnterPack("us-country-groups", PACK), "officer-a")
    world.act(acts.ApproveRequest(next(iter(world.registry.requests))), "officer-b")
    put_in_force(world, letter("one").replace("'true'", "'principal.nationality.containsAny(Pack::\"us-country-groups/D5\")'"))
    without = rewritten('id = "D5"', 'id = "D9"')
    assert codes(world, acts.EnterPack("us-country-groups", without)) == ["list_in_use"]
    take_back(world, "letter")
    world.act(acts.EnterPack("us-country-groups", without), "officer-a")
    world.act(acts.ApproveRequest(list(world.registry.requests)[-1]), "officer-b")
    assert Rules()(world.registry, world.now).compiled.rules == ()
