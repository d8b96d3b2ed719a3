"""The desk put together: real store, real journal, secrets of the home."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import find
from safeconduct.office import acts
from safeconduct.registry.keys import digest
from safeconduct.terms.faults import Refused
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def journaled(home: Home) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((home.folder / "journal").rglob("*.wal")))


def test_looking_writes_nothing_to_the_journal(home: Home) -> None:
    with open_desk(home.environ) as desk:
        assert desk.registry.version == 0
    assert list((home.folder / "journal").iterdir()) == []


def test_p2_an_act_is_in_the_journal_and_names_no_person(home: Home) -> None:
    with open_desk(home.environ) as desk:
        desk.perform(acts.RegisterOrganization("acme", "Acme Example"))
        desk.perform(acts.RegisterPerson("ann", "acme", "Ann Example"))
    entries = journaled(home)
    assert entries.count(b'"type":"act.performed"') == 2
    assert b'"role":"desk"' in entries
    assert b'"type":"writer.stopped"' in entries
    assert b"Ann" not in entries
    assert b"Acme" not in entries


def test_a_key_of_one_command_works_in_the_next(home: Home) -> None:
    with open_desk(home.environ) as desk:
        desk.perform(acts.RegisterOrganization("acme", "Acme"))
        desk.perform(acts.RegisterPerson("ann", "acme"))
        issued = desk.issue_key(holder_kind="person", holder="ann", organization="acme")
    pepper = find(home.environ).secret("pepper")
    with open_desk(home.environ) as desk:
        standing = desk.registry.standing(digest(pepper, issued.text), desk.now())
        assert standing is not None
        assert standing.lapses == ()


def test_without_a_writable_journal_nothing_changes(home: Home) -> None:
    journal = home.folder / "journal"
    journal.rmdir()
    journal.write_text("in the way")
    with open_desk(home.environ) as desk, pytest.raises(Refused):
        desk.perform(acts.RegisterOrganization("acme", "Acme"))
    journal.unlink()
    with open_desk(home.environ) as desk:
        assert desk.registry.version == 0
        desk.perform(acts.RegisterOrganization("acme", "Acme"))
    assert b'"type":"act.failed"' in journaled(home)


def test_without_a_home_there_is_no_desk(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="init"), open_desk({"SAFECONDUCT_HOME": str(tmp_path / "none")}):
        pytest.fail("a desk without a home")
