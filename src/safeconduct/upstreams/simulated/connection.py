"""One connection to the simulated provider: bytes in, requests out, and an answer that may go wrong on purpose.

Owns the socket and HTTP/1.1 framing. What is answered is ``server``'s matter.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

import httptools

MOST_BODY = 40 * 1024 * 1024  # above the 32 MB that real providers take
MOST_HEAD = 256 * 1024
MOST_QUEUED = 16  # pipelined requests
SIMULATED = ("x-safeconduct-simulated", "true")


@dataclass(slots=True)
class Request:
    """One request, whole. Header names are lower case."""

    method: str = ""
    target: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    head_size: int = 0
    too_large: bool = False
    keep_alive: bool = True
    upgrade: bool = False

    @property
    def path(self) -> str:
        return self.target.partition(b"?")[0].decode("latin-1")

    @property
    def query(self) -> str:
        return self.target.partition(b"?")[2].decode("latin-1")

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


class Connection(asyncio.Protocol):
    """Reads requests one after the other and hands each to ``answer``, which writes by the methods below.

    A caller that hangs up cancels the answer that is under way.
    """

    def __init__(self, answer: Callable[[Request, Connection], Awaitable[None]], known: set[Connection]) -> None:
        self._answer = answer
        self._known = known
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._request = Request()
        self._queue: deque[Request] = deque()
        self._writable = asyncio.Event()
        self._writable.set()
        self.task: asyncio.Task[None] | None = None

    @property
    def peer(self) -> str:
        """The caller's address."""
        name = self._transport.get_extra_info("peername") if self._transport else None
        return str(name[0]) if name else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are not its subclasses
        self._known.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # why it went does not matter here
        self._known.discard(self)
        if self.task:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # on_message_complete has queued it; the rest of the bytes speak another protocol and are dropped
        except httptools.HttpParserError:
            self._refuse_unreadable()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def on_message_begin(self) -> None:
        self._request = Request()

    def on_url(self, url: bytes) -> None:
        self._request.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._request.head_size += len(name) + len(value)
        if self._request.head_size > MOST_HEAD:
            raise ValueError("the request head is too large")
        self._request.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self._request.header("expect").lower() == "100-continue" and self._transport:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if len(self._request.body) + len(body) > MOST_BODY:
            self._request.too_large = True
        else:
            self._request.body += body

    def on_message_complete(self) -> None:
        request = self._request
        request.method = self._parser.get_method().decode("latin-1")
        request.keep_alive = self._parser.should_keep_alive()
        request.upgrade = self._parser.should_upgrade()
        if len(self._queue) >= MOST_QUEUED:
            raise ValueError("too many requests at once")
        self._queue.append(request)
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while self._queue:
            request = self._queue.popleft()
            await self._answer(request, self)
            if not request.keep_alive or request.upgrade:
                self.hang_up()
                break
        self.task = None

    def _refuse_unreadable(self) -> None:
        if self._transport and self.task is None:
            self._transport.write(head(400, [("content-length", "0"), ("connection", "close")]))
        self.hang_up()

    def hang_up(self) -> None:
        """Close after what was written has left."""
        if self._transport:
            self._transport.close()

    def tear(self) -> None:
        """Cut the connection where it is."""
        if self._transport:
            self._transport.abort()

    async def write(self, data: bytes) -> None:
        """Write, and wait while the caller does not read."""
        if self._transport:
            self._transport.write(data)
        await self._writable.wait()

    async def whole(self, status: int, headers: Iterable[tuple[str, str]], body: bytes, bare: bool = False) -> None:
        """A complete answer; ``bare`` leaves the body out, as for HEAD."""
        await self.write(head(status, [*headers, ("content-length", str(len(body)))]) + (b"" if bare else body))


def head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    """Status line and headers, always labelled as simulated."""
    phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "Overloaded"
    pairs = [SIMULATED, ("server", "safeconduct-simulated-provider"), *headers]
    return (f"HTTP/1.1 {status} {phrase}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in pairs) + "\r\n").encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body; the empty piece ends it (RFC 9112 section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
