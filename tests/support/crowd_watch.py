"""One live stream as its caller sees it: every event compared with what the provider's script says, and when it came.

Nothing here knows the gateway's code. What ought to arrive is asked of the simulated provider's own script, so "undisturbed"
means byte for byte.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from itertools import islice
from typing import Any, cast

import httptools
import msgspec

from safeconduct.upstreams.simulated import messages, script
from safeconduct.upstreams.simulated.turn import pieces
from support.wire_streams import blank

HEAD_FRAMES = 3  # message_start, ping, content_block_start
NOBODY = "00000000"  # what stands for the provider's own number of the call until it is known
MOST_BUFFERED = 64 * 1024
# The start is the script's own where no block began before.
BLANK = frozenset(event + b"\n\n" for at in (0, 1) for event in blank(at).split(b"\n\n")[1 - at : 2])


def body_of(number: int, model: str, pace_ms: int) -> bytes:
    """A request for a stream that never ends by itself, with an event every ``pace_ms``; its words are its own."""
    words = f"[[endless]][[slow:0,{pace_ms}]] caller {number:05d} goes on"
    return msgspec.json.encode(
        {"model": model, "max_tokens": 64_000, "stream": True, "messages": [{"role": "user", "content": words}]}
    )


def expected(body: bytes) -> tuple[list[bytes], list[bytes]]:
    """The first events, and those that come again and again, as the script says them. Without the call's own number."""
    asked = messages.read(msgspec.json.decode(body))
    turn = script.plan(asked, "", 1, 0)
    period = len(list(pieces(turn.text, 8)))
    frames = list(islice(messages.frames(asked, turn, NOBODY), HEAD_FRAMES + period))
    return frames[:HEAD_FRAMES], frames[HEAD_FRAMES:]


class Watch(asyncio.Protocol):
    """A stream being read. Times are nanoseconds of the wall clock, as acts carry them."""

    __slots__ = (
        "_body", "_buffer", "_cycle", "_head", "_opened", "_parser", "_request", "_transport",
        "after", "answer", "arrivals", "closing", "complete",
        "ended", "events", "gaps", "intact", "last", "number", "status", "terminal",
    )  # fmt: skip

    def __init__(self, number: int, key: str, model: str, pace_ms: int, opened: asyncio.Future[None]) -> None:
        body = body_of(number, model, pace_ms)
        self.number = number
        self.status = 0
        self.events = 0
        self.intact = True  # every event so far is the one the script says, in its order
        self.terminal = b""  # the event that ended the stream before its time
        self.closing = False  # the empty block came that is complete before a no
        self.after = 0  # events after that one; must stay 0
        self.answer = bytearray()  # of a call that was not served
        self.last = 0  # when the last byte came
        self.ended = 0  # when it was over; 0 while it lives
        self.complete = False  # ended as HTTP wants it, not torn
        self.arrivals = array("q")
        self.gaps = array("q")
        self._head, self._cycle = expected(body)
        self._buffer = bytearray()
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._request = (
            b"POST /v1/messages HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\nanthropic-version: 2023-06-01\r\n"
            b"x-api-key: " + key.encode() + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        )
        self._body = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are not its subclasses
        self._transport.write(self._request)
        self._request = b""

    def data_received(self, data: bytes) -> None:
        self.last = time.time_ns()
        self._parser.feed_data(data)

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        if self.status != 200:
            self.answer += data
            return
        self._buffer += data
        while (end := self._buffer.find(b"\n\n")) >= 0:
            frame = bytes(self._buffer[: end + 2])
            del self._buffer[: end + 2]
            self._frame(frame)
        if len(self._buffer) > MOST_BUFFERED:
            self.intact = False
            self._buffer.clear()

    def _frame(self, frame: bytes) -> None:
        if self.terminal:
            self.after += 1
        elif frame.startswith(b"event: error\n"):
            self.terminal = frame
        elif frame in BLANK:  # a no follows, and nothing else
            self.closing = True
        else:
            self.intact = self.intact and not self.closing and frame == self._due(frame)
            self.events += 1
            if self.arrivals:
                self.gaps.append(self.last - self.arrivals[-1])
            self.arrivals.append(self.last)
            if not self._opened.done():
                self._opened.set_result(None)

    def _due(self, frame: bytes) -> bytes:
        """The event that the script says comes now."""
        if self.events >= HEAD_FRAMES:
            return self._cycle[(self.events - HEAD_FRAMES) % len(self._cycle)]
        due = self._head[self.events]
        if self.events:
            return due
        at = due.find(NOBODY.encode())
        return due[:at] + frame[at : at + len(NOBODY)] + due[at + len(NOBODY) :]

    def on_message_complete(self) -> None:
        self.complete = True
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # how it went shows in what came before
        self._end()

    def _end(self) -> None:
        self.ended = self.ended or time.time_ns()
        if not self._opened.done():
            self._opened.set_result(None)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def report(self, since: int) -> dict[str, Any]:
        """What there is to say about this stream; ``passed`` are the provider's events that came at or after ``since``."""
        return {
            "number": self.number,
            "status": self.status,
            "events": self.events,
            "passed": sum(1 for arrival in self.arrivals if arrival >= since),
            "intact": self.intact and not (self._buffer and self.ended),
            "terminal": self.terminal.decode("utf-8", "replace"),
            "after": self.after,
            "answer": bytes(self.answer[:2000]).decode("utf-8", "replace"),
            "last": self.last,
            "ended": self.ended,
            "complete": self.complete,
        }
