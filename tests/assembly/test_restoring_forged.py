"""What a backup of keys would bring back goes again where the log says so, and a line edited together with its digest is told."""

from __future__ import annotations

import secrets
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly import backup, keys_backup
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.log import Start, open_log
from safeconduct.assembly.places import FilePlaces
from safeconduct.assembly.process import clock
from safeconduct.assembly.vault import KEYS, VAULT
from safeconduct.storage.files.backups import HEAD
from safeconduct.storage.vault.carried import CarriedKeys
from safeconduct.storage.vault.keystore import TOMBSTONES
from safeconduct.terms.faults import Refused
from support.backup_town import ID, Town


def test_p8_keys_that_the_backups_own_log_calls_erased_are_destroyed_again(tmp_path: Path) -> None:
    """The keys were carried away before somebody was erased, the home after it; then home and folder apart are lost.

    Tombstones that travel with the content would do the same, so somebody took them out.
    """
    town = Town(tmp_path)
    with open_desk(town.home.environ) as desk:
        leaf, carried = desk.registry.leaf_pseudonym("acme", ID), desk.registry.backup_subject(ID)
    with CarriedKeys.open(town.apart / KEYS, town.paths.path / VAULT) as keys:
        keys.put_dek(b"k" * 16, leaf, "standard", "2026-06", "acme", b"wrapped")
        keys.backup_keys([carried])
    town.carry()
    (town.away).rename(tmp_path / "away-before")
    town.erase()
    places = FilePlaces(town.apart)
    with open_log(town.paths, Start("node-1", secrets.token_hex(6), clock), places, secrets.token_bytes, lambda _: None) as log:
        log.finish(clock())
    backup.make(town.paths, town.away, town.home.environ)
    head = msgspec.json.decode((town.away / HEAD).read_bytes())
    name = f"{VAULT}/{TOMBSTONES}"
    del head["files"][name]
    (town.away / name).unlink()
    (town.away / HEAD).write_bytes(msgspec.json.encode(head))
    town.lose(apart=True)
    keys_backup.bring_back(town.paths, town.keys, town.sealing, town.home.environ)

    def left() -> tuple[int, bool]:
        with CarriedKeys.open(town.apart / KEYS, town.apart / "tombstones") as keys:
            return len(list(keys.deks(subject=leaf))), keys.known_backup_key(carried) is not None

    assert left() == (1, True)
    town.restore()
    assert left() == (0, False)


def test_p6_a_line_that_was_edited_with_its_digest_brings_nothing_back(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.carry()
    path = town.away / backup.ROWS
    before = path.read_bytes()
    path.write_bytes(before.replace(b'\\"Acme\\"', b'\\"Emca\\"', 1))
    assert path.read_bytes() != before
    head = msgspec.json.decode((town.away / HEAD).read_bytes())
    head["files"][backup.ROWS] = sha256(path.read_bytes()).hexdigest()
    (town.away / HEAD).write_bytes(msgspec.json.encode(head))
    town.lose()
    with pytest.raises(Refused, match="what its hash proves"):
        town.restore()
    assert not town.paths.path.exists()
