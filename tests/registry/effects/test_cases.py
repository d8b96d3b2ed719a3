"""What changes about cases, reads and holds leave behind; each takes effect once."""

from __future__ import annotations

from safeconduct.registry.changes import Change
from safeconduct.registry.state import Registry
from support.registry_world import PSEUDONYM_KEY


def registry_of(*lines: tuple[str, str, dict[str, object]]) -> Registry:
    made = Registry(PSEUDONYM_KEY)
    for number, (kind, subject, body) in enumerate(lines, 1):
        made.apply(Change(number, number, f"officer:o{number}", kind, subject, body))
    return made


def test_a_case_is_opened_and_closed_once() -> None:
    registry = registry_of(
        ("case.opened", "leak", {"why": "w", "organization": "acme"}),
        ("case.opened", "leak", {"why": "other", "calls": ["c"]}),
        ("case.closed", "leak", {}),
        ("case.closed", "leak", {}),
    )
    case = registry.cases["leak"]
    assert (case.why, case.opened_by, case.closed_at, case.closed_by) == ("w", "officer:o1", 3, "officer:o3")
    assert case.covers("acme", "x")
    assert not case.covers("", "x")
    assert not case.covers("borg", "x")


def test_a_read_uses_its_permission_up_and_no_other() -> None:
    leave = {"case": "leak", "part": "answer", "until": 99, "second": "officer:b"}
    registry = registry_of(
        ("content.permitted", "c", leave),
        ("content.permitted", "c", leave),
        ("content.read", "c", {"case": "leak", "part": "answer", "why": "w", "permission": 2, "second": "officer:b"}),
    )
    assert [each.used for each in registry.permissions.values()] == [False, True]
    assert [(each.number, each.actor, each.second) for each in registry.reads.values()] == [(3, "officer:o3", "officer:b")]


def test_a_hold_lasts_until_it_is_released() -> None:
    registry = registry_of(
        ("hold.placed", "h1", {"kind": "call", "target": "c", "why": "w"}),
        ("hold.released", "h1", {"why": "over"}),
        ("hold.placed", "h1", {"kind": "call", "target": "d", "why": "w"}),
        ("hold.released", "h1", {"why": "again"}),
    )
    hold = registry.holds["h1"]
    assert (hold.target, hold.released_at, hold.released_by) == ("c", 2, "officer:o2")


def test_a_copy_goes_on_by_itself() -> None:
    registry = registry_of(("case.opened", "leak", {"why": "w", "organization": "acme"}))
    twin = registry.copy()
    twin.apply(Change(2, 2, "a", "content.flagged", "c", {"kept_class": "flagged", "why": "w"}))
    assert (dict(registry.flagged), dict(twin.flagged)) == ({}, {"c": "flagged"})
