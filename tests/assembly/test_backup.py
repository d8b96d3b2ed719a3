"""A backup names nobody by itself, and is not made while somebody is erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly import backup, keys_backup, restoring
from safeconduct.assembly.vault import KEYS, VAULT
from safeconduct.storage.files.shards import CLOSED, FIRST_YEAR
from safeconduct.storage.sqlite.backing import Row
from safeconduct.storage.vault.keystore import KeyStore
from safeconduct.terms.faults import Refused
from support.backup_town import Town
from support.registry_world import T0, small_world

S3 = """
[log]
store = "s3://logs/acme"
s3_key_id = "env:S3_KEY_ID"
s3_secret = "env:S3_SECRET"
"""


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


def test_p7_a_year_that_is_closed_stays_closed_in_a_home_that_comes_back(town: Town) -> None:
    gates = [town.paths.journal / CLOSED, town.paths.journal / FIRST_YEAR]
    for gate, text in zip(gates, ("", "2026\n"), strict=True):
        gate.write_text(text)
    town.carry()
    town.lose()
    restoring.restore(town.paths, town.away, town.home.environ)
    assert [gate.read_text() for gate in gates] == ["", "2026\n"]


def test_a_log_that_lies_elsewhere_is_refused_in_one_sentence(town: Town) -> None:
    town.carry()
    environ = town.home.environ
    before = town.paths.settings_file.read_text() if town.paths.settings_file.exists() else ""
    town.paths.settings_file.write_text(before + S3)
    asked = [
        lambda: backup.make(town.paths, town.folder / "other", environ),
        lambda: keys_backup.make(town.paths, town.folder / "other.keys", town.sealing, environ=environ),
        lambda: keys_backup.bring_back(town.paths, town.keys, town.sealing, environ),
    ]
    for each in asked:
        with pytest.raises(Refused) as refused:
            each()
        assert [(fault.code, "s3://logs/acme" in fault.what) for fault in refused.value.faults] == [("log_elsewhere", True)]
    assert not list(town.folder.glob("other*"))


def test_a_backup_whose_settings_put_the_log_elsewhere_does_not_come_back(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.paths.settings_file.write_text(S3)
    with monkeypatch.context() as patch:
        patch.setattr(backup, "want_log_here", lambda *_: None)
        patch.setattr(keys_backup, "want_log_here", lambda *_: None)
        town.carry()
    town.lose()
    with pytest.raises(Refused, match="the log lies in s3://logs/acme"):
        restoring.restore(town.paths, town.away, town.home.environ)
    assert not town.paths.path.exists()


@pytest.mark.parametrize(
    ("kind", "subject", "body", "person"),
    [
        ("officer.linked", "mira", b'{"person":"ann"}', "ann"),
        ("officer.linked", "mira", b"{}", ""),
        ("measure.appealed", "organization/acme", b'{"by":"person/ann","key":"key-1","measure":"M-1"}', "ann"),
        ("measure.appealed", "organization/acme", b'{"measure":"M-1"}', ""),
        ("measure.appealed", "person/ben", b'{"by":"person/ann","measure":"M-1"}', "ben"),
        ("canaries.listed", "acme/seeds", b'{"organization":"acme","strings":"0000000000000000"}', ""),
    ],
)
def test_p8_a_change_that_names_a_person_is_under_the_persons_key(kind: str, subject: str, body: bytes, person: str) -> None:
    assert backup.Whose(small_world().registry).of(Row(1, T0, "os:ops", kind, subject, body, None, None)) == person
