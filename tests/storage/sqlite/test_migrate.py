"""Migrations: in order, whole or not at all, and never backwards."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from safeconduct.registry.changes import SALT_BYTES, Change, Draft, sealed
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.storage.sqlite.migrate import _statements, migrate, migrations, version_of
from safeconduct.terms.faults import Refused


def test_migrations_count_from_one_without_gaps() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_file_is_migrated_once(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    ChangeStore.open(path).close()
    ChangeStore.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert version_of(connection) == migrations()[-1][0]
        migrate(connection, "here")


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "r.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE intent (mine INTEGER)")  # the last table of the first migration is in the way
        with pytest.raises(sqlite3.Error, match="already exists"):
            migrate(connection, "here")
        assert version_of(connection) == 0
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
        assert names == ["intent"]


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    ChangeStore.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    for read_only in (False, True):
        with pytest.raises(Refused, match="format 99"):
            ChangeStore.open(path, read_only=read_only)


def test_an_older_file_is_brought_up_to_date_by_whoever_may_write(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in _statements(migrations()[0][1]):
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
        digest = "ab" * 32
        body = f'{{"digest":"{digest}","ends":9,"holder":"ann","holder_kind":"person","organization":"acme","starts":1}}'
        connection.execute("INSERT INTO change VALUES (1, 1, 'x', 'key.issued', 'key-1', ?)", (body.encode(),))
    with pytest.raises(Refused, match="format 1"):
        ChangeStore.open(path, read_only=True)
    ChangeStore.open(path).close()
    with ChangeStore.open(path, read_only=True) as store:
        assert store.registry(b"a key of sixteen bytes").has_digest(bytes.fromhex(digest))


def test_changes_of_before_salts_stay_as_they_are_and_later_ones_have_their_own(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for _, text in migrations()[:2]:
            for statement in _statements(text):
                connection.execute(statement)
        connection.execute("PRAGMA user_version = 2")
        connection.execute("INSERT INTO change VALUES (1, 1, 'x', 'authority.registered', 'bis', x'7b7d')")
        connection.execute("INSERT INTO act VALUES (1, 1, 'authority.register', x'01', 'ab')")
    with ChangeStore.open(path) as store:
        old = Change(1, 1, "x", "authority.registered", "bis", {})
        assert list(store.since(0)) == [old]
        store.append([Draft(2, "x", "authority.registered", "eu", {})])
        assert [len(each.salt) for each in store.since(0)] == [0, SALT_BYTES]
    with closing(sqlite3.connect(path)) as connection:
        (bare, whole) = connection.execute("SELECT salt, hash FROM change ORDER BY seq").fetchall()
    assert bare == (None, None)
    assert whole[1] == sealed(Draft(2, "x", "authority.registered", "eu", {}), whole[0]).hash


def test_statements_are_split_where_sqlite_says_they_end() -> None:
    text = (
        "-- words; with a semicolon\nCREATE TABLE a (b);\nCREATE TRIGGER t BEFORE UPDATE ON a\nBEGIN\nSELECT 1;\nEND;\n-- end\n"
    )
    assert len(_statements(text)) == 2
    with pytest.raises(ValueError, match="ends inside"):
        _statements("CREATE TABLE a (b)")
