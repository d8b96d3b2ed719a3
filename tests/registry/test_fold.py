"""The fold: what each change does, and that a copy is a copy."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.registry.changes import BODIES, Change
from safeconduct.registry.fold import _EFFECTS, State, fold_in
from safeconduct.terms.faults import Refused
from safeconduct.terms.standing import Model
from support.registry_world import FABLE, T0, small_world


def change(seq: int, kind: str, subject: str, **body: object) -> Change:
    return Change(seq, T0, "officer", kind, subject, body)


def test_every_kind_of_change_has_an_effect() -> None:
    assert set(_EFFECTS) == set(BODIES)


def test_changes_take_their_turn() -> None:
    state = State()
    with pytest.raises(ValueError, match="cannot follow"):
        fold_in(state, change(2, "authority.registered", "bis", name="BIS"))
    fold_in(state, change(1, "authority.registered", "bis", name="BIS"))
    with pytest.raises(ValueError, match="cannot follow"):
        fold_in(state, change(1, "authority.registered", "bis", name="BIS"))
    assert state.version == 1


def test_an_unreadable_change_stops_the_fold_before_any_effect() -> None:
    state = State()
    with pytest.raises(Refused):
        fold_in(state, change(1, "authority.registered", "bis", name="BIS", more=1))
    assert (state.version, state.authorities) == (0, {})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("person.suspended", {}),
        ("organization.ended", {"ends": 5}),
        ("membership.started", {"organization": "acme", "starts": 1, "ends": 2}),
        ("membership.ended", {"organization": "acme", "ends": 2}),
        ("key.revoked", {}),
        ("fact.withdrawn", {"record": 3}),
        ("model.withdrawn", {}),
        ("instrument.activated", {"version": 1}),
        ("instrument.withdrawn", {"version": 1}),
        ("person.amended", {"name": "x"}),
    ],
)
def test_a_change_about_nothing_known_changes_nothing(kind: str, body: dict[str, object]) -> None:
    state = State()
    fold_in(state, change(1, kind, "nobody", **body))
    assert state.version == 1
    assert not any(getattr(state, name) for name in ("people", "organizations", "keys", "models", "instruments"))
    assert not any(state.facts.values())


def test_an_end_never_moves_back() -> None:
    state = State()
    fold_in(state, change(1, "organization.registered", "acme", name="A", starts=0, ends=100))
    fold_in(state, change(2, "organization.ended", "acme", ends=50))
    fold_in(state, change(3, "organization.ended", "acme", ends=80))
    assert state.organizations["acme"].ends == 50
    fold_in(state, change(4, "organization.amended", "acme", ends=90))
    assert (state.organizations["acme"].ends, state.organizations["acme"].name) == (90, "A")


def test_an_id_that_is_registered_again_stays_what_it_was() -> None:
    state = State()
    fold_in(state, change(1, "organization.registered", "acme", name="A", starts=0, ends=100))
    fold_in(state, change(2, "organization.registered", "acme", name="B", starts=0, ends=200))
    assert state.organizations["acme"].name == "A"
    fold_in(state, change(3, "resource.recorded", "file-1", organization="acme"))
    fold_in(state, change(4, "resource.recorded", "file-1", organization="thief"))
    assert state.resources["file-1"].organization == "acme"


def test_a_key_id_or_digest_is_taken_once() -> None:
    state = State()
    body = {"digest": "aa" * 32, "holder_kind": "person", "holder": "ann", "organization": "acme", "starts": 0, "ends": 9}
    fold_in(state, change(1, "key.issued", "key-1", **body))
    fold_in(state, change(2, "key.issued", "key-2", **(body | {"holder": "eve"})))
    fold_in(state, change(3, "key.issued", "key-1", **(body | {"digest": "bb" * 32, "holder": "eve"})))
    assert [key.holder for key in state.keys.values()] == ["ann"]
    assert list(state.digests) == [b"\xaa" * 32]


def test_names_of_models_follow_the_catalog() -> None:
    world = small_world()
    world.act(acts.CatalogModel(FABLE))
    assert world.registry.resolve_model("fable") == FABLE
    renamed = Model(FABLE.id, "anthropic", "x", FABLE.dialects, "t", "f", "X", ("saga",))
    world.act(acts.CatalogModel(renamed, replace=True))
    assert world.registry.resolve_model("fable") is None
    assert world.registry.resolve_model("saga") == renamed
    world.act(acts.WithdrawModel(FABLE.id))
    assert world.registry.resolve_model(FABLE.id) is None
    assert world.registry.resolve_withdrawn(FABLE.id) == renamed
    world.act(acts.CatalogModel(FABLE))
    assert world.registry.resolve_withdrawn(FABLE.id) is None


def test_a_copy_goes_on_by_itself() -> None:
    world = small_world()
    twin = world.registry.copy()
    world.act(acts.Suspend("person", "ann"))
    world.fact("ann", "vetting", "level-1")
    assert not twin.people["ann"].suspended
    assert twin.facts_of("ann") == ()
    assert twin.version < world.registry.version
