"""How does a process of detectors serve its workers? Questions come over a unix socket, one after the other is answered.

What is asked while a call waits comes first. What a detector answers is its own; one that errs is said to have erred. Everything
is bounded: too many questions at once are answered with nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import msgspec

from safeconduct.terms.scans import CLEAN, GREETING, Asked, Frames, Heard, Said, asked, framed

MOST_WAITING: Final = 8_192  # questions in line; beyond it they are turned away
BACKLOG: Final = 64

Hear = Callable[[Asked], Heard]


class Line:
    """The questions in line, those that a call waits for first, and the one that answers them."""

    def __init__(self, hear: Hear, tell: Callable[[str], None]) -> None:
        self._hear = hear
        self._tell = tell
        self._waiting: list[tuple[bool, int, Asked, Visitor]] = []
        self._came = 0
        self._more = asyncio.Event()

    def put(self, question: Asked, visitor: Visitor) -> None:
        """Take a question in; answer with nothing where there are too many."""
        if len(self._waiting) >= MOST_WAITING:
            visitor.say(Said(question.number))
            return
        self._came += 1
        heapq.heappush(self._waiting, (not question.waits, self._came, question, visitor))
        self._more.set()

    async def answer(self) -> None:
        """Answer for ever. Between two answers the loop hears what else comes."""
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            _, _, question, visitor = heapq.heappop(self._waiting)
            if visitor.gone:
                continue
            visitor.say(Said(question.number, self._heard(question)))
            await asyncio.sleep(0)

    def _heard(self, question: Asked) -> Heard | None:
        try:
            return self._hear(question)
        except Exception as fault:  # noqa: BLE001 - a door: whatever a detector does, its callers are told and refused
            self._tell(type(fault).__name__)  # never its words, which may hold content
            return None


class Visitor(asyncio.Protocol):
    """One worker's connection."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None

    @property
    def gone(self) -> bool:
        """Whether nobody listens any more."""
        return self._transport is None or self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.say(Said(GREETING, CLEAN))

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._frames.feed(data):
                self._line.put(asked(message), self)
        except (ValueError, msgspec.MsgspecError):
            if self._transport is not None:
                self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # why it went does not matter here
        self._transport = None

    def say(self, answer: Said) -> None:
        """Send an answer, if somebody still listens."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(framed(answer))


async def serve(path: Path, hear: Hear, stop: asyncio.Event, tell: Callable[[str], None]) -> None:
    """Answer questions at ``path`` until ``stop``. ``tell`` hears what kind of fault a detector met."""
    loop = asyncio.get_running_loop()
    line = Line(hear, tell)
    answering = loop.create_task(line.answer())
    fresh = _cleared(path)
    server = await loop.create_unix_server(lambda: Visitor(line), str(fresh), backlog=BACKLOG)
    fresh.chmod(0o600)
    fresh.replace(path)  # whoever finds the name finds somebody behind it
    await stop.wait()
    server.close()
    answering.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await answering


def _cleared(path: Path) -> Path:
    """Where the socket is made, before it takes its name; whatever an earlier process left there is gone."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    return fresh
