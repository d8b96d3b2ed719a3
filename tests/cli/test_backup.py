"""The commands about backups say what they did."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import main
from safeconduct.storage.files.backups import HEAD
from support.backup_town import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_the_commands_say_what_they_did(town: Town) -> None:
    told = town.mira.run(main.app, "backup", "create", str(town.away)).output
    assert "Backed up version" in told
    town.mira.run(main.app, "backup", "keys", "create", str(town.keys), "--sealing-key", str(town.sealing))
    town.lose(apart=True)
    told = town.home.run(main.app, "backup", "keys", "restore", str(town.keys), "--sealing-key", str(town.sealing)).output
    assert "0 were destroyed since" in told
    told = town.home.run(main.app, "backup", "restore", str(town.away)).output
    assert "no head kept apart" in told
    assert "safeconduct audit accept-head" in told
    assert (town.away / HEAD).exists()


def test_what_they_did_is_data_too(town: Town) -> None:
    words = (str(town.keys), "--sealing-key", str(town.sealing))
    made = town.mira.read(main.app, "backup", "keys", "create", *words, "--days", "2")
    assert made["file"] == str(town.keys)
    assert made["expires"].endswith("Z")
    town.lose(apart=True)
    assert set(town.home.read(main.app, "backup", "keys", "restore", *words)) == {"back", "refused"}
