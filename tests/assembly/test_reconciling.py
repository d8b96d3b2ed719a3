"""A home on disk: nothing differs while everybody uses it; what somebody does to its files is named with its place."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import Home
from safeconduct.assembly.reconciling import LOCK, Outcome, last, reconcile, tell_failure
from safeconduct.office import acts
from safeconduct.registry.changes import SALT_BYTES, Draft, sealed
from safeconduct.registry.roster import RosterReading
from safeconduct.storage.files.locks import Held
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Refused
from support.behind import ask, edit
from support.faults_home import keep, make_home

PEOPLE = 100
LAST = "SELECT max(seq) FROM change"


def _environ(home: Home) -> dict[str, str]:
    return {"SAFECONDUCT_HOME": str(home.path)}


def _more(home: Home, name: str) -> None:
    with open_desk(_environ(home)) as desk:
        desk.perform(acts.RegisterPerson(name, "acme-research"))


def _look(home: Home, **options: Any) -> Outcome:
    return reconcile(home, _environ(home), keep=False, **options)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the ready program, a roster of a hundred and one more person, all of it signed."""
    home = Home(tmp_path_factory.mktemp("made") / "home")
    make_home(home.path)
    with open_desk(_environ(home)) as desk:
        rows = [b"person,name,role\n", *(b"p%03d,Person %03d,engineer\n" % (each, each) for each in range(PEOPLE))]
        desk.import_roster(RosterReading("r.csv", rows, "acme-research"), file="r.csv")
    _more(home, "zoe")
    keep(home)
    return home.path


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    shutil.copytree(Home(made).apart({}), tmp_path / "home.apart")
    return Home(Path(shutil.copytree(made, tmp_path / "home")))


def test_p6_an_honest_home_does_not_differ(home: Home) -> None:
    outcome = reconcile(home, _environ(home))
    ((head,),) = ask(home.registry, LAST)
    assert (outcome.differences, outcome.found, outcome.changes, outcome.registry_version) == ([], 0, head, head)
    assert outcome.size > outcome.acts > 5
    again = last(home)
    assert again is not None
    assert (again.done_at, again.found) == (outcome.done_at, 0)
    told = [entry for entry in keep(home) if entry["type"] == "log.reconciled"]
    assert [(entry["findings"], entry["size"], entry["registry_version"]) for entry in told] == [(0, outcome.size, head)]


def test_acts_that_wait_to_be_signed_count(home: Home) -> None:
    _more(home, "ben")
    assert _look(home).found == 0


def test_trusting_the_log_finds_the_same(home: Home) -> None:
    edit(home.registry, ("UPDATE change SET at = at + 1 WHERE seq = 3", ()))
    trusting, checking = _look(home, trust_log=True), _look(home)
    assert trusting.differences == checking.differences
    assert [(each.code, each.seq) for each in checking.differences] == [("row_edited", 3)]


def _resealed(home: Home, seq: int) -> None:
    """Edit a row, and make its hash fit again."""
    ((at, actor, kind, subject),) = ask(home.registry, "SELECT at, actor, kind, subject FROM change WHERE seq = ?", seq)
    ready = sealed(Draft(at, actor, kind, subject, {"name": "Mallory"}), b"m" * SALT_BYTES)
    query = "UPDATE change SET body = ?, salt = ?, hash = ? WHERE seq = ?"
    edit(home.registry, (query, (ready.words, ready.salt, ready.hash, seq)))


def _inserted(home: Home) -> None:
    row = "seq + 1, at, actor, kind, 'mallory', body, salt, hash, left_salt"
    edit(home.registry, (f"INSERT INTO change SELECT {row} FROM change ORDER BY seq DESC LIMIT 1", ()))


def _one(statement: str) -> Callable[[Home], None]:
    return lambda home: edit(home.registry, (statement, ()))


