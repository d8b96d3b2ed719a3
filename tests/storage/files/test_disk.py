"""System calls: whole writes, whole files, bounds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from safeconduct.storage.files.disk import Disk, read_bounded


def test_a_write_goes_on_until_everything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: real(fd, bytes(data[:7]), offset))
    fd = Disk().create(tmp_path / "f")
    Disk().write(fd, b"0123456789" * 10, 5)
    os.close(fd)
    assert (tmp_path / "f").read_bytes() == bytes(5) + b"0123456789" * 10


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    disk = Disk()
    disk.write_file(tmp_path / "f", b"old")
    disk.write_file(tmp_path / "f", b"new", 0o600)
    disk.sync_directory(tmp_path)
    assert (tmp_path / "f").read_bytes() == b"new"
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "f"]


def test_create_never_takes_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("mine")
    with pytest.raises(FileExistsError):
        Disk().create(tmp_path / "f")


def test_reading_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert read_bounded(tmp_path / "f", 5) == b"12345"
    with pytest.raises(ValueError, match="longer than the 4 bytes"):
        read_bounded(tmp_path / "f", 4)
