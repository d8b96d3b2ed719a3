"""What did this log sign last, as somebody apart from it remembers? One small file for each log, replaced by comparing first.

The folder belongs on another disk than the log, and out of its backups: a restored log meets a head it cannot extend.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path

from safeconduct.audit.note import MAX_NOTE_BYTES, Verifier
from safeconduct.storage.files.disk import Disk, read_bounded

NAME_DIGITS = 32


def head_name(verifier: Verifier) -> str:
    """The name of a log's head in a store of heads: 32 hex digits of the sha256 of its verifier key."""
    return hashlib.sha256(str(verifier).encode()).hexdigest()[:NAME_DIGITS]


class HeadFile:
    """The head of one log in a folder apart. Implements the keeper's port ``Heads``."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self._path = path
        self._disk = disk or Disk()

    def load(self) -> bytes | None:
        """The note, None when there is none. Raises OSError, ValueError when it is longer than a note may be."""
        try:
            return read_bounded(self._path, MAX_NOTE_BYTES)
        except FileNotFoundError:
            return None

    def swap(self, old: bytes | None, new: bytes) -> bool:
        """Put ``new`` in the place of exactly ``old``, durable before this returns. False when something else is there."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)  # held for one small write, by keepers only
            if self.load() != old:
                return False
            self._disk.write_file(self._path, new, 0o600)
            self._disk.sync_directory(self._path.parent)
        finally:
            os.close(fd)
        return True
