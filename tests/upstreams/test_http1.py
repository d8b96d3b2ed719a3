"""A provider's answer reads the same however its bytes are split, and nothing that reads two ways is accepted."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.upstreams.http1 import MAX_HEAD, AnswerParser, Broken, read_head


class Heard:
    def __init__(self) -> None:
        self.status = 0
        self.streams = False
        self.data = b""
        self.ended = 0
        self.freed = 0

    def upstream_head(self, status: int, headers: tuple[tuple[bytes, bytes], ...], streams: bool) -> None:
        self.status, self.streams, self.headers = status, streams, dict(headers)

    def upstream_chunk(self, data: bytes) -> None:
        assert data
        self.data += data

    def upstream_body(self, data: bytes) -> None:
        self.data = data
        self.ended += 1

    def upstream_end(self) -> None:
        self.ended += 1

    def free(self) -> None:
        self.freed += 1


def read(raw: bytes, cuts: list[int], *, eof: bool = False) -> tuple[Heard, AnswerParser]:
    heard = Heard()
    parser = AnswerParser(heard, heard.free)
    edges = sorted({0, len(raw), *(cut % (len(raw) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        parser.feed(raw[start:end])
    if eof:
        parser.eof()
    return heard, parser


BODY = b'{"id":"x","text":"' + b"y" * 300 + b'"}'
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n1;ext=1\r\n \r\n5\r\nworld\r\n0\r\n\r\n"
)
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + BODY
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN


@given(st.lists(st.integers(0, 2000), max_size=30))
def test_any_split_reads_the_same(cuts: list[int]) -> None:
    heard, parser = read(PLAIN, cuts)
    assert (heard.status, heard.data, heard.ended, heard.freed, parser.reusable) == (200, BODY, 1, 1, True)
    heard, parser = read(CHUNKED, cuts)
    assert (heard.streams, heard.data, heard.ended, heard.freed, parser.reusable) == (True, b"hello world", 1, 1, True)
    heard, _ = read(INTERIM, cuts)
    assert (heard.status, heard.data, heard.ended) == (200, BODY, 1)
    heard, parser = read(UNTIL_CLOSE, cuts, eof=True)
    assert (heard.data, heard.ended, parser.reusable) == (BODY, 1, False)


def test_an_answer_without_a_body_completes_at_its_head() -> None:
    for raw in (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"):
        heard, parser = read(raw, [])
        assert (heard.ended, heard.data, parser.reusable) == (1, b"", True)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello", "upstream_content_length"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n", "upstream_framing"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n", "upstream_transfer_encoding"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx", "upstream_content_encoding"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "upstream_content_length"),
        (b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "upstream_header"),
        (b"HTTP/1.1 200 OK\r\nname : x\r\n\r\n", "upstream_header"),
        (b"HTTP/1.1 200 OK\r\nname: a\nother: b\r\n\r\n", "upstream_header"),
        (b"HTTP/1.1 200 OK\r\nx-request-id: a\x00b\r\n\r\n", "upstream_header"),
        (b"HTTP/1.1 200 OK\r\nx-request-id: \x1b[31m\r\n\r\n", "upstream_header"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 17, "upstream_interim_flood"),
        (b"ICY 200 OK\r\n\r\n", "upstream_status_line"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", "upstream_switched_protocol"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "upstream_chunk"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab", "upstream_chunk"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab", "upstream_trailing_bytes"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nHTTP", "upstream_trailing_bytes"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * MAX_HEAD, "upstream_head_too_large"),
    ],
)
def test_what_reads_two_ways_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Broken, match=code):
        read(raw, [])


def test_a_connection_that_ends_early_is_no_answer() -> None:
    for raw in (PLAIN[:-1], CHUNKED[:-3], PLAIN[:20]):
        with pytest.raises(Broken, match="upstream_closed_early"):
            read(raw, [], eof=True)


def test_close_means_the_connection_is_not_used_again() -> None:
    _, parser = read(PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1), [])
    assert not parser.reusable


def test_head_names_are_lower_case_and_values_stripped() -> None:
    assert read_head(b"HTTP/1.1 429 Too Many\r\nRetry-After:  3 ") == (429, ((b"retry-after", b"3"),))
