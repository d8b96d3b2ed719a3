"""System calls: whole writes, whole files, bounds."""

from __future__ import annotations

import errno
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


def durably(path: Path) -> bytes:
    fd = Disk().create(path)
    Disk().write_durable(fd, b"data", 2, b"behind")
    os.close(fd)
    return path.read_bytes()


def test_a_durable_write_is_one_call_that_asks_for_the_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, real = [], os.pwritev

    def pwritev(fd: int, pieces: tuple[bytes, ...], offset: int, flags: int) -> int:
        asked.append(flags)
        return real(fd, pieces, offset, flags)

    monkeypatch.setattr(os, "pwritev", pwritev)
    assert durably(tmp_path / "f") == bytes(2) + b"databehind"
    assert asked == [os.RWF_DSYNC]


@pytest.mark.parametrize("short", [0, 1, 4, 9, errno.EOPNOTSUPP])
def test_a_durable_write_that_stops_short_goes_on_and_syncs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: int) -> None:
    synced, real = [], os.fdatasync

    def pwritev(fd: int, pieces: tuple[bytes, ...], offset: int, flags: int) -> int:
        if short == errno.EOPNOTSUPP:
            raise OSError(short, "not on this file system")
        return os.pwrite(fd, b"".join(pieces)[:short], offset)

    def fdatasync(fd: int) -> None:
        synced.append((tmp_path / "f").read_bytes())
        real(fd)

    monkeypatch.setattr(os, "pwritev", pwritev)
    monkeypatch.setattr(os, "fdatasync", fdatasync)
    assert durably(tmp_path / "f") == bytes(2) + b"databehind"
    assert synced == [bytes(2) + b"databehind"]


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_p2_a_durable_write_that_failed_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def pwritev(fd: int, pieces: tuple[bytes, ...], offset: int, flags: int) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "pwritev", pwritev)
    with pytest.raises(OSError, match=os.strerror(code)):
        durably(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b""


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
