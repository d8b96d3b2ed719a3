"""Whatever happens to a call, in any state: the provider is broken off where it must be, and one outcome is written."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from safeconduct.upstreams.provider import Timeouts
from support.raw_client import messages, request
from support.raw_gateway import KEY, QuickDisk, gate, run
from support.raw_provider import (
    BODY,
    DELTA,
    SILENT,
    START,
    STOP,
    USAGE,
    Heard,
    Writer,
    answer,
    stream,
)

CALL = request(body=messages(), key=KEY)


STREAMED = request(body=messages(stream=True), key=KEY)


PATIENT = Timeouts(60.0, 60.0, 60.0)  # beyond the test's bound: no timeout of ours breaks the provider off in our place


class HeldDisk(QuickDisk):
    """The disk stands still while ``held``; the journal's thread waits there."""

    held = False

    def fdatasync(self, fd: int) -> None:
        while self.held:
            pass


# where the caller hangs up -> (how far the provider plays, whether it was asked at all)
def _gone_while(state: str) -> tuple[object, bytes]:
    plays = {"reading": answer(), "recording": answer(), "forwarded": SILENT, "answering": _half_json}
    data = CALL[:-5] if state == "reading" else CALL
    return plays.get(state, stream(START, DELTA, end=False)), STREAMED if state == "streaming" else data


async def _half_json(heard: Heard, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY[:20])
    await heard.gone.wait()


@pytest.mark.parametrize("way", ["reset", "close"])
@pytest.mark.parametrize("state", ["reading", "recording", "forwarded", "answering", "streaming"])
def test_p2_a_caller_who_hangs_up_cancels_the_provider_and_gets_an_outcome(state: str, way: str, tmp_path: Path) -> None:
    play, data = _gone_while(state)
    disk = HeldDisk()

    async def scene() -> None:
        async with gate(tmp_path, play, disk=disk, timeouts=PATIENT) as at:
            client = await at.client()
            disk.held = state == "recording"
            await client.send(data)
            if state in {"forwarded", "answering", "streaming"}:
                await at.until(lambda: at.provider.heard)
            if state == "streaming":
                await client.until(b'"hello"')
            await at.until(lambda: at.worker.meters.arrivals == 1)
            if way == "reset":
                client.reset()
            else:
                client.writer.close()
            await at.until(lambda: not at.worker._connections)
            disk.held = False
            await at.settle()
            if state in {"forwarded", "answering", "streaming"}:
                await at.until(at.provider.heard[0].gone.is_set)
            else:
                assert at.provider.connections == 0
            (ended,) = at.check()
            assert ended["outcome"] == "disconnected"
            assert ended["forwarded"] is (state in {"forwarded", "answering", "streaming"})
            if state == "streaming":
                assert ended["tokens_in"] == 7, "partial usage"
                assert ended["bytes_out"] > 0

    run(scene())


def test_a_caller_gone_while_the_provider_is_being_reached_costs_the_provider_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            pool = at.worker.pools["anthropic"]
            reached, go_on = asyncio.Event(), asyncio.Event()
            connect = pool._connect  # type: ignore[attr-defined]

            async def slowly() -> object:
                reached.set()
                await go_on.wait()
                return await connect()

            pool._connect = slowly  # type: ignore[attr-defined]
            client = await at.client()
            await client.send(CALL)
            await reached.wait()
            client.reset()
            await at.settle()
            go_on.set()
            await at.until(lambda: at.provider.connections)
            assert (await (await at.client()).exchange(CALL)).status == 200
            assert at.provider.connections == 1, "the connection that was opened serves the next call"
            assert len(at.provider.heard) == 1
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["disconnected", "served"]

    run(scene())


def test_a_fault_of_ours_is_a_no_with_an_outcome_and_its_words_stay_inside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the prompt was: secret words")

    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            monkeypatch.setattr(at.worker.view, "decide", broken)
            got = await client.exchange(CALL)
            assert got.status == 500
            assert b"secret words" not in got.body
            monkeypatch.undo()
            assert not at.provider.heard
            assert (await (await at.client()).exchange(CALL)).status == 200
            await at.settle()
            assert sorted(entry["outcome"] for entry in at.check()) == ["refused", "served"]

    run(scene())
    shown = capsys.readouterr().err
    assert "RuntimeError in broken" in shown
    assert "secret words" not in shown


def test_p2_a_command_that_fails_does_not_keep_the_outcome_from_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    async def scene() -> None:
        async with gate(tmp_path) as at:
            monkeypatch.setattr(at.worker.pools["anthropic"], "send", broken)
            client = await at.client()
            await client.send(CALL)
            assert await client.ended() == b""
            await at.settle()
            (ended,) = at.check()
            assert ended["outcome"] in {"disconnected", "failed"}

    run(scene())


def test_an_entry_too_large_for_the_log_is_a_no(tmp_path: Path) -> None:
    blocks = [
        {"type": "image", "source": {"type": "url", "url": f"https://host-{n}.{'x' * 40}.example/i.png"}} for n in range(3000)
    ]
    body = {"model": "claude-haiku-4-5", "max_tokens": 5, "messages": [{"role": "user", "content": blocks}]}

    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            assert (await client.exchange(CALL)).status == 200
            got = await client.exchange(request(body=body, key=KEY))
            assert got.status >= 400
            assert (await client.exchange(CALL)).status == 200
            assert len(at.provider.heard) == 2
            await at.settle()
            assert [entry["outcome"] for entry in at.check()] == ["served", "refused", "served"]

    run(scene())


def test_p11_identity_and_credentials_of_the_caller_never_reach_the_provider(tmp_path: Path) -> None:
    claimed = {**messages(), "metadata": {"user_id": "somebody-else"}}
    extra = (
        "x-forwarded-for: 10.0.0.1\r\ncookie: a=b\r\nanthropic-organization-id: other\r\nx-user: eve\r\nanthropic-beta: b1\r\n"
    )

    async def scene() -> None:
        async with gate(tmp_path) as at:
            await (await at.client()).exchange(request(body=claimed, key=KEY, extra=extra))
            heard = at.provider.heard[0]
            assert heard.header(b"x-api-key") != KEY.encode()
            names = {name for name, _ in heard.headers}
            assert not names & {b"authorization", b"cookie", b"x-forwarded-for", b"anthropic-organization-id", b"x-user"}
            assert heard.header(b"anthropic-beta") == b"b1"
            assert json.loads(heard.body)["metadata"]["user_id"] not in {"somebody-else", "ada"}

    run(scene())


def test_usage_and_stop_are_read_from_whole_streams(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, stream(START[:9], START[9:] + DELTA, USAGE, STOP)) as at:
            got = await (await at.client()).exchange(STREAMED)
            assert got.body == START + DELTA + USAGE + STOP, "every byte, in order"
            await at.settle()
            (ended,) = at.check()
            assert (ended["tokens_in"], ended["tokens_out"], ended["stop_reason"]) == (7, 5, "end_turn")

    run(scene())
