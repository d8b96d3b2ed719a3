"""Who waits for the disk, so that the event loop need not? Two ways to carry waiting entries to the disk.

``KernelFlusher``: the loop writes, the kernel syncs, and an eventfd tells the loop. No thread, no hand-over of the interpreter
lock; the way of every gateway worker on a kernel that offers it. Under load it waits a millisecond between batches.
``ThreadFlusher``: one thread writes and syncs, and reports in one call. Works everywhere.

Both keep the journal's promise (P2): a ``then(True)`` is called only when the sync that covers its entry has returned.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
from collections.abc import Callable
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Protocol

Then = Callable[[bool], None]

GATHER_SECONDS = 0.0005
RECENT_SECONDS = 0.002  # a batch that ended longer ago says nothing about the load now
CROWD = 4  # entries waited for, in the batch just synced and behind it; fewer callers are never made to wait
CROWD_SECONDS = 0.001  # the shortest time uvloop measures
END_SECONDS = 30.0  # a disk that does not answer for this long at the end has failed


class Batches(Protocol):
    """The journal, as a flusher sees it."""

    @property
    def awaited(self) -> int:
        """How many entries somebody waits for, not yet taken."""

    @property
    def due(self) -> bool:
        """Whether there is something to take: an entry somebody waits for, or one that has waited long enough."""

    def flush(self) -> tuple[list[Then], bool]:
        """Take what waits, make it durable, and say who waited and whether it is."""

    def begin(self) -> tuple[list[Then], bool]:
        """Take what waits and write it without a sync. Who waited, and whether it is written."""

    @property
    def fits(self) -> bool:
        """Whether what waits fits into the file at hand."""

    def turn_over(self) -> None:
        """Begin a new file; a failure shows at the next ``begin``."""

    @property
    def descriptor(self) -> int: ...

    def fail(self, fault: OSError) -> None:
        """Nothing is durable from here on."""


class Sync(Protocol):
    """See storage.files.kernel_sync."""

    def fileno(self) -> int: ...
    def submit(self, fd: int) -> None: ...
    def reap(self) -> None: ...
    def close(self) -> None: ...


class ThreadFlusher:
    """One thread. Under load it gathers as long again as the disk took; an entry that comes alone never waits."""

    def __init__(self, batches: Batches, loop: asyncio.AbstractEventLoop, name: str) -> None:
        self._batches = batches
        self._loop = loop
        self._guard = Lock()
        self._awake = False
        self._ended = False
        self._bell = Lock()
        self._bell.acquire()
        self._runner = Thread(target=self._run, name=name, daemon=True)
        self._runner.start()

    def wake(self) -> None:
        """There is something to take."""
        with self._guard:
            if self._awake:
                return
            self._awake = True
        self._bell.release()

    def stop(self) -> None:
        """Take what is there, then end."""
        self._ended = True
        self.wake()
        self._runner.join()

    def _run(self) -> None:
        batches = self._batches
        awaited, took, ended = 0, 0.0, 0.0  # the batch before
        while True:
            self._bell.acquire()
            while True:
                if awaited > 1 and batches.awaited < awaited and monotonic() - ended < RECENT_SECONDS:
                    sleep(min(took, GATHER_SECONDS))
                began = monotonic()
                thens, durable = batches.flush()
                ended = monotonic()
                awaited, took = len(thens), ended - began
                if thens:
                    with contextlib.suppress(RuntimeError):  # the loop is gone, and with it everyone who waited
                        self._loop.call_soon_threadsafe(settle, thens, durable)
                with self._guard:
                    more = self._awake = batches.due
                if not more:
                    break
            if self._ended:
                return


class KernelFlusher:
    """The loop itself. Everything here runs on its thread; while one sync is under way the next batch gathers."""

    def __init__(self, batches: Batches, loop: asyncio.AbstractEventLoop, sync: Sync) -> None:
        self._batches = batches
        self._loop = loop
        self._sync = sync
        self._busy = False  # a sync or a change of files is under way
        self._asked = False  # a beginning is on the loop's list
        self._thens: list[Then] = []
        self._turning: asyncio.Future[None] | None = None
        self._stopped = False
        loop.add_reader(sync.fileno(), self._synced)

    def wake(self) -> None:
        """There is something to take."""
        if not self._busy and not self._asked:
            self._asked = True
            self._loop.call_soon(self._begin)

    def stop(self) -> None:
        """Wait for the sync under way; what comes after it is written by whoever stops."""
        self._stopped = True
        self._loop.remove_reader(self._sync.fileno())
        if self._busy and self._turning is None:
            poll = select.poll()
            poll.register(self._sync.fileno(), select.POLLIN)
            if not poll.poll(END_SECONDS * 1000):  # ending the sync's context would wait for it, too
                self._batches.fail(OSError(0, "the disk does not answer"))
                settle(self._thens, durable=False)
                return
            self._reap()
        self._sync.close()

    def _begin(self) -> None:
        self._asked = False
        batches = self._batches
        if self._busy or self._stopped or not batches.due:
            return
        if not batches.fits:  # making a file takes milliseconds, which belong to no caller
            self._busy = True
            self._turning = self._loop.run_in_executor(None, batches.turn_over)
            self._turning.add_done_callback(self._turned)
            return
        thens, written = batches.begin()
        if written:
            try:
                self._sync.submit(batches.descriptor)
            except OSError as fault:
                batches.fail(fault)
                written = False
        if written:
            self._busy = True
            self._thens = thens
        else:
            settle(thens, durable=False)

    def _turned(self, turning: asyncio.Future[None]) -> None:
        self._turning = None
        self._busy = False
        if not turning.cancelled() and (fault := turning.exception()) is not None:
            self._batches.fail(OSError(0, f"a new file cannot be made: {type(fault).__name__}"))
        self._begin()

    def _synced(self) -> None:
        crowd = len(self._thens) + self._batches.awaited
        self._reap()
        if not self._batches.due:
            return
        if crowd < CROWD:
            self.wake()
        elif not self._asked:  # a sync costs more than many entries do: let more come along
            self._asked = True
            self._loop.call_later(CROWD_SECONDS, self._begin)

    def _reap(self) -> None:
        durable = True
        try:
            self._sync.reap()
        except OSError as fault:
            self._batches.fail(fault)
            durable = False
        thens, self._thens = self._thens, []
        self._busy = False
        settle(thens, durable)


def settle(thens: list[Then], durable: bool) -> None:
    """Tell everyone who waited."""
    for then in thens:
        then(durable)
