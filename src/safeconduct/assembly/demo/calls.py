"""What does a caller see? Calls of the Messages API over loopback, one connection each, watched event by event.

A stream notes when it ended and how: by itself, cut with a terminal event, or torn. Its text is compared with what the simulated
provider was asked to say, so that "undisturbed" means that not one character is missing.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import httptools
import msgspec

from safeconduct.upstreams.simulated.turn import LABEL

SAYING = "the work goes on"
CYCLE = f"{LABEL} {SAYING} "
PACE_MS = 150  # between two events of a stream
CALL_SECONDS = 20.0
MOST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``code`` is the reason code of a no, empty for a yes; ``at`` when it was complete (monotonic seconds)."""

    status: int
    code: str
    at: float


class Wire(asyncio.Protocol):
    """One HTTP/1.1 response on one connection, handed on as it arrives."""

    def __init__(self, request: bytes) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self.status = 0
        self.at = 0.0
        self.body = bytearray()
        self._request = request
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.at = time.monotonic()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        self.body += data
        self.read()
        if len(self.body) > MOST_BODY:
            self.close()

    def on_message_complete(self) -> None:
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # how it went shows in what came before
        self._end()

    def read(self) -> None:
        """Hear that the body grew."""

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Stream(Wire):
    """A live stream. ``cut`` is the code of the terminal event, empty while none came; ``spoiled`` says that text was missing."""

    def __init__(self, request: bytes) -> None:
        super().__init__(request)
        self.pieces = 0
        self.cut = ""
        self.cut_at = 0.0
        self.spoiled = False
        self._spoken = 0

    @property
    def alive(self) -> bool:
        return self.pieces > 0 and not self.ended.done() and not self.cut and not self.spoiled

    def read(self) -> None:
        while (end := self.body.find(b"\n\n")) >= 0:
            event = bytes(self.body[:end])
            del self.body[: end + 2]
            self._event(event)

    def _event(self, event: bytes) -> None:
        line = next((line for line in event.splitlines() if line.startswith(b"data:")), b"")
        if not line:
            return
        try:
            tree: dict[str, Any] = msgspec.json.decode(line[5:])
        except msgspec.DecodeError:
            self.spoiled = True
            return
        if tree["type"] == "error":
            self.cut, self.cut_at = str(tree["error"].get("code", "error")), self.at
        elif tree["type"] == "content_block_delta":
            self._hear(str(tree["delta"].get("text", "")))

    def _hear(self, text: str) -> None:
        """The next piece of the endlessly repeated sentence; where one is missing, the rest does not fit."""
        start = self._spoken % len(CYCLE)
        repeats = CYCLE * (2 + len(text) // len(CYCLE))
        self.spoiled = self.spoiled or repeats[start : start + len(text)] != text
        self._spoken += len(text)
        self.pieces += 1


class Door:
    """The gateway's address, and how to call there."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)

    async def ask(self, key: str, model: str) -> Answer:
        """One call, whole answer. Raises OSError when nobody listens, TimeoutError after CALL_SECONDS."""
        wire = Wire(self._request(key, model, stream=False))
        await self._open(wire)
        try:
            await asyncio.wait_for(asyncio.shield(wire.ended), CALL_SECONDS)
        finally:
            wire.close()
        return Answer(wire.status, _code(bytes(wire.body)) if wire.status != 200 else "", wire.at)

    async def listen(self, key: str, model: str) -> Stream:
        """A stream that never ends by itself. Raises OSError when nobody listens."""
        stream = Stream(self._request(key, model, stream=True))
        await self._open(stream)
        return stream

    async def _open(self, wire: Wire) -> None:
        await asyncio.get_running_loop().create_connection(lambda: wire, self._host, self._port)

    def _request(self, key: str, model: str, *, stream: bool) -> bytes:
        said = f"[[say:{SAYING}]]" + (f"[[endless]][[slow:0,{PACE_MS}]]" if stream else "")
        body = msgspec.json.encode(
            {"model": model, "max_tokens": 64, "stream": stream, "messages": [{"role": "user", "content": said}]}
        )
        lines = (
            "POST /v1/messages HTTP/1.1",
            f"host: {self._host}:{self._port}",
            f"x-api-key: {key}",
            "anthropic-version: 2023-06-01",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _code(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["error"]["code"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "unreadable"
