"""A restricted answer that reappears, through real workers: remembered as it streams, found in prompts of others, and told."""

from __future__ import annotations

import hmac
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from safeconduct.assembly.reuse import Remembering
from safeconduct.assembly.safeguards import enabled
from safeconduct.gateway.announcer import Announcer
from safeconduct.office import acts
from safeconduct.safeguards.ports import Enabled
from safeconduct.settings.load import Settings
from safeconduct.settings.sections import ReuseSettings, SafeguardSettings
from safeconduct.storage.sqlite.reuse import ReuseStore
from safeconduct.terms.scans import Asked, Heard, Part
from safeconduct.terms.signals import CallSignal, Signal
from safeconduct.watch.commands import Alert
from safeconduct.watch.machine import Watch
from support.guards import guarding, hearing
from support.raw_client import Got, request
from support.raw_gateway import PEPPER, Gate, gate, now_moment, run, whole
from support.raw_provider import START, STOP, USAGE, Play, answer, stream
from support.watching import Shelf
from support.wire_streams import chat_chunk, messages_event, responses_event

ACME, LANTERN, CONTRACTOR = "acme-research", "red-lantern", "globex"
_WORDS = [f"{a}{b}{c}" for a in ("ka", "lo", "mi", "ten") for b in ("ri", "do", "pa", "vel") for c in ("n", "st", "r")]
ANSWER = " ".join(random.Random(7).choices(_WORDS, k=150))
OPEN = {"/v1/messages": "claude-haiku-4-5", "/v1/chat/completions": "gpt-5.6", "/v1/responses": "gpt-5.6"}
CLOSED = {"/v1/messages": "claude-mythos-5", "/v1/chat/completions": "gpt-5.6-cyber", "/v1/responses": "gpt-5.6-cyber"}
REMEMBER = guarding("reuse answer log", "reuse request log", name="restricted").replace("tier:standard", "tier:restricted")
TERMS = """
[instrument]
id = "contractors"
authority = "acme-platform"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z
[[rule]]
id = "all"
effect = "permit"
models = ["tier:standard"]
cohort = 'true'
say = "Anybody may."
"""


@cache
def reusing() -> Enabled:
    return enabled(Settings(safeguards=SafeguardSettings(base=False, scorers=0, reuse=ReuseSettings(on=True))))


