"""A home comes back as it was; whoever was erased in between does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from safeconduct.assembly import backup, keys_backup, restoring
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.erasing import KEYS
from safeconduct.assembly.home import Home as Paths
from safeconduct.assembly.reconciling import reconcile
from safeconduct.assembly.vault import VAULT
from safeconduct.cli import main
from safeconduct.terms.faults import Refused
from support.backup_town import ID, NAME, Town
from support.behind import ask, edit


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_a_home_comes_back_as_it_was(town: Town) -> None:
    before, secrets = town.rows(), town.paths.secret("pepper")
    made = town.carry()
    assert made.version == len(before)
    town.lose()
    found = town.restore()
    assert (found.version, found.erased, found.worded, found.head) == (len(before), 0, 0, -1)
    assert town.rows() == before
    assert town.paths.secret("pepper") == secrets
    assert town.mira.read(main.app, "person", "show", ID)["name"] == NAME
    town.mira.run(main.app, "org", "add", "next", "--name", "Next")  # and it goes on


@pytest.mark.parametrize("keys_too", [False, True])
def test_p8_whoever_was_erased_since_does_not_come_back(town: Town, *, keys_too: bool) -> None:
    town.carry()
    town.erase()
    assert town.texts() == []
    vault = town.paths.path / VAULT
    if keys_too:  # the old keys are brought back into the home that erased, and change nothing
        brought = keys_backup.bring_back(town.paths, town.keys, town.sealing, town.home.environ)
        assert brought.refused == 2  # of the person, and of the words about the person
    assert vault.is_dir()
    town.lose()
    found = town.restore()
    assert found.erased >= 4
    assert found.worded == 1
    assert town.texts() == []
    with open_desk(town.home.environ) as desk:
        assert list(desk.registry.people) == ["ben"]
        assert desk.registry.people["ben"].suspended
        assert desk.registry.agents == {}


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [_flip, Path.unlink])
def test_a_backup_that_was_altered_brings_nothing_back(town: Town, harm: Callable[[Path], None]) -> None:
    town.carry()
    harm(town.away / backup.ROWS)
    town.lose()
    with pytest.raises(Refused, match=backup.ROWS):
        town.restore()
    assert not town.paths.path.exists()
    assert [path for path in town.folder.iterdir() if path.name.startswith(".home")] == []


def test_nothing_is_overwritten(town: Town) -> None:
    town.carry()
    with pytest.raises(Refused, match="nothing is ever overwritten"):
        town.restore()
    with pytest.raises(Refused, match="already"):
        backup.make(town.paths, town.away, town.home.environ)
    shutil.rmtree(town.away)
    (town.away).mkdir()
    with pytest.raises(Refused, match="no backup"):
        restoring.restore(Paths(town.folder / "other"), town.away, {"SAFECONDUCT_APART": str(town.apart)})


def test_p6_what_a_backup_does_not_bring_back_was_lawfully_erased_and_nothing_else(town: Town) -> None:
    town.carry()
    town.erase()
    town.lose()
    assert town.restore().worded == 1
    look = partial(reconcile, town.paths, town.home.environ, keep=False)
    assert look().differences == []
    with open_desk(town.home.environ) as desk:
        (done,) = desk.registry.erasures.values()
        assert (done.ground, len(done.words), done.done_at is not None) == ("erased-since", 1, True)
    ((seq,),) = ask(town.paths.registry, "SELECT max(seq) FROM change WHERE kind = 'person.registered'")
    edit(town.paths.registry, ("UPDATE change SET kind = 'erased', subject = ?, salt = NULL WHERE seq = ?", (done.id, seq)))
    assert [(each.code, each.seq) for each in look().differences] == [("row_erased", seq)]


def test_a_key_that_is_missing_is_no_erasure(town: Town) -> None:
    town.carry()
    town.lose()
    edit(town.apart / KEYS, ("DELETE FROM backup_key WHERE subject <> 'home'", ()))
    with pytest.raises(Refused, match="key of this backup"):
        town.restore()
    assert not town.paths.path.exists()


def test_a_second_backup_keeps_what_proves_the_rest(town: Town) -> None:
    town.erase()
    town.carry()
    before = town.rows()
    assert [each.left_salt is not None for each in before].count(True) == 1
    town.lose()
    town.restore()
    assert town.rows() == before
    assert reconcile(town.paths, town.home.environ, keep=False).differences == []
