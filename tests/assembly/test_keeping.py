"""Kept content with nothing made up: real workers, the real vault, the log; and a worker killed at every step of it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly.home import Home
from support.faults_home import copied, keep, template_home, worker
from support.keeping_home import content, logged, oblige, prepared
from support.raw_client import RawClient, messages, request
from support.raw_provider import FULL_STREAM, RawProvider, answer
from support.stand import start_stand

CHAT = {"model": "gpt-5.6", "messages": [{"role": "user", "content": "Grüße from chat"}]}
RESPONSES = {"model": "gpt-5.6", "input": "Grüße from responses"}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "messages": ("/v1/messages", messages("Grüße")),
    "messages, streamed": ("/v1/messages", messages("Grüße", stream=True)),
    "chat": ("/v1/chat/completions", CHAT),
    "chat, streamed": ("/v1/chat/completions", {**CHAT, "stream": True}),
    "responses": ("/v1/responses", RESPONSES),
    "responses, streamed": ("/v1/responses", {**RESPONSES, "stream": True}),
}
# point -> (calls that reached the provider, what the log says became of the struck call)
KILLED: dict[str, tuple[int, tuple[str, ...]]] = {
    "keeping": (0, ()),
    "keeping_keys": (0, ()),
    "keeping_torn": (0, ()),
    "keeping_unsynced": (0, ()),
    "kept": (0, ()),
    "body_read": (0, ()),
    "durable": (0, ("abandoned",)),
    "forwarded": (1, ("abandoned",)),
    "answer_kept": (1, ("abandoned",)),
}


def of_calls(entries: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["type"] == kind]


def test_every_dialect_is_kept_as_it_came_and_went(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    bodies: list[bytes] = []
    answers: list[bytes] = []

    async def scene(port: int, key: str) -> None:
        client = await RawClient.connect(port)
        for path, tree in CALLS.values():
            call = request(path, tree, key=key)
            got = await client.exchange(call)
            assert got.status == 200, got.body
            bodies.append(call.partition(b"\r\n\r\n")[2])
            answers.append(got.body)
        client.reset()

    with start_stand(tmp_path / "home") as stand:
        heard = oblige(home)
        while stand.metrics()["safeconduct_registry_version"] < heard:
            time.sleep(0.05)
        asyncio.run(scene(stand.port, stand.key))
        assert stand.stop() == 0
        vault = prepared(home)
    entries = logged(home)
    decided, ended = of_calls(entries, "call.decided"), of_calls(entries, "call.ended")
    assert [content(vault, entry) for entry in decided] == bodies
    assert sorted(content(vault, entry) for entry in ended) == sorted(answers)
    assert {entry["kept_class"] for entry in (*decided, *ended)} == {"flagged"}
    named = {entry["kept_place"] for entry in (*decided, *ended)}
    assert set(vault.store().places()) == named, "nothing lies in the vault that the log does not name"
    everything = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert "Grüße".encode() not in everything
    assert b"from chat" not in everything


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    for folder, key in template_home(tmp_path_factory.mktemp("template")):
        oblige(Home(folder))
        keep(Home(folder))
        yield folder, key


@pytest.mark.parametrize("point", KILLED)
def test_p2_a_worker_killed_at_any_step_has_forwarded_nothing_whose_request_is_not_kept(
    point: str, tmp_path: Path, made: tuple[Path, str]
) -> None:
    home, key = copied(made[0], tmp_path / "home"), made[1]
    forwarded, outcomes = KILLED[point]
    vault = prepared(home)
    first, second = (request(body=messages(word, stream=True), key=key) for word in ("one", "two"))

    async def scene() -> None:
        provider = await RawProvider(FULL_STREAM, FULL_STREAM).start()
        try:
            async with worker(home, provider.url, point) as running:
                client = await RawClient.connect(running.port)
                assert (await client.exchange(first)).status == 200
                assert (await client.exchange(request("/healthz", method="GET"))).status == 200
                client.reset()
                running.arm()
                client = await RawClient.connect(running.port)
                await client.send(second)
                await client.ended()
                client.reset()
                assert await running.process.wait() == -signal.SIGKILL
            assert len(provider.heard) == 1 + forwarded
            entries = keep(home)
            decided, ended = of_calls(entries, "call.decided"), of_calls(entries, "call.ended")
            kept = [content(vault, entry) for entry in decided]
            sent = [call.partition(b"\r\n\r\n")[2] for call in (first, second)]
            assert kept == sent[: len(decided)], "what the log names is there, and opens"
            assert len(decided) >= len(provider.heard), "forwarded, and its request is not kept"
            struck = [entry["seq"] for entry in decided[1:]]
            assert tuple(entry["outcome"] for entry in ended if entry.get("closes_seq") in struck) == outcomes
        finally:
            await provider.stop()

    asyncio.run(scene())


def test_p12_without_a_vault_only_calls_that_have_to_be_kept_are_refused(tmp_path: Path, made: tuple[Path, str]) -> None:
    home, key = copied(made[0], tmp_path / "home"), made[1]

    async def scene() -> None:
        provider = await RawProvider(answer()).start()
        try:
            async with worker(home, provider.url) as running:  # nobody made the key that content is sealed for
                client = await RawClient.connect(running.port)
                got = await client.exchange(request(body=messages(), key=key))
                assert (got.status, got.headers["x-safeconduct-reason"]) == (529, "not_kept")
                free = await client.exchange(request(body=messages(model="claude-opus-4-8"), key=key))
                assert free.status == 200, free.body
                client.reset()
                assert await running.stop() == 0
            assert len(provider.heard) == 1
            (refused, served) = of_calls(keep(home), "call.decided")
            assert (refused["effect"], refused["reasons"][0], refused["kept_class"]) == ("deny", "not_kept", "")
            assert (served["effect"], served["kept_class"]) == ("permit", "")
        finally:
            await provider.stop()

    asyncio.run(scene())
