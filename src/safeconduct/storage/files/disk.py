"""How do bytes reach the disk for good? The few system calls the journal and the log store are made of, in one place.

One object, so that a test can stop, fail or kill the process at every single one of them. Errors are OSError and are never
retried here: after a failed fsync the kernel may have dropped the pages, and a second call would lie.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

_DSYNC: int = getattr(os, "RWF_DSYNC", 0)  # Linux 4.7 and later: this write as if the file were open with O_DSYNC
_UNSUPPORTED = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class Disk:
    """Real system calls. Stateless; safe to share between threads."""

    def create(self, path: Path, mode: int = 0o600) -> int:
        """A new file, open for reading and writing. Raises FileExistsError when it is there."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)

    def allocate(self, fd: int, size: int) -> None:
        """Reserve blocks now, so that a full disk shows here and later writes change no metadata but extents."""
        os.posix_fallocate(fd, 0, size)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        """All of ``data`` at ``offset``."""
        view = memoryview(data)
        while view:
            written = os.pwrite(fd, view, offset)
            view = view[written:]
            offset += written

    def fdatasync(self, fd: int) -> None:
        os.fdatasync(fd)

    def write_durable(self, fd: int, data: bytes, offset: int, behind: bytes = b"") -> None:
        """``write`` of ``data`` and ``behind``, then ``fdatasync``.

        One system call where the kernel can do both at once: each call costs a busy process a change of threads.
        """
        if _DSYNC:
            try:
                done = os.pwritev(fd, (data, behind) if behind else (data,), offset, _DSYNC)
            except OSError as fault:
                if fault.errno not in _UNSUPPORTED:
                    raise
                done = 0  # this file system cannot; nothing was written
            if done == len(data) + len(behind):
                return
            data, offset, behind = (data + behind)[done:], offset + done, b""
        self.write(fd, data + behind, offset)
        self.fdatasync(fd)

    def fsync(self, fd: int) -> None:
        os.fsync(fd)

    def truncate(self, fd: int, size: int) -> None:
        os.ftruncate(fd, size)

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)

    def unlink(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def sync_directory(self, path: Path) -> None:
        """Make names in a directory durable."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.fsync(fd)
        finally:
            os.close(fd)

    def write_file(self, path: Path, data: bytes, mode: int = 0o644) -> None:
        """Replace a whole file: readers see the old or the new one, never a part. The directory is the caller's to sync."""
        fresh, fd = self._written(path, data, mode)
        try:
            self.fsync(fd)
        finally:
            os.close(fd)
        self.replace(fresh, path)

    def put_file(self, path: Path, data: bytes, mode: int = 0o644) -> int:
        """Like ``write_file``, not durable before ``sync_files`` of what is returned: a crash may leave any part of it."""
        fresh, fd = self._written(path, data, mode)
        try:
            self.replace(fresh, path)
        except OSError:
            os.close(fd)
            raise
        return fd

    def sync_files(self, fds: Sequence[int]) -> None:
        """Make files durable, and close them.

        All are on their way to the disk before the first is waited for, so that the file system commits once and not for each.
        """
        try:
            for fd in fds:
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)  # starts the writing; the sync is what counts
            for fd in fds:
                self.fsync(fd)
        finally:
            for fd in fds:
                os.close(fd)

    def _written(self, path: Path, data: bytes, mode: int) -> tuple[Path, int]:
        fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            fd = self.create(fresh, mode)
        except FileExistsError:  # left by a process of this number that died
            fresh.unlink()
            fd = self.create(fresh, mode)
        try:
            self.write(fd, data, 0)
        except OSError:
            os.close(fd)
            raise
        return fresh, fd


def read_bounded(path: Path, limit: int) -> bytes:
    """A whole file. Raises OSError when there is none, ValueError when it is longer than ``limit`` bytes."""
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"the file is longer than the {limit} bytes it may have")
    return data
