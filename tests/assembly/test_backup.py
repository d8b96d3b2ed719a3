"""A backup names nobody by itself, and is not made while somebody is erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly import backup
from safeconduct.assembly.vault import KEYS, VAULT
from safeconduct.storage.vault.keystore import KeyStore
from safeconduct.terms.faults import Refused
from support.backup_town import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_p8_a_backup_names_nobody_by_itself(town: Town) -> None:
    town.carry()
    assert [path for path in town.texts() if town.away in path.parents] == []
    assert b"telltale" not in town.keys.read_bytes()
    data = b"".join(path.read_bytes() for path in town.away.rglob("*") if path.is_file())
    for secret in ("pepper", "pseudonym.key", "commitment.key"):
        assert town.paths.secret(secret) not in data


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
