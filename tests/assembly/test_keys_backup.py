"""Keys are carried for a short time, and never bring back what was destroyed since."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly import keys_backup
from safeconduct.assembly.desk import open_desk
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, Moment
from support.backup_town import ID, Town
from support.faults_home import keep


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


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


def test_days_and_files_are_looked_at_first(town: Town) -> None:
    with pytest.raises(Refused, match="out of range"):
        keys_backup.make(town.paths, town.keys, town.sealing, 366, town.home.environ)
    town.carry()
    with pytest.raises(Refused, match="already"):
        keys_backup.make(town.paths, town.keys, town.sealing, environ=town.home.environ)
    town.sealing.unlink()
    town.sealing.write_bytes(b"short")
    town.sealing.chmod(0o600)
    with pytest.raises(Refused, match="32 bytes"):
        keys_backup.bring_back(town.paths, town.keys, town.sealing, town.home.environ)


def test_p8_who_was_erased_is_known_from_every_shard(town: Town) -> None:
    with open_desk(town.home.environ) as desk:
        erased = {desk.registry.leaf_pseudonym("acme", ID), desk.registry.backup_subject(ID)}
    town.erase()
    keep(town.paths)
    first = set(keys_backup.erased_by(town.paths))
    town.paths.log.rename(town.folder / "shard")
    town.paths.log.mkdir()
    (town.folder / "shard").rename(town.paths.log / "2027")
    assert set(keys_backup.erased_by(town.paths)) == first
    assert erased <= first
