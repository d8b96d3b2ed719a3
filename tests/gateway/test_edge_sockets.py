"""Raw sockets against the edge: whatever could be read two ways is refused with its status, and nothing of it goes out."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path

import pytest

from support.raw_client import RawClient, messages, request
from support.raw_gateway import KEY, gate, run

LINE = b"POST /v1/messages HTTP/1.1\r\n"
HOST = b"host: gateway\r\n"
AUTH = b"x-api-key: " + KEY.encode() + b"\r\n"
BODY = json.dumps(messages()).encode()
LENGTH = b"content-length: %d\r\n" % len(BODY)
CHUNKED = b"transfer-encoding: chunked\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
QUARTER = b"40000\r\n" + b"x" * 0x40000 + b"\r\n"  # of the most that a body may have here
GOOD = LINE + HOST + AUTH + LENGTH + b"\r\n" + BODY


def call(*headers: bytes, body: bytes = BODY, line: bytes = LINE) -> bytes:
    return line + HOST + AUTH + b"".join(headers) + b"\r\n" + body


# name -> (bytes, status, whether it is an arrival on a call route: its head was whole)
REFUSED: dict[str, tuple[bytes, int, bool]] = {
    "length and chunked": (call(LENGTH, CHUNKED, body=CHUNKS), 400, False),
    "chunked and length": (call(CHUNKED, LENGTH, body=CHUNKS), 400, False),
    "te gzip": (call(b"transfer-encoding: gzip\r\n", body=CHUNKS), 400, True),
    "te gzip, chunked": (call(b"transfer-encoding: gzip, chunked\r\n", body=CHUNKS), 400, True),
    "te xchunked": (call(b"transfer-encoding: xchunked\r\n", body=CHUNKS), 400, True),
    "te chunked, identity": (call(b"transfer-encoding: chunked, identity\r\n", body=CHUNKS), 400, False),
    "te twice": (call(CHUNKED, CHUNKED, body=CHUNKS), 400, False),
    "te space before colon": (call(b"transfer-encoding : chunked\r\n", body=CHUNKS), 400, False),
    "te vertical tab": (call(b"transfer-encoding: \x0bchunked\r\n", body=CHUNKS), 400, False),
    "te quoted": (call(b'transfer-encoding: "chunked"\r\n', body=CHUNKS), 400, True),
    "te underscore": (call(b"transfer_encoding: chunked\r\n", LENGTH), 400, True),
    "te in 1.0": (call(CHUNKED, body=CHUNKS, line=LINE.replace(b"1.1", b"1.0")), 400, True),
    "folded header": (call(b"x-a: b\r\n c\r\n", LENGTH), 400, False),
    "folded with tab": (call(b"x-a: b\r\n\tc\r\n", LENGTH), 400, False),
    "bare lf in head": (GOOD.replace(b"\r\n", b"\n", 1), 400, False),
    "bare lf between headers": (call(b"x-a: b\nx-c: d\r\n", LENGTH), 400, False),
    "bare lf everywhere": (GOOD.replace(b"\r\n", b"\n"), 400, False),
    "bare cr": (call(b"x-a: b\rx-c: d\r\n", LENGTH), 400, False),
    "nul in value": (call(b"x-a: b\0c\r\n", LENGTH), 400, False),
    "space in name": (call(b"x a: b\r\n", LENGTH), 400, False),
    "empty name": (call(b": b\r\n", LENGTH), 400, False),
    "two hosts": (call(HOST, LENGTH), 400, True),
    "no host": (LINE + AUTH + LENGTH + b"\r\n" + BODY, 400, True),
    "two authorizations": (
        call(b"authorization: Bearer a\r\nauthorization: Bearer b\r\n", LENGTH),
        400,
        True,
    ),
    "two keys": (call(AUTH, LENGTH), 400, True),
    "two lengths": (call(LENGTH, LENGTH), 400, False),
    "two lengths that differ": (call(LENGTH, b"content-length: 1\r\n"), 400, False),
    "list of lengths": (call(b"content-length: 5, 5\r\n"), 400, False),
    "signed length": (call(b"content-length: +5\r\n"), 400, False),
    "negative length": (call(b"content-length: -5\r\n"), 400, False),
    "hex length": (call(b"content-length: 0x5\r\n"), 400, False),
    "empty length": (call(b"content-length: \r\n"), 400, False),
    "length beyond 64 bits": (call(b"content-length: 99999999999999999999999\r\n"), 400, False),
    "length underscore": (call(b"content_length: 5\r\n", CHUNKED, body=CHUNKS), 400, True),
    "chunk size not hex": (call(CHUNKED, body=b"zz\r\n" + BODY), 400, True),
    "chunk size signed": (call(CHUNKED, body=b"+5\r\nhello\r\n0\r\n\r\n"), 400, True),
    "chunk size 0x": (call(CHUNKED, body=b"0x5\r\nhello\r\n0\r\n\r\n"), 400, True),
    "chunk size overflows": (call(CHUNKED, body=b"fffffffffffffffff\r\n"), 400, True),
    "chunk longer than said": (call(CHUNKED, body=b"1\r\nabc\r\n0\r\n\r\n"), 400, True),
    "chunk ended by lf": (call(CHUNKED, body=b"%x\n%s\n0\n\n" % (len(BODY), BODY)), 400, True),
    "space after chunk size": (call(CHUNKED, body=b"5 \r\nhello\r\n0\r\n\r\n"), 400, True),
    "length in trailer": (call(CHUNKED, body=CHUNKS[:-2] + b"content-length: 5\r\n\r\n"), 400, True),
    "endless trailer": (call(CHUNKED, body=CHUNKS[:-2] + b"x: " + b"y" * 400_000), 431, True),
    "many headers": (call(*(b"x-%d: y\r\n" % n for n in range(200)), LENGTH), 431, True),
    "large headers": (call(*(b"x-%d: %s\r\n" % (n, b"y" * 4000) for n in range(10)), LENGTH), 431, True),
    "endless header": (LINE + b"x: " + b"y" * 200_000, 431, False),
    "endless name": (LINE + b"y" * 200_000, 431, False),
    "long target": (call(LENGTH, line=b"POST /v1/messages?" + b"q" * 3000 + b" HTTP/1.1\r\n"), 414, True),
    "endless target": (b"POST /" + b"q" * 200_000, 431, False),
    "compressed body": (call(b"content-encoding: gzip\r\n", LENGTH, body=gzip.compress(b"0" * 10_000_000)), 415, True),
    "unknown coding": (call(b"content-encoding: br\r\n", LENGTH), 415, True),
    "unknown expectation": (call(b"expect: a-miracle\r\n", LENGTH), 417, True),
    "announced over the bound": (call(b"content-length: 1048577\r\n", body=b"{"), 413, True),
    "over the bound in chunks": (call(CHUNKED, body=QUARTER * 4 + b"1\r\nx"), 413, True),
    "http 0.9": (b"GET /v1/models\r\n\r\n", 505, False),
    "http 1.2": (GOOD.replace(b"1.1", b"1.2", 1), 400, False),
    "http 2 by word": (GOOD.replace(b"1.1", b"2.0", 1), 505, True),
    "http 2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, False),
    "tls to a plain port": (bytes.fromhex("16030100dc010000d8030300"), 400, False),
    "space in target": (GOOD.replace(b"/v1/messages", b"/v1/mess ages", 1), 400, False),
    "absolute form": (call(LENGTH, line=b"POST http://other/v1/messages HTTP/1.1\r\n"), 404, False),
    "connect": (b"CONNECT other:443 HTTP/1.1\r\nhost: other:443\r\n\r\n", 404, False),
    "trace": (b"TRACE /v1/messages HTTP/1.1\r\nhost: gateway\r\n\r\n", 404, False),
    "h2c upgrade": (call(b"connection: upgrade\r\nupgrade: h2c\r\n", LENGTH), 400, True),
    "two credentials": (call(b"authorization: Bearer other\r\n", LENGTH), 401, True),
    "basic authorization": (LINE + HOST + b"authorization: Basic YTpi\r\n" + LENGTH + b"\r\n" + BODY, 401, True),
    "duplicate names": (call(b"content-length: 25\r\n", body=b'{"model":"a","model":"b"}'), 400, True),
    "deep json": (call(b"content-length: 200006\r\n", body=b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), 400, True),
    "nan": (call(b"content-length: 9\r\n", body=b'{"a":NaN}'), 400, True),
    "two values": (call(b"content-length: 4\r\n", body=b"{}{}"), 400, True),
    "not utf-8": (call(b"content-length: 10\r\n", body=b'{"a":"\xff\xfe"}'), 400, True),
    "byte order mark": (call(b"content-length: 5\r\n", body=b"\xef\xbb\xbf{}"), 400, True),
    "no body": (call(), 400, True),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("step", [0, 7], ids=["at once", "in pieces"])
def test_p4_p12_what_reads_two_ways_is_refused_and_nothing_goes_out(name: str, step: int, tmp_path: Path) -> None:
    data, status, arrival = REFUSED[name]
    if step and len(data) > 5_000:
        step = 40_000

    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            for start in range(0, len(data), step or len(data)):
                await client.send(data[start : start + (step or len(data))])
                if step and start < 300:
                    await asyncio.sleep(0)
            got = await client.read(head_only=False)
            assert got.status == status, got
            error = got.tree["error"]
            assert error["message"].count(" ") > 3, "a no is a sentence"
            assert got.headers["x-should-retry"] == "false"
            client.half_close()
            rest = await client.ended()
            assert not rest.startswith(b"HTTP/1.1 2"), "what followed was taken for a second request"
            await at.settle()
            assert at.provider.bytes_in == 0
            assert at.provider.connections == 0
            assert at.worker.meters.arrivals == int(arrival)
            ended = at.check()
            assert [entry["outcome"] for entry in ended] == ["refused"] * int(arrival)
            assert not any(entry["forwarded"] for entry in ended)

    run(scene())


def test_the_good_request_behind_all_variants_is_served(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            odd = b"1;x=y\r\n{\r\n%x\r\n%s\r\n0\r\nx-t: v\r\n\r\n" % (len(BODY) - 1, BODY[1:])
            spelled = call(b"Transfer-Encoding:\tChunked\r\n", body=odd)
            for data in (GOOD, call(CHUNKED, body=CHUNKS), spelled):
                client = await at.client()
                assert (await client.exchange(data)).status == 200
                await client.close()
            assert len({heard.body for heard in at.provider.heard}) == 1
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["served"] * 3

    run(scene())


def test_http_1_0_gets_an_answer_that_ends_with_the_connection(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            got = await client.exchange(GOOD.replace(b"HTTP/1.1", b"HTTP/1.0", 1))
            assert got.status == 200
            assert got.headers["connection"] == "close"
            assert await client.ended() == b""
            await at.settle()
            at.check()

    run(scene())


def test_a_pipelined_call_is_not_read_and_the_first_answer_arrives_whole(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            await client.send(GOOD + GOOD + b"x" * 100_000)
            got = await client.read()
            assert got.status == 200
            assert await client.ended() == b""
            await at.settle()
            assert len(at.provider.heard) == 1
            assert len(at.check()) == 1

    run(scene())


def test_garbage_after_a_request_ends_the_connection_after_its_answer(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            await client.send(GOOD + b"\0\0\0 not http at all")
            assert (await client.read()).status == 200
            assert await client.ended() == b""
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["served"]

    run(scene())


def test_p4_a_websocket_upgrade_is_refused_so_that_codex_falls_back(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            upgrade = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: AAAA\r\nsec-websocket-version: 13\r\n"
            got = await client.exchange(request("/v1/responses", key=KEY, method="GET", extra=upgrade))
            assert got.status == 426
            assert await client.ended() == b""
            assert at.provider.connections == 0

    run(scene())


def test_expect_is_answered_only_when_the_body_is_wanted(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            await client.send(call(b"expect: 100-continue\r\n", LENGTH, body=b""))
            assert (await client.read()).status == 100
            assert (await client.exchange(BODY)).status == 200
            for head, status in (
                (call(b"expect: 100-continue\r\ncontent-length: 2000000\r\n", body=b""), 413),
                (call(b"expect: 100-continue\r\n", LENGTH, body=b"").replace(KEY.encode(), b"wrong"), 401),
            ):
                other = await at.client()
                assert (await other.exchange(head)).status == status, "no 100 before a no"
            assert len(at.provider.heard) == 1

    run(scene())


SLOW = {"header_seconds": 0.2, "body_seconds": 0.2, "keepalive_seconds": 0.2, "write_seconds": 0.2}


@pytest.mark.parametrize(
    ("data", "status", "arrivals"),
    [
        (GOOD[:20], 408, 0),
        (GOOD[: GOOD.index(b"content-length")], 408, 0),
        (GOOD[:-10], 408, 1),
        (call(CHUNKED, body=b"ffffffff\r\n{"), 408, 1),
        (b"GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n", 408, 0),
    ],
    ids=["request line", "headers", "body", "huge chunk", "body nobody asked for"],
)
def test_p12_a_slow_request_is_answered_and_ended(data: bytes, status: int, arrivals: int, tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, limits=SLOW) as at:
            client = await at.client()
            got = await client.exchange(data)
            assert got.status == status
            await client.ended()
            await at.settle()
            assert at.worker.meters.arrivals == arrivals
            assert not at.provider.heard
            at.check()

    run(scene())


def test_dripping_wins_no_time(tmp_path: Path) -> None:
    async def drip(client: RawClient, data: bytes) -> bool:
        for index in range(len(data)):
            if client.reader.at_eof() or client.writer.is_closing():
                return True
            await client.send(data[index : index + 1])
            await asyncio.sleep(0.05)
            if client.reader._buffer:  # type: ignore[attr-defined]
                return True
        return False

    async def scene() -> None:
        async with gate(tmp_path, limits=SLOW) as at:
            for data in (GOOD, b"\r\n" * 200, b"P" + GOOD):
                assert await drip(await at.client(), data), "a slow sender may hold a connection for as long as it likes"
            assert not at.provider.heard

    run(scene())


def test_an_idle_connection_is_ended_without_a_word(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, limits=SLOW) as at:
            assert await (await at.client()).ended() == b""
            used = await at.client()
            assert (await used.exchange(GOOD)).status == 200
            assert await used.ended() == b""

    run(scene())


def test_too_many_connections_are_turned_away_and_the_others_live(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, limits={"max_connections": 3}) as at:
            kept = [await at.client() for _ in range(3)]
            for client in kept:
                assert (await client.exchange(GOOD)).status == 200
            assert await (await at.client()).ended() == b""
            assert (await kept[0].exchange(GOOD)).status == 200

    run(scene())
