"""Real workers, killed at every step of a call and with failing disks: nothing goes out unrecorded, every outcome is there."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.settings.sections import JudgeSettings, SafeguardSettings
from support.faults_home import copied, keep, template_home, worker
from support.guards import guarding
from support.letters import put_in_force
from support.raw_authority import make_authority, server_context
from support.raw_client import Got, RawClient, messages, request
from support.raw_gateway import CANARY
from support.raw_provider import DELTA, FULL_STREAM, START, STOP, STREAM_HEAD, RawProvider, answer, chunk, stream
from support.raw_proxy import Tunnel

# point -> (calls that reached the provider, outcomes of the struck call as the log tells them after the restart)
KILLED: dict[str, tuple[int, tuple[str, ...]]] = {
    "body_read": (0, ()),
    "torn": (0, ()),
    "unsynced": (0, ("abandoned",)),  # the pages were written: a kill is not a power cut, so the entry is there
    "submitting": (0, ("abandoned",)),  # the same on the kernel's way to the disk
    "synced": (0, ("abandoned",)),
    "durable": (0, ("abandoned",)),
    "forwarded": (1, ("abandoned",)),
    "streaming": (1, ("abandoned",)),
    "answered": (1, ("abandoned",)),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    yield from template_home(tmp_path_factory.mktemp("template"))


def of_calls(entries: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["type"] == kind]


async def call(port: int, key: str, *, streamed: bool = False) -> Got:
    client = await RawClient.connect(port)
    try:
        return await client.exchange(request(body=messages(stream=streamed), key=key))
    finally:
        client.reset()


@pytest.mark.parametrize("point", KILLED)
def test_p2_a_worker_killed_at_any_step_leaves_no_forwarded_call_unrecorded(
    point: str, tmp_path: Path, made: tuple[Path, str]
) -> None:
    home, key = copied(made[0], tmp_path / "home"), made[1]
    forwarded, outcomes = KILLED[point]

    async def scene() -> None:
        provider = await RawProvider(
            FULL_STREAM, stream(START, DELTA, end=False) if point == "streaming" else FULL_STREAM
        ).start()
        try:
            async with worker(home, provider.url, point) as running:
                client = await RawClient.connect(running.port)
                assert (await client.exchange(request(body=messages(stream=True), key=key))).status == 200
                assert (await client.exchange(request("/healthz", method="GET"))).status == 200  # the first call is behind
                client.reset()
                running.arm()
                client = await RawClient.connect(running.port)
                await client.send(request(body=messages(stream=True), key=key))
                await client.ended()
                client.reset()
                assert await running.process.wait() == -signal.SIGKILL
            assert len(provider.heard) == 1 + forwarded
            entries = keep(home)
            decided, ended = of_calls(entries, "call.decided"), of_calls(entries, "call.ended")
            assert len(decided) >= len(provider.heard), "a forwarded call without its durable entry"
            assert len(decided) == len(ended), "a decided call without its outcome"
            struck = [entry["seq"] for entry in decided[1:]]
            assert tuple(entry["outcome"] for entry in ended if entry.get("closes_seq") in struck) == outcomes
            async with worker(home, provider.url) as running:  # and the next start serves
                provider.plays = [FULL_STREAM]
                assert (await call(running.port, key, streamed=True)).status == 200
                assert await running.stop() == 0
            assert of_calls(keep(home), "call.ended")[-1]["outcome"] == "served"
        finally:
            await provider.stop()

    asyncio.run(scene())


@pytest.mark.parametrize("fault", ["enospc", "eio", "kernel_eio"])
def test_p2_p12_a_log_that_cannot_be_written_means_no(fault: str, tmp_path: Path, made: tuple[Path, str]) -> None:
    home, key = copied(made[0], tmp_path / "home"), made[1]

    async def scene() -> None:
        provider = await RawProvider(answer()).start()
        try:
            async with worker(home, provider.url, fault) as running:
                assert (await call(running.port, key)).status == 200
                running.arm()
                for path, body, kind in (
                    ("/v1/messages", messages(), "error"),
                    ("/v1/messages", messages(stream=True), "error"),
                    ("/v1/messages", messages(), "error"),
                ):
                    client = await RawClient.connect(running.port)
                    got = await client.exchange(request(path, body, key=key))
                    assert got.status in {503, 529}
                    assert got.tree["type"] == kind
                    assert got.headers["x-safeconduct-reason"] == "log_unavailable"
                    client.reset()
                (home.run / "armed").unlink()  # the disk is well again; the journal is not trusted again
                assert (await call(running.port, key)).headers["x-safeconduct-reason"] == "log_unavailable"
                client = await RawClient.connect(running.port)
                ready = await client.exchange(request("/readyz", method="GET"))
                assert ready.status == 503
                assert b"journal" in ready.body
                client.reset()
                assert len(provider.heard) == 1, "nothing went out that is not in the log"
                await running.stop()
            entries = keep(home)
            assert len(of_calls(entries, "call.decided")) == len(of_calls(entries, "call.ended"))
            async with worker(home, provider.url) as running:
                assert (await call(running.port, key)).status == 200
                await running.stop()
        finally:
            await provider.stop()

    asyncio.run(scene())


def test_p11_the_credential_is_in_no_argument_and_no_file(tmp_path: Path, made: tuple[Path, str]) -> None:
    home, key = copied(made[0], tmp_path / "home"), made[1]

    async def scene() -> None:
        provider = await RawProvider(answer()).start()
        try:
            async with worker(home, provider.url) as running:
                assert (await call(running.port, key)).status == 200
                arguments = Path(f"/proc/{running.process.pid}/cmdline").read_bytes()  # noqa: ASYNC240
                assert CANARY.encode() not in arguments
                assert await running.stop() == 0
            assert provider.heard[0].header(b"x-api-key") == CANARY.encode()
        finally:
            await provider.stop()

    asyncio.run(scene())
    keep(home)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path
        assert not path.is_file() or key.encode() not in path.read_bytes(), path


def test_p2_an_orderly_end_finishes_the_stream_in_flight_and_writes_the_last_entry(
    tmp_path: Path, made: tuple[Path, str]
) -> None:
    home, key = copied(made[0], tmp_path / "home"), made[1]
    go_on = asyncio.Event()

    async def held(heard: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM_HEAD + chunk(START) + chunk(DELTA))
        await go_on.wait()
        writer.write(chunk(STOP) + b"0\r\n\r\n")

    async def scene() -> None:
        provider = await RawProvider(held).start()
        try:
            async with worker(home, provider.url) as running:
                client = await RawClient.connect(running.port)
                idle = await RawClient.connect(running.port)
                await client.send(request(body=messages(stream=True), key=key))
                await client.until(b'"hello"')
                running.process.send_signal(signal.SIGTERM)
                assert await idle.ended() == b"", "an idle connection ends at once"
                with pytest.raises(ConnectionError):
                    await RawClient.connect(running.port)
                go_on.set()
                assert b"message_stop" in await client.ended()
                async with asyncio.timeout(20):
                    assert await running.process.wait() == 0
                client.reset()
                idle.reset()
        finally:
            await provider.stop()

    asyncio.run(scene())
    entries = keep(home)
    assert [entry["outcome"] for entry in of_calls(entries, "call.ended")] == ["served"]
    (stopped,) = (entry for entry in of_calls(entries, "writer.stopped") if entry["reason"] == "drained")
    assert stopped["open_calls"] == 0


def memory(pid: int) -> tuple[int, int]:
    """Resident now and at most so far, in MiB."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(lines[name].split()[0]) // 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


