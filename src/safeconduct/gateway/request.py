"""How does one request come out of the bytes of a connection? The reading half of one caller connection.

One request at a time: while one is at hand, whatever follows it is not read, and the connection ends after its answer
(``pipelined``). Parsing is httptools (llhttp, strict); bounds are here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import httptools

from safeconduct.gateway import edge

Headers = list[tuple[bytes, bytes]]


class NotHttp(Exception):
    """The bytes are no request we accept."""


@dataclass(slots=True)
class Head:
    """A request head. Header names are lower case; ``size`` counts the header section's bytes."""

    method: bytes
    target: bytes
    headers: Headers
    size: int
    keep_alive: bool
    version: str

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

    __slots__ = ("_headers", "_parser", "_size", "_sink", "_taken", "_target", "complete", "pipelined")

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

    @property
    def begun(self) -> bool:
        """Whether any part of a request is here."""
        return bool(self._taken or self._target or self._headers)

    def feed(self, data: bytes) -> None:
        """Take bytes. Raises NotHttp."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.pipelined = True  # answered as the plain request it also is; what follows is not HTTP
        except httptools.HttpParserError as fault:
            raise NotHttp from fault

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
        head = Head(
            parser.get_method(), self._target, headers, self._size, parser.should_keep_alive(), parser.get_http_version()
        )
        self._sink.request_head(head)

    def on_body(self, body: bytes) -> None:
        if not self.complete:
            self._sink.request_body(body)

    def on_message_complete(self) -> None:
        if self._taken and not self.complete:
            self.complete = True
            self._sink.request_complete()
