"""A head in a folder apart: replaced only by whoever knows what is there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from safeconduct.storage.files.heads import HeadFile, head_name
from support.audit_faults import CountingDisk, fail
from support.audit_home import SIGNER


def test_p7_a_head_is_replaced_only_by_who_knows_it(tmp_path: Path) -> None:
    path = tmp_path / "heads" / head_name(SIGNER.verifier)
    one, other = HeadFile(path), HeadFile(path)
    assert one.load() is None
    assert one.swap(None, b"first")
    assert not other.swap(None, b"another first")
    assert other.swap(b"first", b"second")
    assert not one.swap(b"first", b"fork")
    assert one.load() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_note_that_is_far_too_long_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "head").write_bytes(bytes(1_000_001))
    with pytest.raises(ValueError, match="longer"):
        HeadFile(tmp_path / "head").load()


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_p7_a_disk_that_fails_leaves_the_old_head_or_the_new_one(tmp_path: Path, at: int) -> None:
    HeadFile(tmp_path / "head").swap(None, b"old")
    disk = CountingDisk(at, fail(5))
    with pytest.raises(OSError, match="Input/output"):
        HeadFile(tmp_path / "head", disk).swap(b"old", b"new")
    assert HeadFile(tmp_path / "head").load() in (b"old", b"new")


def test_the_name_tells_logs_and_keys_apart() -> None:
    name = head_name(SIGNER.verifier)
    assert len(name) == 32
    assert name == head_name(SIGNER.verifier)
