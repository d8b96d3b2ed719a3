"""How does a worker ask detectors in other processes? Over unix sockets, without ever waiting itself.

A process is at work once it has greeted. One that goes without a word for longer than its deadline while it is asked, breaks
off, or answers with nothing, fails every call that waits for it, at once; it is connected to again, and asked again once it
greets. What nobody waits for is asked only as far as there is room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import msgspec

from safeconduct.safeguards.ports import Process, Wanted
from safeconduct.terms.scans import GREETING, Asked, Frames, Heard, Said, framed, said, shortened

RETRY_SECONDS: Final = 0.25
MOST_UNAWAITED: Final = 512  # texts under way that no call waits for; more go unscored
PATIENCE: Final = 10  # deadlines that one question may wait in all, however busy its process is


class Job:
    """The texts of one call, and whom to tell."""

    __slots__ = ("awaited", "began", "done", "failed", "left", "result", "then")

    def __init__(
        self, texts: int, then: Callable[[tuple[Heard | None, ...]], None], failed: Callable[[str, str], None] | None, now: float
    ) -> None:
        self.result: list[Heard | None] = [None] * texts
        self.left = texts
        self.then = then
        self.failed = failed
        self.awaited = failed is not None
        self.began = now
        self.done = False


class Wire(asyncio.Protocol):
    """One connection. What comes late from one that was given up concerns nobody."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._frames = Frames()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._link.connected(self)

    def data_received(self, data: bytes) -> None:
        if self._link.wire is not self:
            return
        try:
            for message in self._frames.feed(data):
                self._link.hear(said(message))
        except (ValueError, msgspec.MsgspecError):
            self._link.drop("error")

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # why it went does not matter here
        if self._link.wire is self:
            self._link.drop("gone")


class Link:
    """The way to one process, whichever connection that is just now."""

    def __init__(self, scanner: Scanner, process: Process, path: Path) -> None:
        self._scanner = scanner
        self.wire: Wire | None = None
        self.process = process
        self.path = path
        self.up = False  # it has greeted
        self.connecting = False
        self.retry_at = 0.0
        self.heard_at = 0.0
        self.open: dict[int, tuple[Job, int, float]] = {}  # questions under way: job, place in it, when asked

    def connected(self, wire: Wire) -> None:
        """A connection is there. Nothing is asked on it before it greets."""
        before, self.wire = self.wire, wire
        if before is not None and before.transport is not None:
            before.transport.abort()  # it never greeted
        self.connecting = False
        self.heard_at = self._scanner.now()
        self.retry_at = self.heard_at + self.process.deadline_ms / 1000

    def hear(self, answer: Said) -> None:
        """A greeting, or an answer."""
        self.heard_at = self._scanner.now()
        if answer.number == GREETING:
            self.up = True
        else:
            self._answered(answer.number, answer.heard)

    def ask(self, job: Job, place: int, number: int, wanted: Wanted) -> None:
        """Send one question."""
        assert self.wire is not None
        assert self.wire.transport is not None
        if not self.open:
            self.heard_at = self._scanner.now()  # silence counts from when there is something to say
        self.open[number] = (job, place, self._scanner.now())
        where = None if wanted.about is None else wanted.about.place
        asked = Asked(number, job.awaited, wanted.origin, shortened(wanted.text), where, wanted.part)
        self.wire.transport.write(framed(asked))

    def drop(self, why: str) -> None:
        """Break off; everything that is under way fails."""
        wire, self.wire = self.wire, None
        if wire is not None and wire.transport is not None:
            wire.transport.abort()
        self.up = self.connecting = False
        self.retry_at = self._scanner.now() + RETRY_SECONDS
        lost, self.open = self.open, {}
        for job, _, _ in lost.values():
            self._scanner.settle(job, self.process.name, why)

    def _answered(self, number: int, heard: Heard | None) -> None:
        found = self.open.pop(number, None)
        if found is None:
            return
        job, place, _ = found
        if heard is None and job.awaited:
            self._scanner.settle(job, self.process.name, "error")
            return
        job.result[place] = heard
        job.left -= 1
        if not job.left and not job.done:
            job.done = True
            job.then(tuple(job.result))


