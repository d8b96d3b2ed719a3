"""One request comes out of the bytes of a connection the same way however they are split, and nothing is read ahead or kept."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.gateway.request import MAX_BARREN, MAX_HEAD, Head, NotHttp, RequestReader

BODY = b"hello world"
HEAD = b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: gateway\r\nX-Api-Key: k\r\n"
PLAIN = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n \r\n5\r\nworld\r\n0\r\nx-trailer: t\r\n\r\n"


class Sink:
    def __init__(self) -> None:
        self.heads: list[Head] = []
        self.body = b""
        self.complete = 0

    def request_head(self, head: Head) -> None:
        self.heads.append(head)

    def request_body(self, data: bytes) -> None:
        self.body += data

    def request_complete(self) -> None:
        self.complete += 1


def fed(*pieces: bytes) -> tuple[Sink, RequestReader]:
    sink = Sink()
    reader = RequestReader(sink)
    for piece in pieces:
        reader.feed(piece)
    return sink, reader


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([PLAIN, CHUNKED]), st.lists(st.integers(0, 200), max_size=20))
def test_any_split_reads_the_same(raw: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(raw), *(cut % len(raw) for cut in cuts)})
    sink, reader = fed(*(raw[start:end] for start, end in pairwise(edges)))
    (head,) = sink.heads
    assert (head.method, head.path, head.query, head.version) == (b"POST", b"/v1/messages", b"beta=true", "1.1")
    assert head.headers[:2] == [(b"host", b"gateway"), (b"x-api-key", b"k")]
    assert (sink.body, sink.complete, reader.complete, reader.pipelined) == (BODY, 1, True, False)
    assert head.keep_alive


def test_the_next_request_is_read_when_the_answer_is_done() -> None:
    sink, reader = fed(PLAIN)
    reader.next()
    assert not reader.begun
    reader.feed(PLAIN)
    assert (len(sink.heads), sink.complete, reader.pipelined) == (2, 2, False)


@pytest.mark.parametrize("together", [True, False])
def test_what_comes_ahead_of_its_turn_is_marked_and_dropped(together: bool) -> None:
    sink, reader = fed(PLAIN + PLAIN) if together else fed(PLAIN, PLAIN)
    assert (len(sink.heads), sink.body, sink.complete) == (1, BODY, 1)
    assert reader.pipelined


def test_nothing_is_kept_of_what_comes_while_an_answer_is_made() -> None:
    _, reader = fed(PLAIN)
    for _ in range(100):
        reader.feed(b"x: " + b"y" * 100_000)  # would be one endless header, if anybody read it
    assert reader._headers == []


@pytest.mark.parametrize("begin", [b"GET /", b"GET / HTTP/1.1\r\nx: ", b"GET / HTTP/1.1\r\n"])
def test_a_head_that_does_not_end_is_given_up(begin: bytes) -> None:
    with pytest.raises(NotHttp) as fault:
        fed(begin, *(b"y" * 1000 for _ in range(MAX_HEAD // 1000 + 2)))
    assert fault.value.too_large


def test_a_trailer_that_does_not_end_is_given_up() -> None:
    with pytest.raises(NotHttp) as fault:
        fed(CHUNKED[:-4], *(b"y" * 1000 for _ in range(MAX_BARREN // 1000 + 2)))
    assert fault.value.too_large


def test_a_body_may_be_as_long_as_it_likes_here() -> None:
    sink, _ = fed(HEAD + b"content-length: 1000000\r\n\r\n", *(b"y" * 1000 for _ in range(1000)))
    assert sink.complete == 1


@pytest.mark.parametrize("raw", [b"\0", b"GET / HTTP/1.1\nhost: x\n\n", b"GET / HTTQ/1.1\r\n\r\n", HEAD + b" folded\r\n\r\n"])
def test_what_is_no_http_is_said_so(raw: bytes) -> None:
    with pytest.raises(NotHttp) as fault:
        fed(raw)
    assert not fault.value.too_large


def test_an_upgrade_is_seen_and_ends_the_connection() -> None:
    sink, reader = fed(b"GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n\x81\x05hello")
    (head,) = sink.heads
    assert head.upgrade
    assert not head.keep_alive
    assert reader.pipelined


def test_the_target_is_known_before_the_head_is_whole() -> None:
    _, reader = fed(b"POST /v1/mess")
    assert reader.begun
    assert reader.target == b"/v1/mess"
