"""What has another process written, and does it still live? Reads journals as they grow; never writes into them.

The keeper follows every boot through one ``JournalTail``. A group counts when it is whole and next in order; behind the last
whole one lies either nothing yet, or the torn end of a process that died, which nobody was ever told is durable.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from safeconduct.audit.chain import LENGTH_MASK
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.failures import JournalDamaged
from safeconduct.storage.files.frames import (
    CRC_BYTES,
    GROUP_ENTRIES,
    GROUP_HEAD,
    LOCK_NAME,
    MAGIC,
    MAX_GROUP_BYTES,
    ROW_BYTES,
    SEGMENT_HEAD,
    SUFFIX,
    WORDS,
    Group,
    segment_name,
)

LEAST_CHUNK = 16 * 1024  # what is read to see whether there is anything; grows to MOST_CHUNK while there is
MOST_CHUNK = 1024 * 1024
LOOK_EVERY = 8  # of so many fruitless reads in a row, the first looks for later segments


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

    def oldest(self, boot: str) -> JournalTail:
        """Follows a boot from the oldest entry that still lies here; those before it are in the signed tree."""
        return JournalTail.oldest(self._directory / boot, self._disk)


class JournalTail:
    """Follows one boot from the entry after ``after`` on."""

    def __init__(self, directory: Path, after: int = 0, disk: Disk | None = None) -> None:
        self.boot = directory.name
        self.after = after
        self._directory = directory
        self._disk = disk or Disk()
        self._fd = -1
        self._lock_fd = -1
        self._offset = 0
        self._first = 0
        self._chunk = LEAST_CHUNK
        self._fruitless = 0

    @classmethod
    def oldest(cls, directory: Path, disk: Disk | None = None) -> JournalTail:
        """Follows a boot from the first segment that is still there. Raises FileNotFoundError when the journal is gone."""
        tail = cls(directory, 0, disk)
        tail.after = min(tail._firsts(), default=1) - 1
        return tail

    def alive(self) -> bool:
        """Whether the writer still holds its lock. Ask before ``read``: what a dead writer left is all there will be."""
        if self._lock_fd < 0:
            try:
                self._lock_fd = os.open(self._directory / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return False
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        os.close(self._lock_fd)
        self._lock_fd = -1
        return False

    def read(self) -> list[Group]:
        """The next whole groups, at most about one megabyte; empty when there is nothing more now.

        Raises JournalDamaged when entries are missing between here and a later segment.
        """
        looked_again = False
        while True:
            if self._fd < 0 and not self._open():
                return []
            before, asked = self._offset, self._chunk
            groups = self._parse(os.pread(self._fd, asked, before))
            if groups:
                self._fruitless = 0
                return groups
            if self._offset > before or self._chunk > asked:
                continue  # only entries that are in the tree already, or a group larger than what was read
            if self._first <= self.after and (self._directory / segment_name(self.after + 1)).exists():
                self.close()
                continue
            self._fruitless += 1
            if (self._fruitless % LOOK_EVERY != 1 and not looked_again) or not self._lacking():
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
        for fd in (self._fd, self._lock_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._lock_fd = -1

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

    def _parse(self, chunk: bytes) -> list[Group]:
        """The whole groups at the start of ``chunk``. Moves on behind them, and sets how much to read next time."""
        groups: list[Group] = []
        position, end = 0, len(chunk)
        wanted = LEAST_CHUNK
        while position + GROUP_HEAD.size <= end:
            crc, count, first, length = GROUP_HEAD.unpack_from(chunk, position)
            if not 0 < count <= GROUP_ENTRIES or length > MAX_GROUP_BYTES or first > self.after + 1:
                break
            table = position + GROUP_HEAD.size
            body = table + count * ROW_BYTES
            stop = body + length
            if stop > end:
                wanted = max(MOST_CHUNK, stop - position)
                break
            if crc32(chunk[position + CRC_BYTES : body]) != crc:
                break
            group = _unpacked(chunk, count, table, stop)
            if group is None:
                break
            position = stop
            if (known := self.after + 1 - first) < count:
                self.after = first + count - 1
                groups.append((first + known, *(part[known:] for part in group)) if known else (first, *group))
        if end == self._chunk and position + GROUP_HEAD.size > end:
            wanted = MOST_CHUNK
        self._chunk = wanted
        self._offset += position
        return groups

    def _lacking(self) -> int:
        """The last of the entries that are missing before a later segment; 0 when none are."""
        later = [first for first in self._firsts() if first > self.after + 1]
        return later[0] - 1 if later else 0

    def _damaged(self) -> JournalDamaged:
        what = f"journal {self.boot} lacks entries {self.after + 1} to {self._lacking()}; the log would have a gap"
        return JournalDamaged(0, what, str(self._directory))


def _unpacked(chunk: bytes, count: int, table: int, stop: int) -> tuple[Sequence[int], list[bytes], list[bytes]] | None:
    """Words, leaf hashes and entries of a group whose table is sound; None when an entry is not what its leaf hash says."""
    words = WORDS[count].unpack_from(chunk, table)
    at = table + count * ROW_BYTES
    leaves, entries = [], []
    for word in words:
        entry = chunk[at : (at := at + (word & LENGTH_MASK))]
        leaves.append(sha256(b"\x00" + entry).digest())
        entries.append(entry)
    if at != stop or b"".join(leaves) != chunk[table + 8 * count : table + ROW_BYTES * count]:
        return None
    return words, leaves, entries
