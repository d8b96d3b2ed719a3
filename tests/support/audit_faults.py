"""Disks that fail, and one that kills the process: at the n-th system call that could be the last."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path

from safeconduct.storage.files.disk import Disk


class CountingDisk(Disk):
    """Calls ``strike(name, fd, data, offset)`` before the call number ``at`` (from 1); counts all."""

    def __init__(self, at: int, strike: Callable[[str, int, bytes, int], None]) -> None:
        self.at = at
        self.calls = 0
        self.names: list[str] = []
        self._strike = strike

    def _count(self, name: str, fd: int = -1, data: bytes = b"", offset: int = 0) -> None:
        self.calls += 1
        self.names.append(name)
        if self.calls == self.at:
            self._strike(name, fd, data, offset)

    def create(self, path: Path, mode: int = 0o600) -> int:
        self._count("create")
        return super().create(path, mode)

    def allocate(self, fd: int, size: int) -> None:
        self._count("allocate")
        super().allocate(fd, size)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        self._count("write", fd, data, offset)
        super().write(fd, data, offset)

    def fdatasync(self, fd: int) -> None:
        self._count("fdatasync")  # the data is in the page cache: a kill keeps it, which is the harder case to be exact about

    def write_durable(self, fd: int, data: bytes, offset: int, behind: bytes = b"") -> None:
        """Struck before the write, and between write and sync."""
        self.write(fd, data + behind, offset)
        self.fdatasync(fd)

    def fsync(self, fd: int) -> None:
        self._count("fsync")

    def truncate(self, fd: int, size: int) -> None:
        self._count("truncate")
        super().truncate(fd, size)

    def replace(self, source: Path, target: Path) -> None:
        self._count("replace")
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        self._count("unlink")
        super().unlink(path)


def kill(name: str, fd: int, data: bytes, offset: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def tear(name: str, fd: int, data: bytes, offset: int) -> None:
    """Half of the write arrives, then the process is killed."""
    if name == "write":
        os.pwrite(fd, data[: len(data) // 2], offset)
    kill(name, fd, data, offset)


def fail(code: int) -> Callable[[str, int, bytes, int], None]:
    def strike(name: str, fd: int, data: bytes, offset: int) -> None:
        if name == "write":
            os.pwrite(fd, data[: len(data) // 2], offset)
        raise OSError(code, os.strerror(code))

    return strike


STRIKES = {"kill": kill, "tear": tear, "eio": fail(errno.EIO), "enospc": fail(errno.ENOSPC)}
