"""How does one request come out of the bytes of a connection? The reading half of one caller connection.

One request at a time: while one is at hand, whatever follows it is not read, and the connection ends after its answer
(``pipelined``). Parsing is httptools (llhttp, strict); bounds are here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import httptools

from safeconduct.gateway import edge
from safeconduct.gateway.edge import Headers

MAX_HEAD = 2 * edge.MAX_HEADER_BYTES + edge.MAX_TARGET  # bytes in which a head must end; the precise bounds are edge's
MAX_BARREN = 64 * 1024  # bytes of chunk extensions and trailers, which carry nothing, in a row


class NotHttp(Exception):
    """The bytes are no request we accept. ``too_large``: they may be, but the head does not end in time."""

    def __init__(self, *, too_large: bool = False) -> None:
        super().__init__()
        self.too_large = too_large


@dataclass(slots=True)
class Head:
    """A request head. Header names are lower case; ``size`` counts the header section's bytes."""

    method: bytes
    target: bytes
    headers: Headers
    size: int
    keep_alive: bool
    version: str
    upgrade: bool = False

    @property
    def path(self) -> bytes:
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        return self.target.partition(b"?")[2]


class RequestSink(Protocol):
    """Who hears of the request."""

    def request_head(self, head: Head) -> None: ...
    def request_body(self, data: bytes) -> None: ...
    def request_complete(self) -> None: ...


class RequestReader:
    """Feed it bytes; it reports to the sink."""

    __slots__ = ("_barren", "_headers", "_parser", "_sink", "_size", "_taken", "_target", "complete", "pipelined")

    def __init__(self, sink: RequestSink) -> None:
        self._sink = sink
        self._parser = httptools.HttpRequestParser(self)
        self.pipelined = False
        self.next()

    def next(self) -> None:
        """The answer at hand is done; the next request may be read."""
        self._taken = False  # a request's head was reported
        self.complete = False  # and its whole body
        self._target = b""
        self._headers: Headers = []
        self._size = 0
        self._barren = 0  # bytes fed since the last one that was of use

    @property
    def target(self) -> bytes:
        """The request target as far as it is known."""
        return self._target

    @property
    def begun(self) -> bool:
        """Whether any part of a request is here."""
        return bool(self._taken or self._target or self._headers)

    def feed(self, data: bytes) -> None:
        """Take bytes. Raises NotHttp."""
        if self.complete:  # nothing is read ahead of what is being answered, and nothing of it is kept
            self.pipelined = True
            return
        self._barren += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.pipelined = True  # answered as the plain request it also is; what follows is not HTTP
        except httptools.HttpParserError as fault:
            raise NotHttp from fault
        if not self.complete and self._barren > (MAX_BARREN if self._taken else MAX_HEAD):
            raise NotHttp(too_large=True)

    # httptools callbacks

    def on_message_begin(self) -> None:
        if self._taken:
            self.pipelined = True

    def on_url(self, url: bytes) -> None:
        if not self._taken and len(self._target) <= edge.MAX_TARGET:
            self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._taken:
            return
        self._size += len(name) + len(value) + 4
        if len(self._headers) <= edge.MAX_HEADERS and self._size <= 2 * edge.MAX_HEADER_BYTES:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self._taken:
            return
        self._taken = True
        parser = self._parser
        headers, self._headers = self._headers, []
        upgrade = parser.should_upgrade()
        head = Head(
            method=parser.get_method(),
            target=self._target,
            headers=headers,
            size=self._size,
            keep_alive=parser.should_keep_alive() and not upgrade,
            version=parser.get_http_version(),
            upgrade=upgrade,
        )
        self._barren = 0
        self._sink.request_head(head)

    def on_body(self, body: bytes) -> None:
        if not self.complete:
            self._barren = 0
            self._sink.request_body(body)

    def on_message_complete(self) -> None:
        if self._taken and not self.complete:
            self.complete = True
            self._sink.request_complete()
