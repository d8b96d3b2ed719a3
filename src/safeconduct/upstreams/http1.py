"""How does a provider answer? One HTTP/1.1 answer at a time, read from bytes as they come.

Knows message framing (RFC 9112 section 6) and nothing of dialects. Bodies of streams are passed on as they arrive, transfer
coding removed; every other body is gathered up to a bound. Strict where a lenient reading could be split in two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Headers = tuple[tuple[bytes, bytes], ...]

MAX_HEAD = 64 * 1024  # twice what any provider has been seen to send; h11 and llhttp use the same order
MAX_BODY = 64 * 1024 * 1024  # a non-streamed answer; images come back base64 in JSON
MAX_LINES = 200
MAX_INTERIM = 16  # 1xx answers before the real one; nobody sends more than two, and an endless row would never time out
_VERSIONS = frozenset({b"HTTP/1.1 ", b"HTTP/1.0 "})
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection", b"content-type", b"content-encoding"})
_NO_BODY = frozenset({204, 304})
_TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # RFC 9110 section 5.6.2

_CONTROL = bytes([*range(0x09), *range(0x0B, 0x0D), *range(0x0E, 0x20), 0x7F])  # in no field value (RFC 9110 section 5.5)


class Broken(Exception):
    """The provider's bytes are not an HTTP answer we accept. The argument is a stable code."""


class AnswerSink(Protocol):
    """Who hears of the answer."""

    def upstream_head(self, status: int, headers: Headers, streams: bool) -> None: ...
    def upstream_chunk(self, data: bytes) -> None: ...
    def upstream_body(self, data: bytes) -> None: ...
    def upstream_end(self) -> None: ...


