"""The callers of the demonstration see what happens to their streams, down to a missing character."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from safeconduct.assembly.demo.calls import CYCLE, Door, Stream
from safeconduct.upstreams.simulated import SimulatedProvider

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@asynccontextmanager
async def _provider() -> AsyncIterator[Door]:
    server = SimulatedProvider()
    port = await server.start()
    try:
        yield Door(f"http://127.0.0.1:{port}")
    finally:
        await server.stop()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - the stream has no event for each piece
            await asyncio.sleep(0.01)


def _run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await test()

    asyncio.run(bounded())


def _event(tree: object) -> bytes:
    body = b"event: x\ndata: " + msgspec.json.encode(tree) + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(body), body)


def _text(text: str) -> bytes:
    return _event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})


def test_a_call_is_answered_and_a_stream_goes_on_until_the_caller_hangs_up() -> None:
    async def test() -> None:
        async with _provider() as door:
            answer = await door.ask("any", "claude-fable-5")
            assert (answer.status, answer.code) == (200, "")
            stream = await door.listen("any", "claude-fable-5")
            await _until(lambda: stream.pieces >= 5)
            assert stream.alive
            assert not stream.spoiled
            stream.close()
            await stream.ended
            assert not stream.alive

    _run(test)


def test_nobody_there_is_an_error() -> None:
    async def test() -> None:
        async with _provider() as door:
            pass
        with pytest.raises(OSError, match=r"."):
            await door.ask("any", "claude-fable-5")

    _run(test)


def test_a_cut_is_told_by_its_code() -> None:
    async def test() -> None:
        stream = Stream(b"")
        stream.data_received(HEAD + _text(CYCLE[:7]))
        assert stream.alive
        stream.data_received(
            _event({"type": "error", "error": {"type": "permission_error", "code": "forbidden", "message": "no"}})
        )
        assert (stream.cut, stream.alive, stream.spoiled) == ("forbidden", False, False)
        assert stream.cut_at > 0

    _run(test)


def test_a_missing_piece_is_noticed_however_the_bytes_are_split() -> None:
    async def test() -> None:
        whole = HEAD + b"".join(_text(text) for text in (CYCLE[:5], CYCLE[5:], CYCLE + CYCLE[:3], CYCLE[3:]))
        for size in (1, 7, 100_000):
            stream = Stream(b"")
            for at in range(0, len(whole), size):
                stream.data_received(whole[at : at + size])
            assert (stream.pieces, stream.spoiled) == (4, False)
        stream = Stream(b"")
        stream.data_received(HEAD + _text(CYCLE[:5]) + _text(CYCLE[6:]))
        assert stream.spoiled
        assert not stream.alive

    _run(test)


@pytest.mark.parametrize("garbage", [b"not http at all\r\n\r\n", HEAD + b"zz\r\n"])
def test_garbage_ends_the_call_and_raises_nothing(garbage: bytes) -> None:
    async def test() -> None:
        stream = Stream(b"")
        stream.data_received(garbage)
        stream.connection_lost(None)
        await stream.ended
        assert not stream.alive

    _run(test)