ROSTER = "(SELECT first_seq FROM act WHERE name = 'roster.import')"
ZOE = "(SELECT first_seq FROM act WHERE last_seq = (SELECT max(seq) FROM change))"
EDITS: dict[str, tuple[Callable[[Home], None], set[str]]] = {
    "a row": (_one(f"UPDATE change SET body = x'7b7d' WHERE seq = {ZOE}"), {"row_edited"}),
    "a row and its hash": (lambda home: _resealed(home, 2), {"row_edited"}),
    "the actor": (_one(f"UPDATE change SET actor = 'os:mallory' WHERE seq = {ZOE}"), {"row_edited"}),
    "a row of a roster": (_one(f"UPDATE change SET subject = 'mallory' WHERE seq = {ROSTER} + 7"), {"row_edited"}),
    "a row of a roster and its hash": (_one(f"UPDATE change SET hash = '{'ab' * 32}', salt = NULL WHERE seq = {ROSTER} + 7"),
                                       {"rows_edited", "row_erased"}),
    "a hash of rubbish": (_one(f"UPDATE change SET hash = '{'x' * 64}' WHERE seq = {ZOE}"), {"row_edited"}),
    "a row gone": (_one(f"DELETE FROM change WHERE seq = {ROSTER} + 7"), {"row_missing"}),
    "the last act gone": (lambda home: edit(home.registry, (f"DELETE FROM change WHERE seq >= {ZOE}", ()),
                                            ("DELETE FROM act WHERE first_seq > (SELECT max(seq) FROM change)", ())),
                          {"act_missing", "row_missing"}),
    "a row more": (_inserted, {"row_unrecorded"}),
    "an act's name": (_one(f"UPDATE act SET name = 'another' WHERE first_seq = {ZOE}"), {"act_edited"}),
    "an act's digest": (_one(f"UPDATE act SET digest = '{'00' * 32}' WHERE first_seq = {ZOE}"), {"act_edited"}),
    "an act gone": (_one(f"DELETE FROM act WHERE first_seq = {ROSTER}"), {"act_missing"}),
    "an act more": (
        _one("INSERT INTO act SELECT last_seq + 1, last_seq + 1, name, salt, '00', NULL FROM act ORDER BY 1 DESC LIMIT 1"),
        {"act_unrecorded"}),
    "erased without leave": (_one(f"UPDATE change SET kind = 'erased', salt = NULL WHERE seq = {ZOE}"), {"row_erased"}),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_p6_an_edit_behind_our_back_is_named(name: str, home: Home) -> None:
    change, codes = EDITS[name]
    change(home)
    outcome = _look(home)
    assert set(outcome.codes) == codes, outcome.differences
    assert all(each.mend and (each.seq or each.act) for each in outcome.differences)


def test_p6_another_file_in_the_registrys_place_is_named(home: Home, tmp_path: Path) -> None:
    """A backup put back, and gone on from there."""
    older = tmp_path / "older.db"
    with ChangeStore.open(home.registry):
        shutil.copy(home.registry, older)
    _more(home, "ben")
    shutil.copy(older, home.registry)
    assert {"act_missing", "row_missing"} <= set(_look(home).codes)
    _more(home, "carl")
    assert "entry_overlaps" in _look(home).codes


def test_p6_a_registry_without_its_triggers_is_named(home: Home) -> None:
    edit(home.registry, ("UPDATE change SET at = at WHERE seq = 1", ()))
    assert _look(home).found == 0, "they are back, and nothing changed"
    for name, _ in ask(home.registry, "SELECT name, sql FROM sqlite_master WHERE name = 'change_is_never_deleted'"):
        edit(home.registry, ("UPDATE change SET at = at WHERE seq = 1", ()))
        ask(home.registry, f"DROP TRIGGER {name}")
    assert [(each.code, "change_is_never_deleted" in each.what) for each in _look(home).differences] == [("guard_altered", True)]


def test_p6_a_row_hidden_from_an_index_is_named(home: Home) -> None:
    """Every row reads as recorded, and whoever asks about the person is not told of it."""
    ((text,),) = ask(home.registry, "SELECT sql FROM sqlite_master WHERE name = 'change_of_person'")
    ((seq,),) = ask(home.registry, "SELECT max(seq) FROM change WHERE subject = 'zoe'")
    for sql in (text.replace("WHERE kind", f"WHERE seq <> {seq} AND kind"), text):
        with closing(sqlite3.connect(home.registry, isolation_level=None)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'change_of_person'", (sql,))
        if sql != text:
            ask(home.registry, "REINDEX")
    found = _look(home)
    assert {each.code for each in found.differences} == {"file_damaged"}, found
    assert "change_of_person" in found.differences[0].what


def test_an_act_cut_off_by_a_crash_is_told_until_the_next_act_closes_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Died(BaseException):
        pass

    def dies(*_: object) -> int:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(ChangeStore, "append", dies)
        with pytest.raises(Died):
            _more(home, "ben")
    assert [each.code for each in _look(home).differences] == ["act_unfinished"]
    _more(home, "ben")
    assert _look(home).found == 0


def test_a_log_that_does_not_hold_is_said_first(home: Home) -> None:
    for bundle in (path for path in (home.log / "tile" / "entries").rglob("*") if path.is_file()):
        data = bytearray(bundle.read_bytes())
        data[data.index(b'"actor":"') + 14] ^= 1
        bundle.write_bytes(data)
    assert _look(home).differences[0].code == "log_broken"


def test_a_key_of_somebody_else_is_no_key_of_the_log(home: Home) -> None:
    (home.log / "log.vkey").write_text("another.example/log+f5b1a8c2+AQ==\n")
    assert "log_broken" in _look(home).codes


def test_only_one_comparison_at_a_time(home: Home) -> None:
    lock = Held(home.run / LOCK, "a test")
    with pytest.raises(Refused, match="running already"):
        _look(home)
    lock.release()
    assert _look(home).found == 0


def test_a_comparison_that_cannot_be_done_leaves_word(home: Home) -> None:
    home.registry.write_bytes(b"this is no registry at all, whatever its name says")
    with pytest.raises(Refused) as refused:
        _look(home)
    tell_failure(home, refused.value)
    told = last(home)
    assert told is not None
    assert (told.found, told.differences[0].code) == (1, "registry_unreadable")
    tell_failure(home, OSError(5, "Input/output error"))
    told = last(home)
    assert told is not None
    assert told.codes == {"io": 1}


def test_never_compared_is_nothing(home: Home) -> None:
    assert last(home) is None
    (home.run / "reconcile.json").write_text("{")
    assert last(home) is None
