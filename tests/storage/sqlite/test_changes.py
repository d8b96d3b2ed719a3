"""The history in SQLite: it only grows, all or nothing, one writer at a time."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from safeconduct.registry.changes import SALT_BYTES, Change, Draft, Intent, digest_of, sealed
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Refused


def draft(number: int, at: int = 10, **body: object) -> Draft:
    return Draft(at, "officer", "authority.registered", f"a{number}", {"name": f"A {number}"} | body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


@pytest.fixture
def store(path: Path) -> ChangeStore:
    with ChangeStore.open(path) as opened:
        opened.append([draft(1), draft(2)])
        yield opened


def test_what_was_appended_is_read_back_in_order(store: ChangeStore, path: Path) -> None:
    assert store.append([draft(3, at=11, list=[1, "ü", True])], name="act", salt=b"s", digest="d") == 3
    made = list(store.since(2))
    assert made == [Change(3, 11, "officer", "authority.registered", "a3", {"name": "A 3", "list": [1, "ü", True]})]
    assert [change.seq for change in store.since(0)] == [1, 2, 3]
    assert (store.head(), made[-1].at) == (3, 11)
    assert store.acts()[1] == (3, 3, "act", b"s", "d")
    with ChangeStore.open(path) as again:
        assert list(again.since(0)) == list(store.since(0))


def test_an_act_carries_the_digest_of_its_changes(store: ChangeStore) -> None:
    first, last, _, salt, digest = store.acts()[0]
    assert (first, last) == (1, 2)
    salts = [change.salt for change in store.since(0)]
    assert [len(salt) for salt in salts] == [SALT_BYTES, SALT_BYTES]
    assert digest == digest_of([sealed(draft(1), salts[0]), sealed(draft(2), salts[1])], salt)


def test_an_empty_history_has_no_head(tmp_path: Path) -> None:
    with ChangeStore.open(tmp_path / "new.db") as store:
        assert (store.head(), list(store.since(0)), store.append([])) == (0, [], 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE change SET actor = 'eve'",
        "UPDATE change SET body = x'7b7d' WHERE seq = 2",
        "DELETE FROM change",
        "DELETE FROM change WHERE seq = 2",
        "INSERT OR REPLACE INTO change SELECT seq, at, 'eve', kind, subject, body, salt, hash, left_salt FROM change",
        "INSERT INTO change SELECT 9, at, actor, kind, subject, body, salt, hash, left_salt FROM change WHERE seq = 1",
        "INSERT INTO change SELECT 3, 1, actor, kind, subject, body, salt, hash, left_salt FROM change WHERE seq = 1",
        "INSERT INTO change SELECT 3, at, '', kind, subject, body, salt, hash, left_salt FROM change WHERE seq = 1",
        "UPDATE act SET digest = ''",
        "DELETE FROM act",
        "INSERT OR REPLACE INTO act VALUES (1, 2, 'x', x'00', 'y', NULL)",
    ],
)
def test_p6_history_is_append_only(store: ChangeStore, path: Path, statement: str) -> None:
    before, acts = list(store.since(0)), store.acts()
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.Error, match=r"append-only|constraint"):
        connection.execute(statement)
    connection.close()
    assert list(store.since(0)) == before
    assert store.acts() == acts


def test_an_append_that_fails_leaves_nothing(store: ChangeStore) -> None:
    before = list(store.since(0))
    with pytest.raises(OSError, match="time does not run backwards"):
        store.append([draft(3, at=11), draft(4, at=5)])
    with pytest.raises(OSError, match="UNIQUE"):
        store.append([draft(3, at=11)], digest=store.acts()[0][4])
    assert list(store.since(0)) == before
    assert store.append([draft(3, at=11)]) == 3


def test_an_intent_ends_with_the_commit_or_when_given_up(store: ChangeStore) -> None:
    intent = Intent("person.register", "sc_x", "commitment", "digest")
    store.intend(intent)
    assert store.intent() == intent
    with pytest.raises(OSError, match="does not take"):
        store.intend(intent)
    store.append([draft(3)], digest="digest")
    assert store.intent() is None
    store.intend(intent)
    store.give_up()
    assert store.intent() is None


def test_readers_see_commits_of_others_and_commit_nothing(store: ChangeStore, path: Path) -> None:
    with ChangeStore.open(path, read_only=True) as reader:
        assert [change.seq for change in reader.since(2)] == []
        store.append([draft(3)])
        assert [change.seq for change in reader.since(2)] == [3]
        with pytest.raises(OSError, match="readonly"):
            reader.append([draft(4)])


def test_a_long_read_sees_one_moment(store: ChangeStore, path: Path) -> None:
    with ChangeStore.open(path, read_only=True) as reader:
        reading = reader.since(0)
        assert next(reading).seq == 1
        store.append([draft(3)])
        assert [change.seq for change in reading] == [2]


def test_one_writer_at_a_time(store: ChangeStore, path: Path) -> None:
    with (
        ChangeStore.open(path) as other,
        store.exclusive(),
        pytest.raises(Refused, match="another administrative act"),
        other.exclusive(wait_s=0),
    ):
        pytest.fail("two writers at once")
    with ChangeStore.open(path) as other, other.exclusive(wait_s=0):
        assert other.head() == 2


def test_only_the_owner_can_read_the_file(store: ChangeStore, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_no_registry_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.write_bytes(b"this is not a database, but long enough to look like one" * 40)
    for read_only in (False, True):
        with pytest.raises(Refused) as refused:
            ChangeStore.open(path, read_only=read_only)
        assert refused.value.faults[0].code == "registry_unreadable"
    with pytest.raises(Refused, match="no registry"):
        ChangeStore.open(tmp_path / "none.db", read_only=True)
    (tmp_path / "empty.db").touch()
    with pytest.raises(Refused, match="holds no registry"):
        ChangeStore.open(tmp_path / "empty.db", read_only=True)
    with pytest.raises(Refused, match="cannot be opened"):
        ChangeStore.open(tmp_path)


def test_a_damaged_body_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    ChangeStore.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO change (seq, at, actor, kind, subject, body) VALUES (1, 1, 'x', 'k', 's', x'7b')")
    connection.close()
    with ChangeStore.open(path) as store, pytest.raises(Refused, match="cannot be opened"):
        list(store.since(0))


def test_p6_a_history_that_became_shorter_is_no_news_but_an_error(store: ChangeStore) -> None:
    assert store.news(2) is None
    with pytest.raises(OSError, match="change 3 was here before"):
        store.news(3)


def test_p1_news_that_cannot_be_read_are_an_error(store: ChangeStore) -> None:
    store.close()
    with pytest.raises(OSError, match="cannot be read"):
        store.news(2)
