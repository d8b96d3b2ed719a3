"""A hold that comes while an erasure is under way stops what was not done yet, until two officers release it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly import erasing
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.vault import KEYS, VAULT
from safeconduct.cli import main
from safeconduct.storage.vault.keystore import KeyStore
from support.backup_town import ID, Town

ASK = ("person", "erase", ID, "--ground", "gdpr-17", "--yes")


def test_p8_a_hold_that_comes_meanwhile_keeps_the_keys_until_it_is_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(tmp_path)
    with open_desk(town.home.environ) as desk:
        leaf = desk.registry.leaf_pseudonym("acme", ID)
    with KeyStore.open(town.apart / KEYS, town.paths.path / VAULT) as keys:
        keys.put_dek(b"k" * 16, leaf, "standard", "2026-06", "acme", b"wrapped")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    town.mira.run(main.app, *ASK)
    monkeypatch.setattr(erasing, "record", full)
    town.noor.run(main.app, "request", "approve", "--yes", code=1)
    monkeypatch.undo()

    def left() -> int:
        with KeyStore.open(town.apart / KEYS, town.paths.path / VAULT) as keys:
            return len(list(keys.deks(subject=leaf)))

    monkeypatch.setattr(erasing.Eraser, "complete", lambda *_: None)  # else the act that places the hold goes on with it
    town.mira.run(main.app, "vault", "hold", "--person", ID, "--reason", "litigation", "--id", "h1")
    monkeypatch.undo()
    assert "hold h1 keeps content" in town.mira.run(main.app, "person", "erase", "--resume", code=1).output
    assert left() == 1
    town.mira.run(main.app, "vault", "release", "h1", "--reason", "over", "--yes")
    town.noor.run(main.app, "request", "approve", "--yes")
    town.mira.run(main.app, "person", "erase", "--resume")
    assert left() == 0
