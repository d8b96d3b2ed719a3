"""Secret files: made once, 0600, never shown to others and never in an error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from safeconduct.audit.cosignature import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44
from safeconduct.audit.note import Signer
from safeconduct.storage.files.keystore import create_secret, load_or_create, log_cosigner, log_signer, read_secret, signing_key
from safeconduct.terms.faults import Refused

SECRET = b"canary-secret-0123456789"


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "pepper"
    assert load_or_create(path, lambda size: SECRET[:size], 16) == SECRET[:16]
    assert load_or_create(path, lambda size: b"x" * size, 16) == SECRET[:16]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [item.name for item in path.parent.iterdir()] == ["pepper"]


def test_a_secret_is_never_replaced(tmp_path: Path) -> None:
    create_secret(tmp_path / "s", SECRET)
    with pytest.raises(Refused, match="never replaced") as caught:
        create_secret(tmp_path / "s", b"other")
    assert "canary" not in str(caught.value)
    assert read_secret(tmp_path / "s") == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    create_secret(tmp_path / "s", SECRET)
    (tmp_path / "s").chmod(mode)
    with pytest.raises(Refused, match="others may read") as caught:
        read_secret(tmp_path / "s")
    assert "canary" not in str(caught.value)


def test_links_folders_missing_empty_and_endless_secrets_are_refused(tmp_path: Path) -> None:
    create_secret(tmp_path / "real", SECRET)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "folder").mkdir(mode=0o700)
    for name, data in (("empty", b""), ("endless", bytes(65_537))):
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o600)
    for name in ("link", "folder", "missing", "empty", "endless"):
        with pytest.raises(Refused):
            read_secret(tmp_path / name)


def test_the_log_key_is_made_once_and_bound_to_its_log(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    first = log_signer(path, "example.com/log", lambda size: bytes(size))
    again = log_signer(path, "example.com/log", os.urandom)
    assert first.verifier == again.verifier == Signer("example.com/log", bytes(32)).verifier
    with pytest.raises(Refused, match="never changes its name"):
        log_signer(path, "other.example/log", os.urandom)
    path.write_bytes(b"PRIVATE+KEY+canary")
    with pytest.raises(Refused, match="signer key") as caught:
        log_signer(path, "example.com/log", os.urandom)
    assert "canary" not in str(caught.value)


def test_the_cosigner_of_a_log_is_made_once_and_called_like_it(tmp_path: Path) -> None:
    first = log_cosigner(tmp_path / "log.cosign.key", "example.com/log", bytes)
    again = log_cosigner(tmp_path / "log.cosign.key", "example.com/log", lambda size: b"x" * size)
    assert first.verifier == again.verifier == Signer("example.com/log", bytes(32), COSIGNATURE_MLDSA44).verifier
    assert (tmp_path / "log.cosign.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused) as refused:
        log_cosigner(tmp_path / "log.cosign.key", "example.com/other", bytes)
    assert refused.value.faults[0].code == "log_key_foreign"


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    log_signer(tmp_path / "log.key", "example.com/log", bytes)
    for open_key in (log_cosigner, lambda path, name, random: signing_key(path, name, random, COSIGNATURE_ED25519)):
        with pytest.raises(Refused) as refused:
            open_key(tmp_path / "log.key", "example.com/log", bytes)
        assert refused.value.faults[0].code == "log_key_invalid"
