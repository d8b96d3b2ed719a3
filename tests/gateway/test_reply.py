"""Answers become bytes that frame themselves one way only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safeconduct.gateway.meters import Meters
from safeconduct.gateway.reply import COPY_BELOW, Reply
from safeconduct.terms.call import Answer

HEADERS = ((b"content-type", b"application/json"), (b"request-id", b"r"))


class Transport:
    def __init__(self) -> None:
        self.sent = b""
        self.calls = 0

    def write(self, data: bytes) -> None:
        self.sent += data
        self.calls += 1

    def writelines(self, parts: Any) -> None:
        self.write(b"".join(parts))

    def is_closing(self) -> bool:
        return False


@pytest.fixture
def written(tmp_path: Path) -> tuple[Transport, Reply]:
    transport = Transport()
    return transport, Reply(transport, Meters(tmp_path / "meters-0.bin"))  # type: ignore[arg-type]


def test_a_whole_answer_is_one_write_with_its_length(written: tuple[Transport, Reply]) -> None:
    transport, reply = written
    reply.answer(Answer(403, HEADERS, b"{}"), closing=False, head_only=False)
    assert transport.sent == (
        b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\nrequest-id: r\r\ncontent-length: 2\r\n\r\n{}"
    )
    assert transport.calls == 1


def test_head_has_the_length_and_no_body(written: tuple[Transport, Reply]) -> None:
    transport, reply = written
    reply.answer(Answer(200, (), b"12345"), closing=True, head_only=True)
    assert transport.sent == b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\n"


def test_a_large_body_is_whole_too(written: tuple[Transport, Reply]) -> None:
    transport, reply = written
    body = b"y" * (COPY_BELOW + 1)
    reply.answer(Answer(599, (), body), closing=False, head_only=False)
    assert transport.sent == b"HTTP/1.1 599 Status\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


def test_a_stream_is_chunked_never_buffered_and_has_its_end(written: tuple[Transport, Reply]) -> None:
    transport, reply = written
    reply.head(200, HEADERS, closing=False, chunked=True)
    head = transport.sent
    assert b"transfer-encoding: chunked\r\n" in head
    assert b"content-length" not in head
    assert b"cache-control: no-cache\r\nx-accel-buffering: no\r\n\r\n" in head
    reply.data(b"data: 1\n\n")
    reply.data(b"x" * 17)
    reply.end()
    assert transport.sent[len(head) :] == b"9\r\ndata: 1\n\n\r\n11\r\n%s\r\n0\r\n\r\n" % (b"x" * 17)


def test_http_1_0_gets_a_stream_without_chunks(written: tuple[Transport, Reply]) -> None:
    transport, reply = written
    reply.head(200, HEADERS, closing=True, chunked=False)
    head = transport.sent
    assert b"connection: close" in head
    reply.data(b"data: 1\n\n")
    reply.end()
    assert transport.sent[len(head) :] == b"data: 1\n\n"


def test_the_caller_is_told_to_go_on(written: tuple[Transport, Reply]) -> None:
    transport, reply = written
    assert reply.open
    reply.go_on()
    assert transport.sent == b"HTTP/1.1 100 Continue\r\n\r\n"
