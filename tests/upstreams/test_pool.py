"""What a provider may do wrong, what its callers see then, and which connections are used again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safeconduct.upstreams.provider import Timeouts, provider
from support.raw_client import messages, request
from support.raw_gateway import CANARY, KEY, TIMEOUTS, gate, run
from support.raw_provider import (
    BODY,
    DELTA,
    FULL_STREAM,
    SILENT,
    START,
    STREAM_HEAD,
    USAGE,
    Play,
    answer,
    chunk,
    raw,
    stream,
)

CALL = request(body=messages(), key=KEY)
STREAMED = request(body=messages(stream=True), key=KEY)
OPEN = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
QUICK = Timeouts(0.3, 0.3, 0.3)

# name -> (what the provider does, the status that the caller of a JSON call sees)
BROKEN: dict[str, tuple[Play, int]] = {
    "closes at once": (raw(b""), 502),
    "resets": (raw(b"", reset=True), 502),
    "never answers": (SILENT, 504),
    "half a head": (raw(OPEN, close=False), 504),
    "half a body": (raw(OPEN + b"content-length: 900\r\n\r\n{", close=False), 504),
    "torn body": (raw(OPEN + b"content-length: 900\r\n\r\n{"), 502),
    "torn chunks": (raw(OPEN + b"transfer-encoding: chunked\r\n\r\n5\r\nab"), 502),
    "not http": (raw(b"SSH-2.0-OpenSSH_9\r\n\r\n"), 502),
    "bad chunk": (raw(OPEN + b"transfer-encoding: chunked\r\n\r\nzz\r\n"), 502),
    "two lengths": (raw(OPEN + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab"), 502),
    "length and chunks": (raw(OPEN + b"content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"), 502),
    "compressed": (raw(OPEN + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b"), 502),
    "compressed stream": (raw(STREAM_HEAD[:-2] + b"content-encoding: br\r\n\r\n"), 502),
    "endless head": (raw(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000, close=False), 502),
    "switches protocol": (raw(b"HTTP/1.1 101 Switching\r\nupgrade: h2c\r\n\r\n"), 502),
    "more than said": (raw(OPEN + b"content-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n"), 502),
}


@pytest.mark.parametrize("name", BROKEN)
def test_p12_a_broken_provider_is_a_no_in_the_dialect_and_one_outcome(name: str, tmp_path: Path) -> None:
    play, status = BROKEN[name]

    async def scene() -> None:
        async with gate(tmp_path, play, timeouts=QUICK) as at:
            client = await at.client()
            got = await client.exchange(CALL)
            assert got.status == status
            assert got.tree["type"] == "error"
            assert got.headers["x-should-retry"] == "true"
            assert len(at.provider.heard) == 1, "the body had left: no second try of ours"
            at.provider.plays = [answer()]
            assert (await client.exchange(CALL)).status == 200
            assert at.provider.connections == 2, "a connection that failed is not used again"
            await at.settle()
            ended = at.check()
            assert [(entry["outcome"], entry["forwarded"]) for entry in ended] == [("failed", True), ("served", True)]

    run(scene())


# name -> how a stream that began goes wrong
TORN: dict[str, Play] = {
    "closed in an event": raw(STREAM_HEAD + chunk(START) + chunk(DELTA[:20])),
    "closed between events": raw(STREAM_HEAD + chunk(START + DELTA)),
    "reset": raw(STREAM_HEAD + chunk(START + DELTA), reset=True),
    "ended without its end": stream(START, DELTA),
    "silent": stream(START, DELTA, end=False),
    "bad chunk": raw(STREAM_HEAD + chunk(START) + b"zz\r\n", close=False),
    "unreadable event": stream(START, b"event: message_delta\ndata: {not json\n\n", USAGE),
}


PATHS = ["/v1/messages", "/v1/chat/completions", "/v1/responses"]
CASES = [(name, path) for path in PATHS for name in TORN if path == PATHS[0] or name != "unreadable event"]  # which is Messages


@pytest.mark.parametrize(("name", "path"), CASES)
def test_p12_a_torn_stream_ends_with_the_dialects_own_word(name: str, path: str, tmp_path: Path) -> None:
    body = {**messages(stream=True), "model": "claude-haiku-4-5" if path == "/v1/messages" else "gpt-5.6-mini"}
    if path == "/v1/responses":
        body = {"model": "gpt-5.6-mini", "stream": True, "input": "hi"}
    final = {
        "/v1/messages": b"event: error\n",
        "/v1/chat/completions": b'data: {"error"',
        "/v1/responses": b"event: response.failed\n",
    }

    async def scene() -> None:
        async with gate(tmp_path, TORN[name], timeouts=QUICK) as at:
            client = await at.client()
            got = await client.exchange(request(path, body, key=KEY))
            assert got.status == 200
            last = got.body.rstrip(b"\n").rpartition(b"\n\n")[2]
            assert last.startswith(final[path]), last
            assert b"[DONE]" not in got.body
            assert await client.ended() == b""
            await at.settle()
            (ended,) = at.check()
            assert (ended["outcome"], ended["forwarded"]) == ("failed", True)
            if path == "/v1/messages" and name != "bad chunk":  # what came with the bad chunk is not read
                assert ended["tokens_in"] == 7

    run(scene())


def test_the_providers_own_errors_pass_unmodified(tmp_path: Path) -> None:
    body = b'{ "type":"error" ,"error":{"type":"overloaded_error","message":"Overloaded"}}\n'
    extra = b"retry-after: 7\r\nx-should-retry: true\r\nanthropic-ratelimit-requests-limit: 50\r\nset-cookie: a=b\r\n"

    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            for status in (400, 401, 429, 500, 529):
                at.provider.plays = [answer(status, body, extra=extra)]
                for data in (CALL, STREAMED):
                    got = await client.exchange(data)
                    assert (got.status, got.body) == (status, body)
                    assert got.headers["retry-after"] == "7"
                    assert got.headers["anthropic-ratelimit-requests-limit"] == "50"
                    assert got.headers["request-id"] == got.headers["x-request-id"] == "req_up"
                    assert "set-cookie" not in got.headers
            assert len(at.provider.heard) == 10, "nothing is tried again"
            await at.settle()
            assert {entry["status"] for entry in at.check()} == {400, 401, 429, 500, 529}

    run(scene())


def _unreachable() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_p12_a_provider_that_refuses_the_connection(tmp_path: Path) -> None:
    nobody = provider(
        "anthropic",
        f"http://127.0.0.1:{_unreachable()}",
        CANARY,
        "x-api-key",
        timeouts=TIMEOUTS,
        max_connections=5,
        environ={},
    )

    async def scene() -> None:
        async with gate(tmp_path, upstream=nobody) as at:
            got = await (await at.client()).exchange(CALL)
            assert (got.status, got.headers["x-safeconduct-reason"]) == (502, "upstream_unreachable")
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["failed"]

    run(scene())


def test_a_connection_that_cannot_be_opened_is_tried_again_before_the_body_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            pool = at.worker.pools["anthropic"]
            connect, tries = pool._connect, [0]  # type: ignore[attr-defined]

            async def flaky() -> object:
                tries[0] += 1
                if tries[0] == 1:
                    raise ConnectionResetError
                return await connect()

            monkeypatch.setattr(pool, "_connect", flaky)
            assert (await (await at.client()).exchange(CALL)).status == 200
            assert tries[0] == 2
            assert len(at.provider.heard) == 1

    run(scene())


@pytest.mark.parametrize("why", ["hangs", "odd name"])
def test_p12_a_connection_that_does_not_come_about_is_a_no(why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with gate(tmp_path, timeouts=QUICK) as at:
            pool = at.worker.pools["anthropic"]

            async def never() -> object:
                if why == "odd name":
                    "x".encode("idna")
                    raise UnicodeError("label too long")
                return await asyncio.Event().wait()

            monkeypatch.setattr(pool, "_connect", never)
            got = await (await at.client()).exchange(CALL)
            assert got.status == (504 if why == "hangs" else 502)
            assert not at.provider.heard

    run(scene())


def test_a_full_pool_is_a_no_at_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, SILENT, most=2) as at:
            waiting = [await at.client() for _ in range(2)]
            for client in waiting:
                await client.send(CALL)
            await at.until(lambda: len(at.provider.heard) == 2)
            got = await (await at.client()).exchange(CALL)
            assert got.headers["x-safeconduct-reason"] == "upstream_pool_full"
            for client in waiting:
                client.reset()
            await at.settle()
            pool = at.worker.pools["anthropic"]
            await at.until(lambda: pool.open_connections == 0)  # type: ignore[attr-defined]
            at.provider.plays = [answer()]
            assert (await (await at.client()).exchange(CALL)).status == 200

    run(scene())


class Told:
    """A call that only tells how it went; ``then`` happens as its connection is open and before the call leaves."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.then = then
        self.opened = asyncio.Event()
        self.failed = ""

    def upstream_open(self) -> None:
        self.opened.set()
        self.then()

    def upstream_taken(self) -> None: ...

    def upstream_failed(self, why: str) -> None:
        self.failed = why


