"""How much is left of each throttling measure, as all workers of one home together see it? One small file that they map.

A slot holds which measure it is about (a hash of its id), what is left, and as of when. Whoever changes one holds a lock on the
file for that moment, and nobody waits for it: a worker that does not get it at once goes by its own share. What is forgotten when
the file is made anew, or when more measures throttle than there are slots, fills anew.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Final

from safeconduct.terms.moments import Moment

FILE: Final = "throttles.bin"
SLOTS: Final = 2_048
NEAR: Final = 8  # slots in a row that one measure may be in
TRIES: Final = 40  # each takes less than a microsecond; whoever holds the lock needs a few
_SLOT: Final = struct.Struct("<16sqq")
_NOBODY: Final = bytes(16)


class SharedBuckets:
    """The file, mapped; each worker has one. Raises OSError when it cannot be made."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(self._fd).st_size < SLOTS * _SLOT.size:
                os.ftruncate(self._fd, SLOTS * _SLOT.size)
            self._map = mmap.mmap(self._fd, SLOTS * _SLOT.size)
        except OSError:
            os.close(self._fd)
            raise

    def change(self, measure: str, turn: Callable[[int, Moment], tuple[int, Moment]]) -> bool:
        """Let ``turn`` make of what is left, and as of when, what it is from now on; -1 and 0 for a measure that is new here.

        False, and nothing done, where somebody else is at it.
        """
        name = blake2b(measure.encode(), digest_size=len(_NOBODY)).digest()
        if not self._locked():
            return False
        try:
            at, found = self._place(name)
            left, since = turn(*found)
            _SLOT.pack_into(self._map, at, name, left, since)
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
        return True

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        os.close(self._fd)

    def _locked(self) -> bool:
        for _ in range(TRIES):
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            return True
        return False

    def _place(self, name: bytes) -> tuple[int, tuple[int, Moment]]:
        """Where a measure is, or may be: in its own slot, in a free one, or in the one that was not used for longest."""
        first = int.from_bytes(name[:4], "big")
        best, oldest = -1, 0
        for step in range(NEAR):
            at = (first + step) % SLOTS * _SLOT.size
            held, left, since = _SLOT.unpack_from(self._map, at)
            if held == name:
                return at, (left, since)
            used = 0 if held == _NOBODY else since
            if best < 0 or used < oldest:
                best, oldest = at, used
        return best, (-1, 0)
