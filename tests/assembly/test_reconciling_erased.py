"""Erasing on a real home: it never looks like tampering, and tampering never passes for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safeconduct.assembly.home import find
from safeconduct.assembly.reconciling import Outcome, reconcile
from safeconduct.cli import main
from support.behind import ask, edit
from support.officers import two
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which ann was erased, by two officers; ben stays. Beside it the registry as it was before."""
    made = Home(tmp_path)
    mira, noor = two(made)
    mira.run(main.app, "org", "add", "acme", "--name", "Acme")
    for name in ("ann.example", "ben.example"):
        mira.run(main.app, "person", "add", name, "--org", "acme", "--name", f"{name.title()} Person")
        mira.run(main.app, "key", "issue", "--person", name)
    shutil.copy(find(made.environ).registry, tmp_path / "before.db")
    mira.run(main.app, "person", "erase", "ann.example", "--ground", "gdpr-17", "--yes")
    noor.run(main.app, "request", "approve", "--yes")
    return made


def _look(home: Home) -> Outcome:
    return reconcile(find(home.environ), home.environ, keep=False)


def test_p8_what_was_lawfully_erased_does_not_differ(home: Home) -> None:
    erased = ask(find(home.environ).registry, "SELECT seq FROM change WHERE kind = 'erased'")
    assert len(erased) > 2
    assert _look(home).differences == []


def test_a_row_more_than_the_erasure_lists_is_named(home: Home) -> None:
    registry = find(home.environ).registry
    ((seq,),) = ask(registry, "SELECT seq FROM change WHERE kind = 'person.registered' AND subject = 'ben.example'")
    ((name,),) = ask(registry, "SELECT DISTINCT subject FROM change WHERE kind = 'erased'")
    edit(registry, ("UPDATE change SET kind = 'erased', subject = ?, salt = NULL WHERE seq = ?", (name, seq)))
    assert [(each.code, each.seq) for each in _look(home).differences] == [("row_erased", seq)]


def test_an_old_copy_of_a_row_that_was_erased_is_named(home: Home, tmp_path: Path) -> None:
    registry = find(home.environ).registry
    ((seq,),) = ask(tmp_path / "before.db", "SELECT seq FROM change WHERE kind = 'person.registered' AND subject = 'ann.example'")
    (row,) = ask(tmp_path / "before.db", "SELECT kind, subject, body, salt FROM change WHERE seq = ?", seq)
    edit(registry, ("UPDATE change SET kind = ?, subject = ?, body = ?, salt = ? WHERE seq = ?", (*row, seq)))
    assert [(each.code, each.seq) for each in _look(home).differences] == [("erased_is_back", seq)]
