"""The kernel syncs a file and says so; where it cannot, that is known before anything is entrusted to it."""

from __future__ import annotations

import errno
import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from safeconduct.storage.files import kernel_sync
from safeconduct.storage.files.kernel_sync import KernelSync


@pytest.fixture
def sync() -> Iterator[KernelSync]:
    opened = KernelSync.open()
    if opened is None:
        pytest.skip("this kernel or sandbox offers no native AIO; the journal uses its thread here")
    yield opened
    opened.close()


def ended(sync: KernelSync) -> bool:
    poll = select.poll()
    poll.register(sync.fileno(), select.POLLIN)
    return bool(poll.poll(10_000))


def test_a_file_is_synced_again_and_again(sync: KernelSync, tmp_path: Path) -> None:
    fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT, 0o600)
    for number in range(20):
        os.pwrite(fd, b"entry", number * 5)
        sync.submit(fd)
        assert ended(sync)
        sync.reap()
    os.close(fd)


def test_what_cannot_be_synced_is_an_error(sync: KernelSync) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(OSError, match=r".") as closed:
        sync.submit(reading)
    assert closed.value.errno == errno.EBADF
    with pytest.raises(OSError, match=r".") as refused:
        _whole(sync, writing)
    assert refused.value.errno == errno.EINVAL
    os.close(writing)


def _whole(sync: KernelSync, fd: int) -> None:
    sync.submit(fd)
    assert ended(sync)
    sync.reap()


def test_an_unknown_machine_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_sync.platform, "machine", lambda: "z80")
    assert KernelSync.open() is None
