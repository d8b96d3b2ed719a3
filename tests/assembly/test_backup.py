"""A home is carried away and comes back as it was; whoever was erased in between does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly import backup, keys_backup, restoring
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.erasing import KEYS, VAULT
from safeconduct.assembly.home import Home as Paths
from safeconduct.assembly.home import find
from safeconduct.cli import main
from safeconduct.storage.files.backups import HEAD
from safeconduct.storage.sqlite.backing import BackingStore, Row
from safeconduct.storage.vault.keystore import KeyStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, Moment
from support.officers import two
from support.registry_cli import Home

ID, NAME, EMAIL = "telltale.person", "Telltale Personname", "telltale@person.example"


class Town:
    """A home with two officers, somebody to be erased, and somebody who stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder)
        self.mira, self.noor = two(self.home)
        run = self.mira.run
        run(main.app, "org", "add", "acme", "--name", "Acme")
        run(main.app, "person", "add", ID, "--org", "acme", "--name", NAME, "--email", EMAIL)
        run(main.app, "person", "add", "ben", "--org", "acme", "--name", "Ben Example")
        run(main.app, "agent", "add", "telltale-bot", "--org", "acme", "--person", ID)
        run(main.app, "key", "issue", "--person", ID, "--label", "telltale laptop")
        run(main.app, "key", "issue", "--person", "ben", "--label", "ben's laptop")
        run(main.app, "person", "suspend", "ben", "--why", f"mistaken for {NAME}", "--yes")
        self.paths = find(self.home.environ)
        self.apart = self.paths.apart(self.home.environ)
        self.away = folder / "away"
        self.sealing = folder / "sealing.key"
        self.keys = folder / "keys.sealed"

    def carry(self) -> backup.Made:
        made = backup.make(self.paths, self.away, self.home.environ)
        keys_backup.make(self.paths, self.keys, self.sealing, environ=self.home.environ)
        return made

    def erase(self) -> None:
        self.mira.run(main.app, "person", "erase", ID, "--ground", "gdpr-17", "--yes")
        self.noor.run(main.app, "request", "approve", "--yes")

    def lose(self, *, apart: bool = False) -> None:
        self.paths.path.rename(self.folder / "lost")
        if apart:
            self.apart.rename(self.folder / "lost.apart")

    def restore(self) -> restoring.Restored:
        return restoring.restore(self.paths, self.away, self.home.environ)

    def rows(self) -> list[Row]:
        with BackingStore.open(self.paths.registry) as store:
            return list(store.rows())

    def texts(self) -> list[Path]:
        """Files of home, folder apart and backup in which the person stands."""
        paths = [path for root in (self.paths.path, self.apart, self.away) if root.exists() for path in root.rglob("*")]
        return [path for path in paths if path.is_file() and b"telltale" in path.read_bytes().lower()]


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


def test_p8_a_backup_names_nobody_by_itself(town: Town) -> None:
    town.carry()
    assert [path for path in town.texts() if town.away in path.parents] == []
    assert b"telltale" not in town.keys.read_bytes()
    data = b"".join(path.read_bytes() for path in town.away.rglob("*") if path.is_file())
    for secret in ("pepper", "pseudonym.key", "commitment.key"):
        assert town.paths.secret(secret) not in data


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


def test_everything_comes_back_on_another_machine_with_both_backups(town: Town) -> None:
    before = town.rows()
    town.carry()
    town.lose(apart=True)
    with pytest.raises(Refused, match="keys of this backup are not here"):
        town.restore()
    keys_backup.bring_back(town.paths, town.keys, town.sealing, town.home.environ)
    town.restore()
    assert town.rows() == before


def test_p8_a_backup_of_keys_counts_for_its_time_and_nobody_gives_it_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.carry()
    now = keys_backup.clock()

    def late() -> Moment:
        return now + 31 * 86_400 * SECOND

    monkeypatch.setattr(keys_backup, "clock", late)
    with pytest.raises(Refused, match="time of this backup of keys is over"):
        keys_backup.bring_back(town.paths, town.keys, town.sealing, town.home.environ)
    head, _, sealed = town.keys.read_bytes().partition(b"\n")
    told = msgspec.json.decode(head)
    town.keys.write_bytes(msgspec.json.encode({**told, "expires": told["expires"] * 2}) + b"\n" + sealed)
    with pytest.raises(Refused, match="do not open"):
        keys_backup.bring_back(town.paths, town.keys, town.sealing, town.home.environ)


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


def test_p8_an_erasure_meanwhile_makes_the_backup_worthless(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    put = backup._put_secrets

    def erased_now(*given: object) -> None:
        town.erase()
        put(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(backup, "_put_secrets", erased_now)
    with pytest.raises(Refused, match="while the backup was made"):
        backup.make(town.paths, town.away, town.home.environ)
    assert not town.away.exists()
    with KeyStore.open(town.apart / KEYS, town.paths.path / VAULT):
        assert town.texts() == []


def test_the_commands_say_what_they_did(town: Town) -> None:
    told = town.mira.run(main.app, "backup", "create", str(town.away)).output
    assert "Backed up version" in told
    town.mira.run(main.app, "backup", "keys", "create", str(town.keys), "--sealing-key", str(town.sealing))
    town.lose(apart=True)
    told = town.home.run(main.app, "backup", "keys", "restore", str(town.keys), "--sealing-key", str(town.sealing)).output
    assert "0 were destroyed since" in told
    told = town.home.run(main.app, "backup", "restore", str(town.away)).output
    assert "no head kept apart" in told
    assert (town.away / HEAD).exists()
