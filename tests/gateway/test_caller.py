"""A caller who leaves, dawdles or stays: the provider is broken off, paused or used again, and one outcome is written."""

from __future__ import annotations

import asyncio
from pathlib import Path

from safeconduct.gateway.caller import INFINITE
from support.raw_client import messages, request
from support.raw_gateway import KEY, gate, run
from support.raw_provider import (
    DELTA,
    FULL_STREAM,
    START,
    STREAM_HEAD,
    Heard,
    Writer,
    answer,
    chunk,
    stream,
)

CALL = request(body=messages(), key=KEY)
STREAMED = request(body=messages(stream=True), key=KEY)


def test_keep_alive_serves_one_call_after_the_other(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(), FULL_STREAM, answer()) as at:
            client = await at.client()
            for data in (CALL, STREAMED, CALL):
                got = await client.exchange(data)
                assert got.status == 200
                assert "connection" not in got.headers
            assert at.provider.connections == 1, "the provider's connection is used again"
            await at.settle()
            ended = at.check()
            assert [(entry["outcome"], entry["forwarded"]) for entry in ended] == [("served", True)] * 3
            assert ended[1]["tokens_out"] == 5

    run(scene())


def test_p12_each_no_leaves_the_connection_usable(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            for data, status in (
                (request(body=b"{", key=KEY), 400),
                (request(body=messages(model="claude-mythos-5"), key=KEY), 403),
                (CALL, 200),
            ):
                got = await client.exchange(data)
                assert got.status == status
            got = await client.exchange(request(body=messages(model="no-such-model"), key=KEY))
            assert got.headers["x-safeconduct-reason"] == "model_not_found"
            assert len(at.provider.heard) == 1
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["refused"] * 2 + ["served", "refused"]

    run(scene())


def _endless(sent: list[int]) -> object:
    event = DELTA.replace(b"hello", b"y" * 4000)

    async def play(heard: Heard, writer: Writer) -> None:
        writer.write(STREAM_HEAD + chunk(START))
        while not heard.gone.is_set():
            writer.write(chunk(event))
            sent[0] += len(event)
            await writer.drain()

    return play


def test_backpressure_a_caller_who_does_not_read_pauses_the_provider_and_nobody_else(tmp_path: Path) -> None:
    sent = [0]

    async def scene() -> None:
        async with gate(tmp_path, _endless(sent), answer(), limits={"write_seconds": 30.0}) as at:
            slow = await at.client(limit=1024)
            await slow.send(STREAMED)
            await slow.read_head()
            last = -1
            while sent[0] != last:  # until the provider cannot send any more
                last = sent[0]
                for _ in range(20):
                    await asyncio.sleep(0.01)
            assert sent[0] < 30_000_000, "sockets and buffers hold a bounded amount"
            transport = next(iter(at.worker._connections))._transport
            assert transport is not None
            assert transport.get_write_buffer_size() < 1_000_000
            other = await at.client()
            for _ in range(5):
                assert (await other.exchange(CALL)).status == 200
            for _ in range(200):
                await slow.reader.read(100_000)
            assert sent[0] > last, "reading again lets the provider go on"
            slow.reset()
            await at.settle()
            ended = at.check()
            assert sorted(entry["outcome"] for entry in ended) == ["disconnected"] + ["served"] * 5

    run(scene())


def test_p12_a_caller_who_never_reads_is_ended(tmp_path: Path) -> None:
    sent = [0]

    async def scene() -> None:
        async with gate(tmp_path, _endless(sent), limits={"write_seconds": 0.3}) as at:
            slow = await at.client(limit=1024)
            await slow.send(STREAMED)
            await at.until(lambda: at.worker.meters.disconnected == 1)
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["disconnected"]

    run(scene())


def test_no_next_call_is_read_before_the_last_answer_was(tmp_path: Path) -> None:
    big = b'{"id":"msg_1","pad":"%s"}' % (b"y" * 8_000_000)

    async def scene() -> None:
        async with gate(tmp_path, answer(body=big), limits={"write_seconds": 30.0}) as at:
            client = await at.client(limit=1024)
            await client.send(CALL)
            await at.until(lambda: at.worker.meters.served == 1)
            await client.send(CALL * 3)
            for _ in range(20):
                await asyncio.sleep(0.01)
            assert len(at.provider.heard) == 1
            (connection,) = at.worker._connections
            assert connection.deadline < INFINITE, "the time for reading runs"
            head = await client.read_head()
            async with asyncio.timeout(10):
                left = int(head.headers["content-length"])
                while left:
                    left -= len(await client.reader.read(min(left, 65_536)))
            await at.until(lambda: len(at.provider.heard) == 2)
            client.reset()
            await at.settle()
            at.check()

    run(scene())


def test_p5_a_stream_ends_in_its_dialect_when_the_worker_cannot_wait(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, stream(START, DELTA, end=False), limits={"drain_seconds": 0.2}) as at:
            client = await at.client()
            await client.send(STREAMED)
            await client.until(b'"hello"')
            assert await at.worker.drain() == 1
            rest = await client.ended()
            assert b"event: error" in rest
            await at.settle()
            (ended,) = at.check()
            assert (ended["outcome"], ended["forwarded"]) == ("cut", True)
            assert at.provider.heard[0].gone

    run(scene())
