"""What one worker does for all its connections: floods share entries, changes reach live streams, faults end no timer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from safeconduct.gateway.clock import Clock
from safeconduct.gateway.worker import UNNAMED_PER_SECOND, Worker
from support.raw_client import messages, request
from support.raw_gateway import KEY, gate, now_moment, run

STREAMED = request(body=messages(stream=True), key=KEY)


def test_p2_a_flood_of_strangers_shares_entries_and_every_arrival_still_counts(tmp_path: Path) -> None:
    still = now_moment() * 1000
    many = UNNAMED_PER_SECOND + 50

    async def scene() -> None:
        async with gate(tmp_path, limits={"max_connections": 1000}, clock=Clock(lambda: still, lambda: 0)) as at:
            client = await at.client()
            for _ in range(many):
                assert (await client.exchange(request(body=messages(), key="wrong"))).status == 401
                client.reset()
                client = await at.client()
            at.worker.flush_unnamed(at.worker.clock())
            assert at.worker.meters.unauthenticated == many
            await at.settle()
            ended = at.check()
            shared = [entry["count"] for entry in ended if entry["code"] == "refused_before_decision"]
            assert len(ended) - len(shared) == UNNAMED_PER_SECOND
            assert sum(shared) == 50, "told together, as often as somebody looks"

    run(scene())


def test_a_look_that_fails_is_not_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []

    async def scene() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        async with gate(tmp_path, limits={"header_seconds": 0.1}) as at:
            with monkeypatch.context() as patch:
                patch.setattr(at.worker.meters, "flush", lambda: 1 / 0)
                await at.until(lambda: told)
            assert await (await at.client()).ended() == b"", "deadlines are looked after again"

    run(scene())


def test_drain_refuses_nobody_in_flight_and_ends_the_rest(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, limits={"drain_seconds": 5.0}) as at:
            idle, half = await at.client(), await at.client()
            await half.send(STREAMED[:-5])
            await at.until(lambda: at.worker.meters.arrivals == 1)
            drained = asyncio.ensure_future(at.worker.drain())
            assert await idle.ended() == b""
            got = await half.exchange(STREAMED[-5:])
            assert got.status == 200
            assert got.headers["connection"] == "close"
            assert await drained == 0
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["served"]

    run(scene())


def test_a_credential_is_kept_as_a_keyed_hash_only(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            digest = at.worker.digest(KEY.encode())
            assert len(digest) == 32
            assert digest != at.worker.digest(b"another")
            assert KEY.encode() not in digest

    run(scene())


def test_a_fault_is_told_by_kind_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("a prompt nobody may see")  # noqa: TRY301
    except ValueError as fault:
        Worker.fault(fault)
    Worker.fault(ValueError("another"))
    shown = capsys.readouterr().err
    assert "ValueError in test_a_fault_is_told_by_kind_and_place:" in shown
    assert "prompt" not in shown
    assert "another" not in shown