class Process:
    """The process of the detector, in the test's own loop. ``whole`` counts answers that were remembered to their end."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "reuse.sock"
        self.store = ReuseStore(folder / "watch" / "reuse.db")
        self.remembering = Remembering(self.store, bytes(range(32)), ReuseSettings(on=True), now_moment)
        self.whole = 0
        self.looked = 0

    def hear(self, asked: Asked) -> Heard:
        heard = self.remembering.hear(asked)
        self.whole += asked.part is Part.ANSWER and not asked.text
        self.looked += asked.part is Part.LOOK
        return heard


@asynccontextmanager
async def scene(folder: Path, action: str, *plays: Play) -> AsyncIterator[tuple[Gate, Process]]:
    process = Process(folder)
    rules = [REMEMBER, TERMS, guarding(f"reuse request {action}")]
    async with (
        hearing(process.socket, process.hear),
        gate(folder, *plays, safeguards=reusing(), places={"reuse": [process.socket]}, rules=rules) as at,
    ):
        people(at)
        await at.until(lambda: not at.worker.scanner.down())
        yield at, process
    process.store.close()


def people(at: Gate) -> None:
    """Ada and bo with keys of the project, chris without; cleo of another organization."""
    at.act(acts.RegisterOrganization(CONTRACTOR, "Globex"))
    at.act(acts.RegisterPerson("cleo", CONTRACTOR))
    for name, organization, project in (
        ("ada", ACME, LANTERN),
        ("bo", ACME, LANTERN),
        ("chris", ACME, ""),
        ("cleo", CONTRACTOR, ""),
    ):
        digest = hmac.digest(PEPPER, f"sc-{name}".encode(), "sha256")
        at.act(acts.IssueKey(f"key-of-{name}", digest, "person", name, organization, project))
    at.worker.watch.catch_up()


def body(path: str, text: str, model: str, *, streamed: bool = False) -> dict[str, Any]:
    said = {"model": model, "stream": streamed}
    if path == "/v1/responses":
        return {**said, "input": text, "max_output_tokens": 64}
    return {**said, "max_tokens": 64, "messages": [{"role": "user", "content": text}]}


async def ask(at: Gate, name: str, text: str, *, path: str = "/v1/messages", model: str = "", streamed: bool = False) -> Got:
    client = await at.client()
    await client.send(request(path, body(path, text, model or OPEN[path], streamed=streamed), key=f"sc-{name}"))
    return await client.read()


def pieces(text: str) -> list[str]:
    return [text[start : start + 23] for start in range(0, len(text), 23)]


def says(path: str, text: str, *, streamed: bool) -> Play:
    """A provider's answer in each dialect, whole or in many events."""
    if path == "/v1/messages":
        if streamed:
            block = messages_event("content_block_start", index=0, content_block={"type": "text", "text": ""})
            deltas = [
                messages_event("content_block_delta", index=0, delta={"type": "text_delta", "text": it}) for it in pieces(text)
            ]
            return stream(START, block, *deltas, messages_event("content_block_stop", index=0), USAGE, STOP)
        said = {"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": text}]}
        return answer(body=json.dumps({**said, "usage": {"input_tokens": 7, "output_tokens": 5}}).encode())
    if path == "/v1/chat/completions":
        if streamed:
            return stream(*[chat_chunk({"content": it}) for it in pieces(text)], chat_chunk({}, "stop"), b"data: [DONE]\n\n")
        message = {"role": "assistant", "content": text}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return answer(body=json.dumps({"id": "c", "object": "chat.completion", "choices": choices}).encode())
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    response = {"id": "resp_1", "object": "response", "status": "completed", "output": [item]}
    if streamed:
        at = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
        deltas = [responses_event("response.output_text.delta", n, delta=it, **at) for n, it in enumerate(pieces(text), 1)]
        return stream(*deltas, responses_event("response.completed", 999, response={**response, "output": []}))
    return answer(body=json.dumps(response).encode())


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("path", OPEN)
def test_what_a_restricted_model_answered_one_does_not_reach_another_model_from_another(
    path: str, streamed: bool, tmp_path: Path
) -> None:
    async def play() -> None:
        async with scene(tmp_path, "block", says(path, ANSWER, streamed=streamed), answer()) as (at, process):
            got = await ask(at, "ada", "Tell me all", path=path, model=CLOSED[path], streamed=streamed)
            assert got.status == 200
            await at.until(lambda: process.whole == 1)
            repeated = f"Please put this into order:\n{ANSWER[200:700]}\nThanks."
            for name in ("chris", "cleo", "bo"):
                no = await ask(at, name, repeated, path=path)
                assert (no.status, no.headers["x-safeconduct-reason"]) == (403, "safeguard_reuse"), name
            assert len(at.provider.heard) == 1, "none of it left"
            assert (await ask(at, "ada", repeated, path=path)).status == 200, "her own answer, within her project"
            assert (await ask(at, "cleo", f"As they say: {ANSWER[:50]}", path=path)).status == 200, "a short quote"
            assert (await ask(at, "cleo", " ".join(random.Random(8).choices(_WORDS, k=150)), path=path)).status == 200
            await at.settle()
            at.check()
            decided = [whole(each) for each in at.home.entries() if each["type"] == "call.decided"]
            assert [each["effect"] for each in decided] == ["permit", "deny", "deny", "deny", *["permit"] * 3]
            assert all("reuse==1" in each["detectors"] for each in decided)

    run(play())


def test_p12_another_organization_does_not_learn_who_was_answered_or_by_which_model(tmp_path: Path) -> None:
    async def play() -> None:
        async with scene(tmp_path, "block", says("/v1/messages", ANSWER, streamed=True), answer()) as (at, process):
            await ask(at, "ada", "Tell me all", model="claude-mythos-5", streamed=True)
            await at.until(lambda: process.whole == 1)
            theirs, ours = await ask(at, "cleo", ANSWER), await ask(at, "chris", ANSWER)
            assert b"repeats what a restricted model answered on " in theirs.body
            for secret in (b"mythos", b"acme", b"ada", b"lantern"):
                assert secret not in theirs.body.replace(b"acme-platform", b"").lower()
            assert b"repeats what claude-mythos-5 answered on " in ours.body

    run(play())


class Spool:
    def __init__(self) -> None:
        self.calls: list[CallSignal] = []
        self.lost = 0

    def put(self, signal: Signal) -> None:
        self.calls += [signal] if isinstance(signal, CallSignal) else []

    def flush(self) -> None: ...
    def close(self) -> None: ...


def test_with_log_it_goes_on_and_the_watch_makes_one_campaign_of_those_who_repeat_the_same(tmp_path: Path) -> None:
    async def play() -> list[CallSignal]:
        async with scene(tmp_path, "log", says("/v1/messages", ANSWER, streamed=True), answer()) as (at, process):
            spool = Spool()
            at.worker.announcer = Announcer(spool, "worker", b"k" * 32)
            await ask(at, "ada", "Tell me all", model="claude-mythos-5", streamed=True)
            await at.until(lambda: process.whole == 1)
            for name in ("chris", "cleo"):
                assert (await ask(at, name, ANSWER)).status == 200
            await at.until(lambda: sum(bool(each.repeats) for each in spool.calls) == 2)
            return spool.calls

    signals = run(play())
    source = next(each.call for each in signals if each.person == "ada")
    for each in signals:
        assert each.repeats == (() if each.person == "ada" else (source,))
        assert not each.repeats or [(seen.detector, seen.kind) for seen in each.seen] == [
            ("reuse", "project" if each.person == "chris" else "organization")
        ]
    watch = Watch(Shelf())
    alerts = [asked for each in signals for asked in watch.step(each) if isinstance(asked, Alert)]
    assert {each.who for each in alerts} == {"person/chris", "person/cleo"}
    assert {each.campaign for each in alerts} == {f"reuse:{source}"}
    assert ANSWER[:20] not in msgspec.json.encode(signals).decode()


