"""A registry's file read without believing it, and two lists that meet on the disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from safeconduct.inquiry.reconciling import Performed
from safeconduct.registry.changes import Draft, Intent
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.storage.sqlite.comparing import Meeting, RegistryFile
from safeconduct.terms.faults import Refused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with ChangeStore.open(tmp_path / "r.db") as store:
        store.append([Draft(1, "op", "authority.registered", f"a{number}", {"name": "A"}) for number in range(3)], name="one")
    return tmp_path / "r.db"


def test_rows_are_read_as_they_lie_there(path: Path) -> None:
    with ChangeStore.open(path) as store, RegistryFile.open(path) as file:
        store.append([Draft(2, "op", "authority.registered", "later", {"name": "A"})])
        assert (file.head, file.intent(), file.guards()) == (3, None, [])
        rows = list(file.changes())
        assert [(row.seq, row.body, len(row.salt), len(row.hash)) for row in rows] == [
            (number, b'{"name":"A"}', 16, 64) for number in (1, 2, 3)
        ], "as of the moment it was opened"
        assert [(act.first, act.last, act.name) for act in file.acts()] == [(1, 3, "one")]
    with ChangeStore.open(path) as store:
        store.intend(Intent("act", "sc_a", "s", "d"))
        with RegistryFile.open(path) as file:
            assert file.intent() == Intent("act", "sc_a", "s", "d")


def test_types_and_hashes_that_cannot_be_are_values_that_differ(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE change")
        connection.execute("CREATE TABLE change (seq, at, actor, kind, subject, body, salt, hash, left_salt)")
        connection.execute(
            "INSERT INTO change VALUES (1, 'x', 7, NULL, 's', 'text', 5, 'short', NULL),"
            " (2, 1, '', '', '', NULL, NULL, NULL, NULL)"
        )
    with RegistryFile.open(path) as file:
        one, other = file.changes()
        assert (one.at, one.actor, one.kind, one.body, one.salt, one.hash) == (-1, "7", "None", b"text", b"5", "0" * 64)
        assert (other.body, other.salt, other.hash) == (b"", b"", "")
        assert {"change", "change_is_never_deleted"} <= set(file.guards())


def test_what_is_no_registry_is_refused(tmp_path: Path, path: Path) -> None:
    with pytest.raises(Refused, match="cannot be opened"):
        RegistryFile.open(tmp_path / "none.db")
    rubbish = tmp_path / "rubbish.db"
    rubbish.write_bytes(b"rubbish" * 1000)
    with pytest.raises(Refused, match="cannot be opened"):
        RegistryFile.open(rubbish)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(Refused, match="format 99"):
        RegistryFile.open(path)


def act(first: int, digest: str, *hashes: str, index: int = 0) -> Performed:
    return Performed("", index, 1, "act", digest, hashes, first, 1)


def test_acts_come_back_in_order_of_place_without_those_that_failed() -> None:
    with Meeting() as meeting:
        meeting.performed(act(5, "e"), "w", 2)
        meeting.performed(act(2, "b", "h1", "h2", index=-1), "w", 1)
        meeting.performed(act(2, "b", "h1", "h2", index=7), "w", 1)
        meeting.performed(act(3, "c"), "v", 1)
        meeting.performed(act(9, "x"), "v", 2)
        meeting.failed("c")
        assert list(meeting.acts("x")) == [act(2, "b", "h1", "h2", index=7), act(5, "e")], "signed or waiting, it counts once"
        assert (meeting.intent("c"), meeting.intent("z"), meeting.oldest_change()) == (Intent("act", "", "", "c"), None, 2)


def test_content_meets_its_entries() -> None:
    with Meeting() as meeting:
        meeting.kept("standard/2026-06/w:8", "aa", "call_w_1", "", 4)
        meeting.kept("standard/2026-06/w:99", "bb", "call_w_2", "", 6)
        meeting.caller("call_w_1", "sc_ann")
        meeting.found(["standard/2026-06/w:8", "standard/2026-06/z:8"])
        assert [(each.sha256, each.caller) for each in meeting.contents()] == [("aa", "sc_ann"), ("bb", "")]
        assert list(meeting.unnamed()) == ["standard/2026-06/z:8"]
        meeting.erased("class flagged/2026-07", "desk")
        meeting.flagged("call_w_1", "2026-07")
        meeting.flagged("call_w_2", "2026-08")
        assert (meeting.is_erased("class flagged/2026-07"), meeting.is_erased("call call_w_1")) == (True, False)
        assert (meeting.is_erased_where_it_passed("call_w_1"), meeting.is_erased_where_it_passed("call_w_2")) == (True, False)
        meeting.erased_changes("w", 3, 7)
        meeting.erased_changes("w", 3, 7)
        meeting.erased_changes("w", 4, 0)
        assert meeting.logged_erasures() == [7]
        meeting.barred("w")
        assert meeting.logged_erasures() == []
        assert meeting.is_erased("class flagged/2026-07")
        meeting.barred("desk")
        assert not meeting.is_erased("class flagged/2026-07")
        assert not meeting.is_erased_where_it_passed("call_w_1")
        assert meeting.oldest_change() == 1
