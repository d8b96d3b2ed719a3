"""The fold: what each change does, and that a copy is a copy."""

from __future__ import annotations

import pytest

from safeconduct.registry.changes import BODIES, Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import _EFFECTS, fold_in
from safeconduct.terms.faults import Refused
from support.registry_world import T0


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
