"""How is an entry durable before anything else happens? The write-ahead file of one process: one writer, one chain.

Entries are appended on one thread (the event loop's); a second thread writes everything that waits with one write and one
fdatasync, then reports back to the loop in one call. While the disk works, the next batch gathers: no timer, no delay.

INVARIANT: P2 - ``then(True)`` is called only after fdatasync returned for a batch that holds the entry.
INVARIANT: P2 - after the first error the journal has failed for good: every waiting and every later ``then`` gets False, and
nothing is retried (a kernel that failed one fsync may answer the next with success though the pages are gone).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Lock, Thread
from zlib import crc32

from safeconduct.audit.chain import CLOSES, CLOSES_FOREIGN, OPENS, OTHER
from safeconduct.audit.entries import CallDecided, CallEnded, Entry, WriterStarted, WriterStopped, encode
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.frames import (
    COVERED,
    FRAME_HEAD,
    LOCK_NAME,
    MAGIC,
    SEGMENT_HEAD,
    segment_name,
)
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

Then = Callable[[bool], None]

SEGMENT_BYTES = 8 * 1024 * 1024  # large enough that rotation is rare, small enough to scan at start in milliseconds
MAX_WAITING = 200_000  # pieces (two an entry) in memory while the disk stands still; beyond it the answer is no
UNAWAITED_SECONDS = 0.02  # an outcome that nobody waits for rides with the next batch, or goes alone after this long
MAX_BOOT = 64


class JournalFailed(OSError):
    """The entry could not be made durable; nothing may be built on it."""


class Journal:
    """One process's journal. ``append`` and ``append_sync`` are called on one thread only."""

    def __init__(
        self, directory: Path, node: str, boot: str, clock: Callable[[], Moment], disk: Disk, segment_bytes: int
    ) -> None:
        self.node = node
        self.boot = boot
        self.directory = directory
        self._clock = clock
        self._disk = disk
        self._segment_bytes = segment_bytes
        self._seq = 0
        self._prev = ""
        self._open_calls = 0
        self._failure = ""
        self._closed = False
        self._guard = Lock()  # pending, thens, awake
        self._pending: list[bytes] = []
        self._thens: list[Then] = []
        self._awake = False
        self._writing = Lock()  # the file, its offset, and the order of batches
        self._fd = -1
        self._offset = 0
        self._durable = 0
        self._lock_fd = -1
        self._wake = Lock()
        self._wake.acquire()
        self._nudging = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None

    @classmethod
    def open(
        cls,
        directory: Path,
        node: str,
        boot: str,
        *,
        clock: Callable[[], Moment],
        start_entry: WriterStarted,
        disk: Disk | None = None,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> Journal:
        """Begin a new boot under ``directory`` and make its first entry durable.

        The folder is built aside, locked, and only then given its name: nobody ever sees an unlocked live boot.
        Raises Refused when the boot's name is taken or unfit, or the folder cannot be written.
        """
        if not boot or len(boot) > MAX_BOOT or not all(c.isascii() and (c.isalnum() or c == "-") for c in boot):
            raise Refused(Fault("boot_invalid", "a boot id is up to 64 letters, digits and dashes", boot[:64], "generate one"))
        journal = cls(directory / boot, node, boot, clock, disk or Disk(), segment_bytes)
        aside = directory / f".{boot}"
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside.mkdir(mode=0o700)
            journal._lock_fd = journal._disk.create(aside / LOCK_NAME)
            fcntl.flock(journal._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            journal._begin_segment(aside, 1)
            if journal.directory.exists():
                raise FileExistsError(0, "the boot id was used before")
            journal._disk.replace(aside, journal.directory)
            journal._disk.sync_directory(directory)
            journal.append_sync(start_entry)
        except OSError as fault:
            journal._release()
            raise Refused(
                Fault(
                    "journal_unwritable",
                    f"the journal cannot be written: {fault.strerror or fault}",
                    str(directory),
                    "free space, or fix the disk or its permissions",
                )
            ) from fault
        return journal

    @property
    def healthy(self) -> bool:
        """Whether an entry appended now can still become durable."""
        return not self._failure and not self._closed

    @property
    def failure(self) -> str:
        """Why the journal failed; empty while it works."""
        return self._failure

    @property
    def seq(self) -> int:
        """The number of the entry appended last."""
        return self._seq

    def append(self, entry: Entry, *, opens: bool = False, closes: int | None = None, then: Then | None = None) -> int:
        """Queue an entry; ``then`` learns on the event loop whether it is durable, never before this call returns.

        ``opens``: the entry opens a call (every CallDecided does, nothing else may). ``closes``: the seq of this
        writer's entry that it closes; the entry is told.
        Returns the entry's seq, 0 when the journal takes no more. Raises ValueError for an entry over 65,535 bytes.
        """
        loop = self._loop or self._attach()
        if self._failure or self._closed or len(self._pending) > MAX_WAITING:
            if then is not None:
                loop.call_soon(then, False)
            return 0
        if opens and type(entry) is not CallDecided:
            raise ValueError("only a decision opens a call")
        self._queue(entry, closes, then)
        if then is None and not self._nudging:
            self._nudging = True
            loop.call_later(UNAWAITED_SECONDS, self._nudge)
        return self._seq

    def append_sync(self, *entries: Entry) -> int:
        """Make entries durable, all in one write, before returning the last one's seq (start, stop, officers' acts).

        Raises JournalFailed, and ValueError for an entry over 65,535 bytes.
        """
        if self._failure or self._closed:
            raise JournalFailed(0, self._failure or "the journal is closed")
        for entry in entries:
            self._queue(entry, None, None)
        self._flush()
        if self._failure:
            raise JournalFailed(0, self._failure)
        return self._seq

    def close(self, reason: str = "stopped") -> None:
        """Write ``writer.stopped``, stop the thread, let the lock go. A failed journal just lets go."""
        if self._closed:
            return
        if not self._failure:
            with contextlib.suppress(JournalFailed):
                self.append_sync(WriterStopped(at=self._clock(), open_calls=self._open_calls, reason=reason))
        self._closed = True
        if self._thread is not None:
            with self._guard:
                if not self._awake:
                    self._awake = True
                    self._wake.release()
            self._thread.join()
        if not self._failure:
            with contextlib.suppress(OSError):  # the preallocated tail; zeros that readers would pass over anyway
                self._disk.truncate(self._fd, self._offset)
        self._release()

    def _queue(self, entry: Entry, closes: int | None, then: Then | None) -> None:
        seq = self._seq + 1
        entry.boot = self.boot
        entry.node = self.node
        entry.prev = self._prev
        entry.seq = seq
        mark, ref = OTHER, 0
        if type(entry) is CallDecided:
            mark = OPENS
        elif type(entry) is CallEnded:
            if closes:
                entry.closes_boot, entry.closes_seq = self.boot, closes
            if ref := entry.closes_seq:
                mark = CLOSES if entry.closes_boot == self.boot else CLOSES_FOREIGN
        data = encode(entry)
        # from here on nothing fails: the chain moves on only with a queued frame
        self._seq = seq
        self._prev = sha256(b"\x00" + data).hexdigest()
        if mark == OPENS:
            self._open_calls += 1
        elif mark == CLOSES:
            self._open_calls -= 1
        covered = COVERED.pack(seq, mark, ref) + data
        head = FRAME_HEAD.pack(len(data), crc32(covered))
        with self._guard:
            self._pending += (head, covered)
            if then is None:
                return
            self._thens.append(then)
            if self._awake or self._thread is None:
                return
            self._awake = True
        self._wake.release()

    def _nudge(self) -> None:
        self._nudging = False
        with self._guard:
            if self._awake or not self._pending:
                return
            self._awake = True
        self._wake.release()

    def _attach(self) -> asyncio.AbstractEventLoop:
        self._loop = loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._write_on, name=f"journal-{self.boot}", daemon=True)
        self._thread.start()
        return loop

    def _write_on(self) -> None:
        while True:
            self._wake.acquire()
            while True:
                while self._flush():
                    pass
                with self._guard:
                    if not self._pending:
                        self._awake = False
                        break
            if self._closed:
                return

    def _flush(self) -> bool:
        """Write what waits as one batch; False when nothing does."""
        with self._writing:
            with self._guard:
                batch, self._pending = self._pending, []
                thens, self._thens = self._thens, []
            if not batch:
                return False
            durable = self._write(batch)
        if thens:
            self._report(thens, durable)
        return True

    def _write(self, batch: list[bytes]) -> bool:
        if self._failure:
            return False
        data = b"".join(batch)
        try:
            if self._offset + len(data) > self._segment_bytes and self._offset > SEGMENT_HEAD.size:
                self._begin_segment(self.directory, self._durable + 1)
            self._disk.write(self._fd, data, self._offset)
            self._disk.fdatasync(self._fd)
        except OSError as fault:
            self._failure = f"writing failed: {fault.strerror or type(fault).__name__}"
            return False
        self._offset += len(data)
        self._durable += len(batch) // 2
        return True

    def _begin_segment(self, directory: Path, first: int) -> None:
        fd = self._disk.create(directory / segment_name(first))
        try:
            self._disk.allocate(fd, self._segment_bytes)
            self._disk.write(fd, SEGMENT_HEAD.pack(MAGIC, first), 0)
            self._disk.fsync(fd)
            self._disk.sync_directory(directory)
        except OSError:
            os.close(fd)
            raise
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = fd
        self._offset = SEGMENT_HEAD.size

    def _report(self, thens: list[Then], durable: bool) -> None:
        if self._loop is None:
            _settle(thens, durable)
            return
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it everyone who waited
            self._loop.call_soon_threadsafe(_settle, thens, durable)

    def _release(self) -> None:
        for fd in (self._fd, self._lock_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._lock_fd = -1


def _settle(thens: list[Then], durable: bool) -> None:
    for then in thens:
        then(durable)
