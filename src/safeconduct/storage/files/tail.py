"""What has another process written, and does it still live? Reads journals as they grow; never writes into them.

The keeper follows every boot through one ``JournalTail``. A frame counts when it is whole and next in order; behind the last
whole one lies either nothing yet, or the torn end of a process that died, which nobody was ever told is durable.
"""

from __future__ import annotations

import fcntl
import os
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from safeconduct.audit.entries import MAX_ENTRY_BYTES
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.frames import (
    COVERED,
    FRAME_HEAD,
    LOCK_NAME,
    MAGIC,
    SEGMENT_HEAD,
    SUFFIX,
    Frame,
    segment_name,
)

CHUNK = 1024 * 1024
HEADS = FRAME_HEAD.size + COVERED.size


class JournalDamaged(OSError):
    """A journal lacks entries that its later segments say were there."""


class JournalFolder:
    """All journals of one home."""

    def __init__(self, directory: Path, disk: Disk | None = None) -> None:
        self._directory = directory
        self._disk = disk or Disk()

    def boots(self) -> list[str]:
        """Names of all boots that left a journal here, sorted."""
        if not self._directory.is_dir():
            return []
        return sorted(path.name for path in self._directory.iterdir() if not path.name.startswith(".") and path.is_dir())

    def follow(self, boot: str, after: int) -> JournalTail:
        return JournalTail(self._directory / boot, after, self._disk)


class JournalTail:
    """Follows one boot from the entry after ``after`` on."""

    def __init__(self, directory: Path, after: int = 0, disk: Disk | None = None) -> None:
        self.boot = directory.name
        self.after = after
        self._directory = directory
        self._disk = disk or Disk()
        self._fd = -1
        self._offset = 0
        self._first = 0

    def alive(self) -> bool:
        """Whether the writer still holds its lock. Ask before ``read``: what a dead writer left is all there will be."""
        try:
            fd = os.open(self._directory / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def read(self) -> list[Frame]:
        """The next whole frames, at most about one megabyte; empty when there is nothing more now.

        Raises JournalDamaged when entries are missing between here and a later segment.
        """
        looked_again = False
        while True:
            if self._fd < 0 and not self._open():
                return []
            before = self._offset
            frames = self._parse(os.pread(self._fd, CHUNK, self._offset))
            if frames:
                return frames
            if self._offset > before:
                continue  # only entries that are in the tree already
            if self._first <= self.after and (self._directory / segment_name(self.after + 1)).exists():
                self.close()
                continue
            if not self._lacking():
                return []
            if looked_again:  # not just a rotation that happened between our read and our look
                raise self._damaged()
            looked_again = True

    def release(self, committed: int) -> None:
        """Remove segments whose every entry is at or before ``committed`` and that the writer has left."""
        firsts = self._firsts()
        for first, following in pairwise(firsts):
            if following <= committed + 1:
                self._disk.unlink(self._directory / segment_name(first))

    def remove(self) -> None:
        """Remove the whole journal of a dead writer: its entries are in the signed tree."""
        self.close()
        for first in self._firsts():
            self._disk.unlink(self._directory / segment_name(first))
        self._disk.unlink(self._directory / LOCK_NAME)
        self._directory.rmdir()

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def _firsts(self) -> list[int]:
        names = (path.name for path in self._directory.iterdir() if path.name.endswith(SUFFIX))
        return sorted(int(name.removesuffix(SUFFIX)) for name in names if name.removesuffix(SUFFIX).isdecimal())

    def _open(self) -> bool:
        """Open the segment that holds entry ``after + 1``, or would hold it."""
        starts = [first for first in self._firsts() if first <= self.after + 1]
        if starts:
            return self._open_segment(starts[-1])
        if self._lacking():
            raise self._damaged()
        return False

    def _open_segment(self, first: int) -> bool:
        fd = os.open(self._directory / segment_name(first), os.O_RDONLY | os.O_CLOEXEC)
        head = os.pread(fd, SEGMENT_HEAD.size, 0)
        if head == SEGMENT_HEAD.pack(MAGIC, first):
            self._fd, self._offset, self._first = fd, SEGMENT_HEAD.size, first
            return True
        os.close(fd)
        return False  # begun, not written yet

    def _parse(self, chunk: bytes) -> list[Frame]:
        frames: list[Frame] = []
        position, end = 0, len(chunk)
        after = self.after
        while position + HEADS <= end:
            length, crc = FRAME_HEAD.unpack_from(chunk, position)
            start = position + HEADS
            stop = start + length
            if not 0 < length <= MAX_ENTRY_BYTES or stop > end or crc32(chunk[position + FRAME_HEAD.size : stop]) != crc:
                break
            seq, mark, ref = COVERED.unpack_from(chunk, position + FRAME_HEAD.size)
            position = stop
            if seq <= after:
                continue  # in the tree already
            if seq != after + 1:
                break
            frames.append((seq, mark, ref, chunk[start:stop]))
            after = seq
        self.after = after
        self._offset += position
        return frames

    def _lacking(self) -> int:
        """The last of the entries that are missing before a later segment; 0 when none are."""
        later = [first for first in self._firsts() if first > self.after + 1]
        return later[0] - 1 if later else 0

    def _damaged(self) -> JournalDamaged:
        what = f"journal {self.boot} lacks entries {self.after + 1} to {self._lacking()}; the log would have a gap"
        return JournalDamaged(0, what, str(self._directory))
