"""What changes about officers, keys of authorities and requests do; what refers to nothing known does nothing."""

from __future__ import annotations

import pytest

from safeconduct.registry.changes import Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import fold_in

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
OPENED = {"act": "party.end", "target": "ann", "body": {}, "needs": [{"why": "so"}], "expires": 9}


def folded(*rows: tuple[str, str, str, dict[str, object]]) -> State:
    state = State()
    for seq, (actor, kind, subject, body) in enumerate(rows, 1):
        fold_in(state, Change(seq, seq, actor, kind, subject, body))
    return state


def test_a_key_is_the_officers_own_once_the_officer_made_it() -> None:
    add = ("os:ops", "officer.added", "mira", {"digest": A})
    mine = ("officer:mira", "officer.keyed", "mira", {"digest": B})
    again = ("officer:noor", "officer.keyed", "mira", {"digest": C})
    assert not folded(add).officers["mira"].own
    state = folded(add, mine)
    assert (state.officers["mira"].own, set(state.officer_digests)) == (True, {bytes.fromhex(B)})
    found = folded(add, mine, again).officers["mira"]
    assert (found.own, found.issuers) == (False, ("os:ops", "officer:mira", "officer:noor"))


def test_a_request_collects_approvals_until_it_is_closed() -> None:
    opened = ("one", "request.opened", "r1", OPENED)
    first = ("two", "request.approved", "r1", {"done": False})
    state = folded(opened, first, ("three", "request.approved", "r1", {"done": True}), ("four", "request.declined", "r1", {}))
    found = state.requests["r1"]
    assert (found.status, found.approvals, found.closed_by) == ("done", ("two", "three"), "three")
    assert folded(opened, ("two", "request.declined", "r1", {}), first).requests["r1"].status == "declined"
    assert [found.state_at(now) for now in (1, 100)] == ["done", "done"]
    assert [folded(opened).requests["r1"].state_at(now) for now in (8, 9)] == ["open", "expired"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("authority.keyed", {"key": "x"}),
        ("officer.keyed", {"digest": A}),
        ("officer.ended", {}),
        ("request.approved", {"done": True}),
        ("request.declined", {}),
        ("instrument.transcribed", {"version": 1, "text": ""}),
        ("instrument.checked", {"version": 1}),
        ("instrument.previewed", {"version": 1, "digest": A, "basis": 0}),
        ("instrument.approved", {"version": 1, "sha256": A}),
        ("annex.matched", {"version": 1, "annex": "a", "name": "A", "organization": "acme"}),
    ],
)
def test_what_refers_to_nothing_known_changes_nothing(kind: str, body: dict[str, object]) -> None:
    state = folded(("one", kind, "nobody", body))
    assert [state.officers, state.requests, state.instruments, state.authorities] == [{}, {}, {}, {}]


def test_an_officer_is_added_once_and_ended_once() -> None:
    add = ("os:ops", "officer.added", "mira", {"digest": A})
    state = folded(add, ("os:ops", "officer.added", "mira", {"digest": B}), ("x", "officer.added", "noor", {"digest": A}))
    assert list(state.officers) == ["mira"]
    ended = folded(add, ("one", "officer.ended", "mira", {}), ("one", "officer.ended", "mira", {})).officers["mira"]
    assert ended.ended_at == 2
