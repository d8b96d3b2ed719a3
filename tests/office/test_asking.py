"""Asking: what rules share. A fault names the act and a way on; a draft carries who and when."""

from __future__ import annotations

from safeconduct.office.asking import Asking
from safeconduct.registry.bodies.parties import Suspended
from support.registry_world import T0, small_world


def test_faults_collect_under_the_place_they_belong_to() -> None:
    ask = Asking(small_world().registry, "officer", T0, "act one")
    ask.wants_id("person", "Ann")
    ask.where = "r.csv:7"
    ask.wants_organization("none")
    ask.wants_project("", "acme")
    ask.wants_project("red", "sub")
    ask.wants_member("ann", "acme")
    ask.wants_interval(5, 5)
    assert [(fault.code, fault.where) for fault in ask.faults] == [
        ("bad_id", "act one"),
        ("unknown_organization", "r.csv:7"),
        ("foreign_project", "r.csv:7"),
        ("bad_interval", "r.csv:7"),
    ]


def test_a_change_carries_actor_and_moment() -> None:
    ask = Asking(small_world().registry, "officer", T0, "act")
    ask.change("person.suspended", "ann", Suspended("why"))
    (draft,) = ask.drafts
    assert (draft.at, draft.actor, draft.kind, draft.subject, draft.body) == (
        T0,
        "officer",
        "person.suspended",
        "ann",
        {"why": "why"},
    )
