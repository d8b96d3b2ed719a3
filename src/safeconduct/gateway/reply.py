"""How do answers become bytes on the caller's socket? HTTP/1.1 framing of our own answers (RFC 9112 section 6)."""

from __future__ import annotations

import asyncio

from safeconduct.gateway.meters import Meters
from safeconduct.gateway.ports import Headers
from safeconduct.terms.call import Answer

COPY_BELOW = 65_536  # joining a smaller body with its head costs less than a second system call
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
REASONS = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    413: b"Content Too Large",
    414: b"URI Too Long",
    415: b"Unsupported Media Type",
    417: b"Expectation Failed",
    426: b"Upgrade Required",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
    505: b"HTTP Version Not Supported",
    529: b"Overloaded",
}


class Reply:
    """The writing half of one caller connection."""

    __slots__ = ("_chunked", "_meters", "_transport")

    def __init__(self, transport: asyncio.Transport, meters: Meters) -> None:
        self._transport = transport
        self._meters = meters
        self._chunked = False

    @property
    def open(self) -> bool:
        return not self._transport.is_closing()

    def go_on(self) -> None:
        """The caller may send the body it announced with ``expect: 100-continue``."""
        self._transport.write(CONTINUE)

    def answer(self, answer: Answer, *, closing: bool, head_only: bool) -> None:
        """A complete answer. ``head_only`` for HEAD: the length of a body that is not sent."""
        self._meters.bytes_out += len(answer.body)
        head = b"%scontent-length: %d\r\n\r\n" % (_head(answer.status, answer.headers, closing), len(answer.body))
        if head_only:
            self._transport.write(head)
        elif len(answer.body) < COPY_BELOW:
            self._transport.write(head + answer.body)
        else:
            self._transport.writelines((head, answer.body))

    def head(self, status: int, headers: Headers, *, closing: bool, chunked: bool) -> None:
        """Status and headers of a stream. Without chunks (HTTP/1.0) the end of the connection ends the stream."""
        self._chunked = chunked
        coding = b"transfer-encoding: chunked\r\n" if chunked else b""
        head = _head(status, headers, closing)
        self._transport.write(b"%s%scache-control: no-cache\r\nx-accel-buffering: no\r\n\r\n" % (head, coding))

    def data(self, data: bytes) -> None:
        """A piece of a stream."""
        meters = self._meters
        meters.bytes_out += len(data)
        meters.stream_chunks += 1
        self._transport.write(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)

    def end(self) -> None:
        """The stream is complete."""
        if self._chunked:
            self._transport.write(b"0\r\n\r\n")


def _head(status: int, headers: Headers, closing: bool) -> bytes:
    lines = b"".join([b"%s: %s\r\n" % pair for pair in headers])
    connection = b"connection: close\r\n" if closing else b""
    return b"HTTP/1.1 %d %s\r\n%s%s" % (status, REASONS.get(status, b"Status"), lines, connection)
