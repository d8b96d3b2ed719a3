"""Remembered sessions are found by credential, person and key, and forgotten by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.exchange import sessions
from safeconduct.exchange.sessions import Session, Sessions
from support.exchange_world import scene

STANDING = scene().session().standing


def session(digest: bytes, person: str, key: str) -> Session:
    return Session(digest, replace(STANDING, person=person, credential=key), b"", "")


def test_a_session_is_current_until_another_takes_its_place() -> None:
    table = Sessions()
    first, second = session(b"1", "ann", "k1"), session(b"1", "ann", "k1")
    table.put(first)
    assert (table.current(first), table.get(b"1")) == (True, first)
    table.put(second)
    assert (table.current(first), table.current(second), len(table)) == (False, True, 1)


def test_touching_a_person_forgets_every_key_and_touching_a_key_only_that() -> None:
    table = Sessions()
    for digest, person, key in ((b"1", "ann", "k1"), (b"2", "ann", "k2"), (b"3", "ben", "k3")):
        table.put(session(digest, person, key))
    table.forget(["key/k1", "key/unknown"])
    assert [table.get(each) is None for each in (b"1", b"2", b"3")] == [True, False, False]
    table.forget(["person/ann", "person/unknown"])
    assert [table.get(each) is None for each in (b"1", b"2", b"3")] == [True, True, False]


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 2)
    table = Sessions()
    for number in range(5):
        table.put(session(bytes([number]), "ann", f"k{number}"))
        assert len(table) <= 2
    table.clear()
    assert len(table) == 0