class AnswerParser:
    """Reads one answer and reports it to ``sink``; ``done`` is called when the answer is complete.

    ``reusable`` tells after completion whether the connection may carry another call.
    """

    __slots__ = (
        "_buffer",
        "_chunked",
        "_done",
        "_interim",
        "_left",
        "_parts",
        "_sink",
        "_size",
        "_state",
        "_streams",
        "reusable",
        "started",
    )

    def __init__(self, sink: AnswerSink, done: Callable[[], None]) -> None:
        self._sink = sink
        self._done = done
        self._buffer = b""
        self._state = _HEAD
        self._interim = 0
        self._left = 0  # bytes left in this body or chunk, -1: until close
        self._chunked = False
        self._streams = False
        self._parts: list[bytes] = []
        self._size = 0
        self.reusable = False
        self.started = False

    def feed(self, data: bytes) -> None:
        """Take bytes. Raises Broken."""
        self.started = True
        if self._state is _HEAD:
            rest = self._head(data)
            if rest is None:
                return
            data = rest
        if self._state is _DONE:
            if data:
                raise Broken("upstream_trailing_bytes")
        elif self._chunked:
            self._feed_chunked(data)
        else:
            self._feed_plain(data)

    def eof(self) -> None:
        """The connection ended. Raises Broken unless the answer ends that way or is complete."""
        if self._state is _DONE:
            return
        if self._state is _BODY and self._left == -1 and not self._chunked:
            self._complete()
            return
        raise Broken("upstream_closed_early")

    def _head(self, data: bytes) -> bytes | None:
        """What follows the head, None while it is incomplete. Interim answers (1xx) are passed over."""
        if self._buffer:
            data = self._buffer + data
        while True:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                if len(data) > MAX_HEAD:
                    raise Broken("upstream_head_too_large")
                self._buffer = data
                return None
            status, headers = read_head(data[:end])
            data = data[end + 4 :]
            if status >= 200:
                break
            if status == 101:
                raise Broken("upstream_switched_protocol")
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise Broken("upstream_interim_flood")
        self._buffer = b""
        self._frame(status, headers)
        return data

    def _frame(self, status: int, headers: Headers) -> None:
        length = -1
        chunked = close = streams = False
        for name, value in headers:
            if name not in _FRAMING:
                continue
            if name == b"content-length":
                if not value.isdigit() or length not in {-1, int(value)}:
                    raise Broken("upstream_content_length")
                length = int(value)
            elif name == b"transfer-encoding":
                if value.lower() != b"chunked" or chunked:
                    raise Broken("upstream_transfer_encoding")
                chunked = True
            elif name == b"connection":
                close = b"close" in value.lower()
            elif name == b"content-type":
                streams = value.lower().startswith(b"text/event-stream")
            elif name == b"content-encoding" and value.lower() not in {b"", b"identity"}:
                raise Broken("upstream_content_encoding")
        if chunked and length >= 0:
            raise Broken("upstream_framing")
        self._chunked = chunked
        self._left = 0 if chunked or status in _NO_BODY else length
        self.reusable = not close and (chunked or length >= 0 or status in _NO_BODY)
        self._streams = streams and status == 200
        self._state = _BODY
        if length > MAX_BODY and not self._streams:
            raise Broken("upstream_body_too_large")
        self._sink.upstream_head(status, headers, self._streams)

    def _feed_plain(self, data: bytes) -> None:
        if self._left >= 0:
            if len(data) > self._left:
                raise Broken("upstream_trailing_bytes")
            self._left -= len(data)
        if data:
            self._emit(data)
        if self._left == 0:
            self._complete()

    def _feed_chunked(self, data: bytes) -> None:
        """Take chunk frames apart (RFC 9112 section 7.1); whatever came in one read leaves in one piece."""
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        at, end, left = 0, len(data), self._left
        pieces: list[bytes] = []
        while at < end:
            if left > 2:
                take = min(left - 2, end - at)
                pieces.append(data[at : at + take])
                at += take
                left -= take
            elif left:
                if data[at : at + 1] != (b"\r" if left == 2 else b"\n"):
                    raise Broken("upstream_chunk")
                at += 1
                left -= 1
            else:
                line = data.find(b"\r\n", at)
                if line < 0:
                    if end - at > 256:
                        raise Broken("upstream_chunk")
                    self._buffer = data[at:]
                    break
                size = _chunk_size(data[at:line])
                if size == 0:
                    if not self._trailer(data, line, end):
                        self._buffer = data[at:]
                        break
                    self._left = 0
                    if pieces:
                        self._emit(b"".join(pieces))
                    self._complete()
                    return
                left = size + 2
                at = line + 2
        self._left = left
        if pieces:
            self._emit(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    @staticmethod
    def _trailer(data: bytes, line: int, end: int) -> bool:
        """Whether the trailer section is whole; trailers themselves are dropped."""
        if data.startswith(b"\r\n", line + 2):
            if end > line + 4:
                raise Broken("upstream_trailing_bytes")
            return True
        close = data.find(b"\r\n\r\n", line)
        if close < 0:
            if end - line > MAX_HEAD:
                raise Broken("upstream_trailers")
            return False
        if end > close + 4:
            raise Broken("upstream_trailing_bytes")
        return True

    def _emit(self, data: bytes) -> None:
        if self._streams:
            self._sink.upstream_chunk(data)
            return
        self._size += len(data)
        if self._size > MAX_BODY:
            raise Broken("upstream_body_too_large")
        self._parts.append(data)

    def _complete(self) -> None:
        self._state = _DONE
        parts, self._parts = self._parts, []
        self._done()  # the connection is free before the sink acts: it may send the next call on it
        if self._streams:
            self._sink.upstream_end()
        else:
            self._sink.upstream_body(parts[0] if len(parts) == 1 else b"".join(parts))


_HEAD, _BODY, _DONE = "head", "body", "done"


def read_head(head: bytes) -> tuple[int, Headers]:
    """Status and headers (lower-case names, values stripped) of an answer head without its final blank line.

    Raises Broken for anything that is not plain HTTP/1.x (bare LF, folded lines, spaces before the colon, control characters).
    """
    lines = head.split(b"\r\n")
    first = lines[0]
    status = first[9:12]
    if first[:9] not in _VERSIONS or not status.isdigit() or first[12:13] not in {b"", b" "}:
        raise Broken("upstream_status_line")
    if len(lines) > MAX_LINES:
        raise Broken("upstream_head_too_large")
    if (
        head.count(b"\n") != len(lines) - 1
        or head.count(b"\r") != len(lines) - 1
        or len(head.translate(None, _CONTROL)) != len(head)
    ):
        raise Broken("upstream_header")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name or name.translate(None, _TOKEN):
            raise Broken("upstream_header")
        headers.append((name.lower(), value.strip()))
    return int(status), tuple(headers)


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip(b" \t")
    if not digits or len(digits) > 15 or digits.strip(b"0123456789abcdefABCDEF"):
        raise Broken("upstream_chunk")
    return int(digits, 16)
