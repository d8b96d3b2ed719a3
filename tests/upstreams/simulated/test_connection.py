"""HTTP/1.1 as a stranger may speak it: framing, pipelining, limits, and callers that leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from safeconduct.upstreams.simulated import connection
from safeconduct.upstreams.simulated.connection import Connection, Request, chunk, head

Answering = Callable[[Request, Connection], Awaitable[None]]


def talk(*sent: bytes, answer: Answering | None = None, leave: bool = False) -> tuple[bytes, list[Request]]:
    """Send bytes to a server that echoes sizes; return all that came back until it closed, and the requests it saw."""
    seen: list[Request] = []

    async def echo(request: Request, wire: Connection) -> None:
        seen.append(request)
        await (answer or sized)(request, wire)

    async def sized(request: Request, wire: Connection) -> None:
        await wire.whole(200, [], f"{request.method} {request.path} {len(request.body)}".encode())

    async def main() -> bytes:
        loop = asyncio.get_running_loop()
        known: set[Connection] = set()
        server = await loop.create_server(lambda: Connection(echo, known), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for data in sent:
            writer.write(data)
            await writer.drain()
        if leave:
            writer.write_eof()
        got = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        server.close()
        return got

    return asyncio.run(main()), seen


CLOSE = b"GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


def test_requests_on_one_connection_are_answered_in_order() -> None:
    got, seen = talk(b"POST /one?q=1 HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc" + CLOSE)
    assert [(request.path, request.query, bytes(request.body)) for request in seen] == [
        ("/one", "q=1", b"abc"),
        ("/last", "", b""),
    ]
    assert got.index(b"POST /one 3") < got.index(b"GET /last 0")
    assert got.count(b"x-safeconduct-simulated: true") == 2


def test_a_chunked_body_in_small_pieces() -> None:
    first = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    whole = first + chunk(b"abc") + chunk(b"de") + chunk(b"") + CLOSE
    got, seen = talk(*[whole[at : at + 7] for at in range(0, len(whole), 7)])
    assert bytes(seen[0].body) == b"abcde"
    assert b"POST / 5" in got


def test_an_expecting_client_is_told_to_go_on() -> None:
    got, _ = talk(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\nexpect: 100-continue\r\n\r\na" + CLOSE)
    assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_what_is_no_http_is_refused() -> None:
    got, seen = talk(b"nonsense\r\n\r\n" + CLOSE)
    assert got.startswith(b"HTTP/1.1 400 ")
    assert seen == []


def test_a_head_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_HEAD", 100)
    got, seen = talk(b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a: " + b"b" * 200 + b"\r\n\r\n" + CLOSE)
    assert got.startswith(b"HTTP/1.1 400 ")
    assert seen == []


def test_a_body_beyond_the_limit_is_marked_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_BODY", 10)
    _, seen = talk(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n" + b"x" * 100 + CLOSE)
    assert seen[0].too_large
    assert len(seen[0].body) <= 10


def test_an_upgrade_is_answered_and_the_connection_closed() -> None:
    got, seen = talk(b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nclose\r\n\r\n")
    assert seen[0].upgrade
    assert got.startswith(b"HTTP/1.1 200")


def test_a_caller_that_leaves_cancels_its_answer() -> None:
    left: list[bool] = []

    async def never(request: Request, wire: Connection) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            left.append(True)
            raise

    talk(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", answer=never, leave=True)
    assert left == [True]


def test_head_names_even_unregistered_statuses() -> None:
    assert head(529, []).startswith(b"HTTP/1.1 529 Overloaded\r\n")
    assert head(429, [("a", "b")]).endswith(b"a: b\r\n\r\n")
    assert chunk(b"x" * 16) == b"10\r\n" + b"x" * 16 + b"\r\n"
    assert chunk(b"") == b"0\r\n\r\n"