class Scanner:
    """A worker's way to every process of detectors. ``places`` are the sockets of each process, by its name."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, processes: Sequence[Process], places: Mapping[str, Sequence[Path]]
    ) -> None:
        self._loop = loop
        self._links = {
            each.name: [Link(self, each, path) for path in places[each.name]] for each in processes if each.name in places
        }
        self._number = GREETING
        self._unawaited = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.now = loop.time
        self.unscored = 0  # texts that nobody waited for and nobody asked about

    def scan(
        self, texts: Sequence[Wanted], then: Callable[[tuple[Heard, ...]], None], failed: Callable[[str, str], None]
    ) -> None:
        """Ask about texts that a call waits for. Exactly one of ``then`` and ``failed`` is called, later; never from within."""
        for wanted in texts:
            if self._link(wanted.process) is None:
                self._loop.call_soon(failed, wanted.process, "gone")
                return
        job = Job(len(texts), cast("Callable[[tuple[Heard | None, ...]], None]", then), failed, self.now())
        self._ask(job, texts)

    def score(self, texts: Sequence[Wanted], then: Callable[[tuple[Heard | None, ...]], None]) -> None:
        """Ask about texts that nobody waits for. ``then`` hears of each what was said of it, if anything was."""
        if self._unawaited + len(texts) > MOST_UNAWAITED or any(self._link(each.process) is None for each in texts):
            self.unscored += len(texts)
            self._loop.call_soon(then, (None,) * len(texts))
            return
        self._unawaited += len(texts)

        def settled(heard: tuple[Heard | None, ...]) -> None:
            self._unawaited -= len(texts)
            then(heard)

        self._ask(Job(len(texts), settled, None, self.now()), texts)

    def settle(self, job: Job, process: str, why: str) -> None:
        """A question of this job will not be answered."""
        if job.done:
            return
        job.done = True
        if job.failed is not None:
            self._loop.call_soon(job.failed, process, why)
        else:
            self.unscored += job.left
            self._loop.call_soon(job.then, tuple(job.result))

    def down(self) -> list[str]:
        """The processes of which nobody answers."""
        return [name for name, links in self._links.items() if not any(link.up for link in links)]

    def tick(self) -> None:
        """Connect what is not connected, and break off what has fallen silent. To be called many times a second."""
        now = self.now()
        for links in self._links.values():
            for link in links:
                if link.open and self._overdue(link, now):
                    link.drop("late")
                elif not link.up and not link.connecting and now >= link.retry_at:
                    link.connecting = True
                    link.retry_at = now + RETRY_SECONDS
                    task = self._loop.create_task(self._connect(link))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Let go of every connection."""
        for task in self._tasks:
            task.cancel()
        for links in self._links.values():
            for link in links:
                link.drop("gone")

    @staticmethod
    def _overdue(link: Link, now: float) -> bool:
        limit = link.process.deadline_ms / 1000
        if now - link.heard_at > limit:
            return True
        return any(job.awaited and now - asked > limit * PATIENCE for job, _, asked in link.open.values())

    async def _connect(self, link: Link) -> None:
        try:
            async with asyncio.timeout(link.process.deadline_ms / 1000):
                await self._loop.create_unix_connection(lambda: Wire(link), str(link.path))
        except (OSError, TimeoutError):
            link.connecting = False
            link.retry_at = self.now() + RETRY_SECONDS

    def _link(self, process: str) -> Link | None:
        """The one of this process's sockets that is asked least just now; None where none is at work."""
        up = [link for link in self._links.get(process, ()) if link.up]
        return min(up, key=lambda link: len(link.open), default=None)

    def _ask(self, job: Job, texts: Sequence[Wanted]) -> None:
        for place, wanted in enumerate(texts):
            link = self._link(wanted.process)
            if link is None:  # it broke off while it was being asked
                self.settle(job, wanted.process, "gone")
                return
            self._number += 1
            link.ask(job, place, self._number, wanted)
