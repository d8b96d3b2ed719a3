"""Whatever is edited in the registry's file, one column at a time: it is named. A new column has to say here what it is."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from safeconduct.assembly import desk as desks
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.erasing import Eraser
from safeconduct.assembly.home import Home
from safeconduct.assembly.reconciling import reconcile
from safeconduct.cli import main
from safeconduct.office.acts import ApproveRequest, RegisterOrganization
from safeconduct.storage.sqlite.changes import ChangeStore
from support.backup_town import ID, Town
from support.behind import ask, edit

SETTLED, ERASING, CUT = "settled", "erasing", "cut"
LATER = "(SELECT max(seq) FROM change)"
ROWS = {
    "a row": f"seq = {LATER}",
    "an erased row": "seq = (SELECT max(seq) FROM change WHERE kind = 'erased')",
    "a row that lost words": "seq = (SELECT seq FROM change WHERE left_salt IS NOT NULL)",
}
CHANGE = {
    "seq": "seq + 1000",
    "at": "at - 1",
    "actor": "actor || 'x'",
    "kind": "CASE kind WHEN 'erased' THEN 'person.ended' ELSE 'erased' END",
    "subject": "'mallory'",
    "body": "CAST(replace(CAST(body AS TEXT), '}', ' }') AS BLOB)",
    "salt": "x'00112233445566778899aabbccddeeff'",
    "hash": "'" + "ab" * 32 + "'",
    "left_salt": "x'00112233445566778899aabbccddeeff'",
}
ACT = {
    "first_seq": "first_seq + 1000",
    "last_seq": "last_seq + 1",
    "name": "'another'",
    "salt": "x'" + "00" * 32 + "'",
    "digest": "'" + "ab" * 32 + "'",
    "salt_hash": "'" + "ab" * 32 + "'",
}
INTENT = {"only": "2", "name": "'another'", "actor": "'sc_x'", "subject": "'x'", "digest": "'x'"}
NOTE = {"name": "name || 'x'", "step": "'redacted'"}
LAST = "first_seq = (SELECT max(first_seq) FROM act)"
EDITS = [
    *((SETTLED, f"UPDATE change SET {column} = {to} WHERE {row}") for row in ROWS.values() for column, to in CHANGE.items()),
    *((SETTLED, f"UPDATE act SET {column} = {to} WHERE {LAST}") for column, to in ACT.items()),
    (SETTLED, f"UPDATE act SET salt = x'' WHERE {LAST}"),
    (SETTLED, f"UPDATE act SET salt_hash = NULL WHERE {LAST}"),
    (SETTLED, f"UPDATE change SET salt = NULL WHERE seq = {LATER}"),
    (SETTLED, f"UPDATE change SET hash = NULL WHERE seq = {LATER}"),
    (SETTLED, "INSERT INTO erasing VALUES ('erased-1', 'entered')"),
    (SETTLED, "INSERT INTO erasing_row VALUES (3)"),
    (SETTLED, "CREATE TABLE sqlitexevil (a)"),
    (SETTLED, "CREATE VIEW evil AS SELECT 1"),
    (SETTLED, "CREATE TRIGGER sqliteXevil AFTER INSERT ON change BEGIN DELETE FROM act; END"),
    *((CUT, f"UPDATE intent SET {column} = {to}") for column, to in INTENT.items()),
    *((ERASING, f"UPDATE erasing SET {column} = {to}") for column, to in NOTE.items()),
]


class Died(BaseException):
    """The process dies here."""


def _die(*_: object) -> int:
    raise Died


def _strike(step: str) -> None:
    if step == "files":
        raise Died


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which somebody is being erased, then is, then an act is cut off by a crash."""
    folder = tmp_path_factory.mktemp("columns")
    town = Town(folder)
    town.mira.run(main.app, "person", "erase", ID, "--ground", "gdpr-17", "--yes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desks, "Eraser", lambda home, store, environ: Eraser(home, store, environ, _strike))
        with open_desk(town.noor.environ) as desk, pytest.raises(Died):
            desk.perform(ApproveRequest(next(iter(desk.registry.requests))))
    shutil.copytree(town.paths.path, folder / ERASING)
    town.mira.run(main.app, "org", "add", "next", "--name", "Next")
    shutil.copytree(town.paths.path, folder / SETTLED)
    with pytest.MonkeyPatch.context() as patch, open_desk(town.home.environ) as desk:
        patch.setattr(ChangeStore, "append", _die)
        with pytest.raises(Died):
            desk.perform(RegisterOrganization("more", "More"))
    shutil.copytree(town.paths.path, folder / CUT)
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> dict[str, Home]:
    return {state: Home(Path(shutil.copytree(made / state, tmp_path / state))) for state in (SETTLED, ERASING, CUT)}


def _codes(home: Home) -> set[str]:
    return set(reconcile(home, {"SAFECONDUCT_HOME": str(home.path)}, keep=False).codes)


def _columns(home: Home) -> dict[str, set[str]]:
    tables = ask(home.registry, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    return {name: {str(row[1]) for row in ask(home.registry, f"PRAGMA table_info({name})")} for (name,) in tables}


def test_every_column_is_edited_here(home: dict[str, Home]) -> None:
    assert _columns(home[SETTLED]) == {
        "change": set(CHANGE),
        "act": set(ACT),
        "intent": set(INTENT),
        "erasing": set(NOTE),
        "erasing_row": {"seq"},
    }
    for row in ROWS.values():
        assert len(ask(home[SETTLED].registry, f"SELECT seq FROM change WHERE {row}")) == 1


def test_p6_without_an_edit_only_what_is_unfinished_is_told(home: dict[str, Home]) -> None:
    assert _codes(home[SETTLED]) == set()
    assert _codes(home[ERASING]) == {"erasure_unfinished"}
    assert _codes(home[CUT]) == {"act_unfinished"}


@pytest.mark.parametrize(("state", "statement"), EDITS)
def test_p6_an_edit_of_any_one_column_is_named(home: dict[str, Home], state: str, statement: str) -> None:
    registry = home[state].registry
    if statement.startswith(("UPDATE", "INSERT")):
        edit(registry, (statement, ()))
    else:
        with closing(sqlite3.connect(registry, isolation_level=None)) as connection:
            connection.execute(statement)
    assert _codes(home[state]) - {"act_unfinished", "erasure_unfinished"}, statement
