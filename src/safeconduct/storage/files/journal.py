"""How is an entry durable before anything else happens? The write-ahead file of one process: one writer, one chain.

Entries are appended on one thread (the event loop's); everything that waits becomes durable in one batch, and while the disk
works the next one gathers. Who waits for the disk is the ``flushers``' part; here are the chain, the queue and the file.

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
from threading import Lock

from safeconduct.audit.chain import CLOSES, CLOSES_FOREIGN, MARK_SHIFT, OPENS, REF_SHIFT
from safeconduct.audit.entries import CallDecided, CallEnded, Entry, WriterStarted, WriterStopped, encode
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.failures import JournalFailed
from safeconduct.storage.files.flushers import KernelFlusher, Sync, Then, ThreadFlusher, settle
from safeconduct.storage.files.frames import GROUP_ENTRIES, LOCK_NAME, MAGIC, SEGMENT_HEAD, pack_group, segment_name
from safeconduct.storage.files.kernel_sync import KernelSync
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

SEGMENT_BYTES = 8 * 1024 * 1024  # large enough that rotation is rare, small enough to scan at start in milliseconds
# A sync of blocks that were written before changes no metadata, which saves a quarter of it. Small batches therefore write zeros
# ahead, now and then, for those that follow; for large ones the zeros would cost more than they save.
ZEROS = bytes(64 * 1024)
ZEROS_PAY = 8 * 1024
MAX_WAITING = 100_000  # entries in memory while the disk stands still; beyond it the answer is no
MAX_REF = (1 << 64 - REF_SHIFT) - 1
OPENS_WORD = OPENS << MARK_SHIFT
CLOSES_WORD = CLOSES << MARK_SHIFT
CLOSES_FOREIGN_WORD = CLOSES_FOREIGN << MARK_SHIFT
UNAWAITED_SECONDS = 0.02  # an outcome that nobody waits for rides with the next batch, or goes alone after this long
MAX_BOOT = 64


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
        self._guard = Lock()  # pending, thens, due
        self._pending: list[tuple[int, bytes, bytes]] = []  # word, leaf hash, entry
        self._thens: list[Then] = []
        self._due = False  # what nobody waits for has waited long enough
        self._writing = Lock()  # the file, its offset, and the order of batches
        self._fd = -1
        self._offset = 0
        self._zeroed = 0  # up to here the segment's blocks are written
        self._durable = 0
        self._lock_fd = -1
        self._nudging = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flusher: ThreadFlusher | KernelFlusher | None = None
        self._open_sync: Callable[[], Sync | None] = _no_sync

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
        open_sync: Callable[[], Sync | None] | None = None,
    ) -> Journal:
        """Begin a new boot under ``directory`` and make its first entry durable.

        ``open_sync`` finds a way to sync without a thread: the kernel's where there is one, none for a ``disk`` of one's own,
        which then syncs itself. The folder is built aside, locked, and only then given its name: nobody ever sees an unlocked
        live boot.
        Raises Refused when the boot's name is taken or unfit, or the folder cannot be written.
        """
        if not boot or len(boot) > MAX_BOOT or not all(c.isascii() and (c.isalnum() or c == "-") for c in boot):
            raise Refused(Fault("boot_invalid", "a boot id is up to 64 letters, digits and dashes", boot[:64], "generate one"))
        journal = cls(directory / boot, node, boot, clock, disk or Disk(), segment_bytes)
        journal._open_sync = open_sync or (KernelSync.open if disk is None else _no_sync)
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
        settle(*self.flush())
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
        if self._flusher is not None:
            self._flusher.stop()
            settle(*self.flush())
        if not self._failure:
            with contextlib.suppress(OSError):  # the preallocated tail; zeros that readers would pass over anyway
                self._disk.truncate(self._fd, self._offset)
        self._release()

    def _queue(self, entry: Entry, closes: int | None, then: Then | None) -> None:
        """The hot path of the event loop's thread: nothing here waits, and nothing releases the interpreter for long."""
        seq = self._seq + 1
        entry.boot = self.boot
        entry.node = self.node
        entry.prev = self._prev
        entry.seq = seq
        word = opened = 0
        if type(entry) is CallDecided:
            word, opened = OPENS_WORD, 1
        elif type(entry) is CallEnded:
            word, opened = _closing(entry, self.boot, closes)
        data = encode(entry)
        leaf = sha256(b"\x00" + data).digest()
        # from here on nothing fails: the chain moves on only with a queued entry
        self._seq = seq
        self._prev = leaf.hex()
        self._open_calls += opened
        with self._guard:
            self._pending.append((word | len(data), leaf, data))
            if then is None:
                return
            self._thens.append(then)
        if self._flusher is not None:
            self._flusher.wake()

    def _nudge(self) -> None:
        self._nudging = False
        with self._guard:
            if not self._pending:
                return
            self._due = True
        if self._flusher is not None:
            self._flusher.wake()

    def _attach(self) -> asyncio.AbstractEventLoop:
        self._loop = loop = asyncio.get_running_loop()
        sync = self._open_sync()
        if sync is not None:
            self._flusher = KernelFlusher(self, loop, sync)
        else:
            self._flusher = ThreadFlusher(self, loop, f"journal-{self.boot}")
        return loop

    # for the flushers (Batches)

    @property
    def awaited(self) -> int:
        return len(self._thens)

    @property
    def due(self) -> bool:
        return bool(self._thens) or self._due  # what nobody waits for waits for the next batch

    @property
    def descriptor(self) -> int:
        return self._fd

    @property
    def fits(self) -> bool:
        waiting = sum([len(data) for _, _, data in self._pending]) + len(self._pending) * 64 + 4096  # frames at most
        return self._offset + waiting <= self._segment_bytes or self._offset <= SEGMENT_HEAD.size

    def turn_over(self) -> None:
        with self._writing:
            try:
                self._begin_segment(self.directory, self._durable + 1)
            except OSError as fault:
                self.fail(fault)

    def fail(self, fault: OSError) -> None:
        self._failure = self._failure or f"writing failed: {fault.strerror or type(fault).__name__}"

    def flush(self) -> tuple[list[Then], bool]:
        return self._carry(synced=True)

    def begin(self) -> tuple[list[Then], bool]:
        return self._carry(synced=False)

    def _carry(self, *, synced: bool) -> tuple[list[Then], bool]:
        with self._writing:
            with self._guard:
                batch, self._pending = self._pending, []
                thens, self._thens = self._thens, []
                self._due = False
            return thens, self._write(batch, synced=synced) if batch else not self._failure

    def _write(self, batch: list[tuple[int, bytes, bytes]], *, synced: bool) -> bool:
        if self._failure:
            return False
        first = self._durable + 1
        data = b"".join(
            pack_group(first + start, *zip(*batch[start : start + GROUP_ENTRIES], strict=True))
            for start in range(0, len(batch), GROUP_ENTRIES)
        )
        try:
            if self._offset + len(data) > self._segment_bytes and self._offset > SEGMENT_HEAD.size:
                self._begin_segment(self.directory, first)
            end = self._offset + len(data)
            zeros = self._zeros(end) if len(data) < ZEROS_PAY else b""
            if synced:
                self._disk.write_durable(self._fd, data, self._offset, zeros)
            else:
                self._disk.write(self._fd, data + zeros, self._offset)
        except OSError as fault:
            self.fail(fault)
            return False
        self._offset = end
        self._durable += len(batch)
        return True

    def _zeros(self, end: int) -> bytes:
        """What to write after ``end``, so that the writes that follow find written blocks."""
        if end <= self._zeroed:
            return b""
        count = min(len(ZEROS), max(0, self._segment_bytes - end))
        self._zeroed = end + count
        return ZEROS[:count]

    def _begin_segment(self, directory: Path, first: int) -> None:
        fd = self._disk.create(directory / segment_name(first))
        try:
            self._disk.allocate(fd, self._segment_bytes)
            self._zeroed = 0
            self._disk.write(fd, SEGMENT_HEAD.pack(MAGIC, first) + self._zeros(SEGMENT_HEAD.size), 0)
            self._disk.fsync(fd)
            self._disk.sync_directory(directory)
        except OSError:
            os.close(fd)
            raise
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = fd
        self._offset = SEGMENT_HEAD.size

    def _release(self) -> None:
        for fd in (self._fd, self._lock_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._lock_fd = -1


def _closing(entry: CallEnded, boot: str, closes: int | None) -> tuple[int, int]:
    """Tell the outcome what it closes. Returns its word, and what it adds to this writer's open calls."""
    if closes:
        entry.closes_boot, entry.closes_seq = boot, closes
    ref = entry.closes_seq
    if ref == 0:
        return 0, 0
    if not 0 < ref <= MAX_REF:
        raise ValueError(f"no writer has an entry {ref}")
    if entry.closes_boot == boot:
        return CLOSES_WORD | ref << REF_SHIFT, -1
    return CLOSES_FOREIGN_WORD | ref << REF_SHIFT, 0


def _no_sync() -> None:
    """A disk of somebody's own syncs itself."""
