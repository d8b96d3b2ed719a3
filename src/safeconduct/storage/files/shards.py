"""Which year's journals may a writer still begin in? The year a log began in, and the gate that the keeper closes behind a year.

A writer enters under a shared lock, the keeper closes under an exclusive one: no writer ever begins in a shard whose last
checkpoint is being signed. Nobody waits for the lock. Who finds it held by the keeper goes on to the next year.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safeconduct.storage.files.disk import Disk, read_bounded
from safeconduct.terms.faults import Fault, Refused

CLOSED = ".closed"
GATE = ".gate.lock"
FIRST_YEAR = ".first-year"
MAX_YEAR_BYTES = 16


class Gate:
    """The way into the journals of one shard."""

    def __init__(self, journal: Path, disk: Disk | None = None) -> None:
        self._journal = journal
        self._disk = disk or Disk()

    @property
    def closed(self) -> bool:
        """Whether no writer may begin here any more."""
        return (self._journal / CLOSED).exists()

    @contextmanager
    def entered(self) -> Iterator[bool]:
        """Hold the gate open while a writer begins. Yields False when it is closed, or closing right now."""
        with self._locked(fcntl.LOCK_SH) as held:
            yield held and not self.closed

    def close(self, vacant: Callable[[], bool]) -> bool:
        """Close for good, durably, if nobody is entering and ``vacant`` says that no writer is left. Whether it is closed now."""
        if self.closed:
            return True
        with self._locked(fcntl.LOCK_EX) as held:
            if not held or not vacant():
                return False
            self._disk.write_file(self._journal / CLOSED, b"", 0o600)
            self._disk.sync_directory(self._journal)
        return True

    @contextmanager
    def _locked(self, kind: int) -> Iterator[bool]:
        self._journal.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._journal / GATE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(fd, kind | fcntl.LOCK_NB)
                held = True
            except BlockingIOError:
                held = False
            yield held
        finally:
            os.close(fd)


def first_year(journal: Path, year: int, later: list[int], disk: Disk | None = None) -> int:
    """The year in which this log's first shard ends; settled for good by whoever asks first.

    ``year`` is the year now, ``later`` are years that already have shards of their own. Raises Refused when the file that says
    it was edited.
    """
    path = journal / FIRST_YEAR
    try:
        return _read_year(path)
    except FileNotFoundError:
        chosen = min(later) - 1 if later else year
    disk = disk or Disk()
    journal.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{FIRST_YEAR}.{os.getpid()}.new")
    disk.write_file(fresh, f"{chosen}\n".encode(), 0o600)
    try:
        os.link(fresh, path)  # whoever comes first has settled it
    except FileExistsError:
        chosen = _read_year(path)
    finally:
        disk.unlink(fresh)
    disk.sync_directory(journal)
    return chosen


def _read_year(path: Path) -> int:
    text = read_bounded(path, MAX_YEAR_BYTES).strip()
    if not text.isdigit():
        raise Refused(
            Fault("shard_year_invalid", "this is no year", str(path), "write the year in which the first shard of this log ends")
        )
    return int(text)