def test_bodies_of_32_mb_pass_whole_in_flat_memory(tmp_path: Path, made: tuple[Path, str]) -> None:
    home, key = copied(made[0], tmp_path / "home"), made[1]
    data = request(body=messages("y" * (32 * 1024 * 1024 - 400)), key=key)
    over = request(body=messages("y" * (32 * 1024 * 1024)), key=key)

    async def scene() -> None:
        provider = await RawProvider(answer()).start()
        try:
            async with worker(home, provider.url) as running:
                seen = []
                for _ in range(5):
                    client = await RawClient.connect(running.port)
                    assert (await client.exchange(data)).status == 200
                    client.reset()
                    assert b"y" * (32 * 1024 * 1024 - 400) in provider.heard.pop().body
                    provider.heard.clear()
                    seen.append(memory(running.process.pid))
                assert seen[-1][0] - seen[0][0] < 20, f"memory grows: {seen}"
                assert seen[-1][1] < 320, f"one body costs too much: {seen}"
                client = await RawClient.connect(running.port)
                assert (await client.exchange(over)).status == 413
                client.reset()
                assert not provider.heard
        finally:
            await provider.stop()

    asyncio.run(scene())


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "by proxy"])
def test_tls_and_proxy_come_from_the_environment(proxied: bool, tmp_path: Path, made: tuple[Path, str]) -> None:
    home, key = copied(made[0], tmp_path / "home"), made[1]
    ca, server = make_authority(tmp_path)

    async def scene() -> None:
        provider = await RawProvider(answer()).start(server_context(server))
        tunnel = await Tunnel().start()
        environ = {"SSL_CERT_FILE": str(ca), **({"HTTPS_PROXY": tunnel.url} if proxied else {})}
        try:
            url = f"https://localhost:{provider.port}"
            async with worker(home, url, environ=environ) as running:
                for _ in range(2):
                    assert (await call(running.port, key)).status == 200
            async with worker(home, url, environ={**environ, "SSL_CERT_FILE": ""}) as running:
                assert (await call(running.port, key)).status == 502, "an authority nobody named is not trusted"
            assert len(provider.heard) == 2
            assert bool(tunnel.asked) is proxied
            assert all(CANARY.encode() not in head for head in tunnel.asked)
        finally:
            await provider.stop()
            tunnel.stop()

    asyncio.run(scene())


def test_a_worker_asks_the_judge_that_the_settings_name(tmp_path: Path, made: tuple[Path, str]) -> None:
    home, key = copied(made[0], tmp_path / "home"), made[1]
    with open_desk({"SAFECONDUCT_HOME": str(home.path)}) as desk:
        put_in_force(desk, guarding("judge request block"))
    chosen = SafeguardSettings(scorers=0, judge=JudgeSettings(model="claude-haiku-4-5"))
    said = {"stop_reason": "end_turn", "content": [{"type": "text", "text": '{"category": "fraud", "confidence": 1}'}]}

    async def scene() -> None:
        provider = await RawProvider(answer(body=json.dumps(said).encode())).start()
        try:
            async with worker(home, provider.url, safeguards=chosen) as running:
                got = await call(running.port, key)
                assert (got.status, got.headers["x-safeconduct-reason"]) == (403, "safeguard_judge")
                assert await running.stop() == 0
            assert len(provider.heard) == 1
        finally:
            await provider.stop()

    asyncio.run(scene())
    entries = keep(home)
    (asked,), (answered,) = of_calls(entries, "judge.asked"), of_calls(entries, "judge.answered")
    assert (asked["held"], asked["model"], answered["category"]) == (True, "claude-haiku-4-5", "fraud")
    assert [each["call"] for each in of_calls(entries, "call.decided")] == [asked["call"]]
