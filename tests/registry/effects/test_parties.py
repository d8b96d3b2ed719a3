"""What changes about parties do."""

from __future__ import annotations

from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import fold_in
from support.registry_world import T0


def change(seq: int, kind: str, subject: str, **body: object) -> Change:
    return Change(seq, T0, "officer", kind, subject, body)


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


def test_a_change_of_tier_is_kept_with_its_reason_and_of_no_project_does_nothing() -> None:
    state = State()
    fold_in(
        state, change(1, "project.registered", "red", organization="o", name="", purpose="x", tier="benign", starts=0, ends=9)
    )
    fold_in(state, change(2, "project.tiered", "red", before="benign", tier="prohibited", why="misused"))
    fold_in(state, change(3, "project.tiered", "none", before="benign", tier="prohibited"))
    assert (state.projects["red"].tier, [one.why for one in state.projects["red"].tierings]) == ("prohibited", ["misused"])
    assert state.projects.keys() == {"red"}