def test_two_workers_share_what_was_answered(tmp_path: Path) -> None:
    async def play() -> None:
        rules = [REMEMBER, TERMS, guarding("reuse request block")]
        async with scene(tmp_path, "block", says("/v1/messages", ANSWER, streamed=False)) as (at, process):
            places = {"reuse": [process.socket]}
            async with gate(tmp_path / "other", answer(), safeguards=reusing(), places=places, rules=rules) as other:
                people(other)
                await other.until(lambda: not other.worker.scanner.down())
                await ask(at, "ada", "Tell me all", model="claude-mythos-5")
                await at.until(lambda: process.whole == 1)
                assert (await ask(other, "chris", ANSWER)).status == 403

    run(play())


def test_a_text_is_looked_up_once_for_each_place_and_nobody_is_asked_where_no_rule_asks(tmp_path: Path) -> None:
    async def play() -> None:
        async with scene(tmp_path, "block", answer()) as (at, process):
            for _ in range(3):
                assert (await ask(at, "chris", ANSWER)).status == 200
            assert process.looked == 1
            await ask(at, "chris", ANSWER, model="claude-opus-4-8")
            assert process.looked == 2, "the same text means something else to another model"
        again = Process(tmp_path / "again")
        async with (
            hearing(again.socket, again.hear),
            gate(tmp_path / "none", answer(), safeguards=reusing(), places={"reuse": [again.socket]}, rules=[TERMS]) as none,
        ):
            people(none)
            await none.until(lambda: not none.worker.scanner.down())
            assert (await ask(none, "chris", ANSWER)).status == 200
            assert again.looked == 0
        again.store.close()

    run(play())


@pytest.mark.parametrize("action", ["block", "log"])
def test_p1_a_process_that_is_gone_refuses_what_waits_for_it_and_is_seen(action: str, tmp_path: Path) -> None:
    async def play() -> None:
        rules = [REMEMBER, TERMS, guarding(f"reuse request {action}")]
        places = {"reuse": [tmp_path / "nobody.sock"]}
        async with gate(tmp_path, answer(), safeguards=reusing(), places=places, rules=rules) as at:
            people(at)
            got = await ask(at, "chris", ANSWER)
            assert got.status == (529 if action == "block" else 200)
            assert (got.headers.get("x-safeconduct-reason") == "safeguard_unavailable") is (action == "block")
            assert (await ask(at, "ada", "Tell me all", model="claude-mythos-5")).status == 200
            await at.until(lambda: at.worker.meters.detector_failures)
            await at.settle()
            await at.worker.drain()
            at.check()
            failed = {
                (each["detector"], each["why"]) for each in map(whole, at.home.entries()) if each["type"] == "detector.failed"
            }
            assert failed == {("reuse", "unremembered"), *([("reuse", "gone")] if action == "block" else [])}
            assert at.worker.scanner.down() == ["reuse"]

    run(play())


def test_counting_tokens_is_looked_up_too_and_no_other_route_takes_texts(tmp_path: Path) -> None:
    async def play() -> None:
        async with scene(tmp_path, "block", says("/v1/messages", ANSWER, streamed=True), answer()) as (at, process):
            await ask(at, "ada", "Tell me all", model="claude-mythos-5", streamed=True)
            await at.until(lambda: process.whole == 1)
            said = {"model": OPEN["/v1/messages"], "messages": [{"role": "user", "content": ANSWER}]}
            for path, status in (
                ("/v1/messages/count_tokens", 403),
                ("/v1/embeddings", 404),
                ("/v1/completions", 404),
                ("/v1/responses/input_tokens", 404),
                ("/v1/messages/batches", 404),
            ):
                client = await at.client()
                await client.send(request(path, said, key="sc-chris"))
                assert (await client.read()).status == status, path
            assert len(at.provider.heard) == 1

    run(play())


def test_without_the_setting_a_rule_that_asks_is_refused_and_says_what_to_set(tmp_path: Path) -> None:
    async def play() -> None:
        off = enabled(Settings(safeguards=SafeguardSettings(base=False, scorers=0)))
        async with gate(tmp_path, answer(), safeguards=off, rules=[TERMS, guarding("reuse request log")]) as at:
            people(at)
            got = await ask(at, "chris", "hello")
            assert (got.status, got.headers["x-safeconduct-reason"]) == (403, "safeguard_unavailable")
            assert b"safeguards.reuse.on" in got.body

    run(play())