def test_a_connection_that_has_just_opened_takes_one_place_not_two(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, SILENT, most=2) as at:
            pool: Any = at.worker.pools["anthropic"]
            second = Told()
            first = Told(lambda: pool.send(second, b"/v1/messages", b"", b"{}"))
            pool.send(first, b"/v1/messages", b"", b"{}")
            await first.opened.wait()
            await at.until(lambda: second.opened.is_set() or second.failed)
            assert second.failed == ""
            pool.close()

    run(scene())


@pytest.mark.parametrize("honest", [True, False])
def test_a_connection_the_provider_closed_is_not_used_again(honest: bool, tmp_path: Path) -> None:
    closing = answer(close=True, extra=b"connection: close\r\n" if honest else b"")

    async def scene() -> None:
        async with gate(tmp_path, closing, answer()) as at:
            client = await at.client()
            assert (await client.exchange(CALL)).status == 200
            await at.until(lambda: at.worker.pools["anthropic"].open_connections == 0)  # type: ignore[attr-defined]
            assert (await client.exchange(CALL)).status == 200
            assert at.provider.connections == 2

    run(scene())


def test_bytes_nobody_asked_for_end_an_idle_connection(tmp_path: Path) -> None:
    async def chatty(heard: object, writer: asyncio.StreamWriter) -> None:
        writer.write(OPEN + b"content-length: %d\r\n\r\n%s" % (len(BODY), BODY))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfor eve!!")

    async def scene() -> None:
        async with gate(tmp_path, chatty, answer()) as at:
            client = await at.client()
            assert (await client.exchange(CALL)).body == BODY
            await at.until(lambda: at.worker.pools["anthropic"].open_connections == 0)  # type: ignore[attr-defined]
            assert (await client.exchange(CALL)).body == BODY

    run(scene())


def test_idle_connections_are_closed_in_time(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            await (await at.client()).exchange(CALL)
            pool = at.worker.pools["anthropic"]
            assert pool.open_connections == 1  # type: ignore[attr-defined]
            pool.now = lambda: asyncio.get_running_loop().time() + 60  # type: ignore[attr-defined]
            pool.sweep()
            assert pool.open_connections == 0  # type: ignore[attr-defined]

    run(scene())


def test_parallel_calls_each_have_a_connection_and_share_them_later(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, FULL_STREAM) as at:
            clients = [await at.client() for _ in range(8)]
            for _ in range(3):
                for got in await asyncio.gather(*(client.exchange(STREAMED) for client in clients)):
                    assert got.body.endswith(b'{"type":"message_stop"}\n\n')
            assert at.provider.connections <= 8
            assert len(at.provider.heard) == 24

    run(scene())
