"""A body in memory is bounded for one caller and for all, and what was accounted for is given back."""

from __future__ import annotations

import json
from pathlib import Path

from safeconduct.gateway.upload import Upload
from support.raw_client import messages
from support.raw_gateway import KEY, gate, run

LINE = b"POST /v1/messages HTTP/1.1\r\n"


HOST = b"host: gateway\r\n"


AUTH = b"x-api-key: " + KEY.encode() + b"\r\n"


BODY = json.dumps(messages()).encode()


LENGTH = b"content-length: %d\r\n" % len(BODY)


CHUNKED = b"transfer-encoding: chunked\r\n"


GOOD = LINE + HOST + AUTH + LENGTH + b"\r\n" + BODY


QUARTER = b"40000\r\n" + b"x" * 0x40000 + b"\r\n"  # of the most that a body may have here


def call(*headers: bytes, body: bytes = BODY, line: bytes = LINE) -> bytes:
    return line + HOST + AUTH + b"".join(headers) + b"\r\n" + body


def test_bodies_in_memory_are_bounded_over_all_callers(tmp_path: Path) -> None:
    big = call(b"content-length: 1000000\r\n", body=b"x" * 900_000)

    async def scene() -> None:
        async with gate(tmp_path, limits={"max_buffered_bytes": 2_000_000}) as at:
            waiting = [await at.client() for _ in range(2)]
            for client in waiting:
                await client.send(big)
            await at.until(lambda: at.worker._buffered >= 1_800_000)
            got = await (await at.client()).exchange(big)
            assert got.status in {503, 529}
            assert got.tree["error"]["type"] == "overloaded_error"
            for client in waiting:
                client.reset()
            await at.settle()
            assert at.worker._buffered == 0, "what was accounted for is given back"
            assert (await (await at.client()).exchange(GOOD)).status == 200
            assert at.worker._buffered == 0

    run(scene())


def test_a_body_in_tiny_chunks_costs_no_more_than_its_size(tmp_path: Path) -> None:
    body = json.dumps(messages("y" * 200_000)).encode()
    chunks = b"".join(b"2\r\n%s\r\n" % body[at : at + 2] for at in range(0, len(body) - 1, 2))
    chunks += b"1\r\n%s\r\n" % body[-1:] if len(body) % 2 else b""

    async def scene() -> None:
        async with gate(tmp_path) as at:
            assert (await (await at.client()).exchange(call(CHUNKED, body=chunks + b"0\r\n\r\n"))).status == 200
            assert json.loads(at.provider.heard[0].body)["messages"] == messages("y" * 200_000)["messages"]

    run(scene())


def test_an_upload_gives_back_what_it_took(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            upload = Upload(at.worker)
            assert upload.add(b"ab") is None
            assert upload.add(b"cd") is None
            assert (upload.size, at.worker._buffered) == (4, 4)
            assert upload.take() == b"abcd"
            assert at.worker._buffered == 4, "still in memory until it has left"
            upload.release()
            upload.release()
            assert at.worker._buffered == 0

    run(scene())
