"""What is held goes through a whole worker: a no with an id, a note, a release through the feed, and then it passes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from safeconduct.gateway.held import HeldFile, read_held
from safeconduct.office import acts
from safeconduct.safeguards.ports import Enabled, Nothing
from safeconduct.terms.blocks import Block
from safeconduct.terms.findings import Finding
from support.letters import put_in_force
from support.officers_in import officers_in
from support.raw_client import messages, request
from support.raw_gateway import KEY, Gate, gate, run
from support.raw_provider import answer, stream

POLICY = """
[instrument]
id = "review"
authority = "acme-platform"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z

[[rule]]
id = "held"
effect = "oblige"
models = ["claude-haiku-4-5"]
cohort = 'true'
say = "A human looks first."
duties = [{ name = "safeguard", value = "tools answer hold" }, { name = "safeguard", value = "markings request hold" }]
"""
DELETE = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "rm -rf docs"}}


class Words(Nothing):
    """A detector that finds one word."""

    version = "1"

    def scan(self, blocks: Sequence[Block], wanted: frozenset[str], /) -> list[Finding]:
        return [Finding("markings", "odd", each.path, said="an odd word") for each in blocks if "xyzzy" in each.text]


def body(tool: dict[str, Any]) -> bytes:
    tree = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5", "content": [tool]}
    return json.dumps({**tree, "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1}}).encode()


def events(tool: dict[str, Any]) -> list[bytes]:
    start = {"type": "message_start", "message": {**json.loads(body(tool)), "content": [], "stop_reason": None}}
    begun = {"type": "content_block_start", "index": 0, "content_block": {**tool, "input": {}}}
    delta = {"type": "input_json_delta", "partial_json": json.dumps(tool["input"])}
    said = [start, begun, {"type": "content_block_delta", "index": 0, "delta": delta}, {"type": "content_block_stop", "index": 0}]
    said += [
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]
    return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in said]


async def ready(at: Gate, folder: Path) -> None:
    put_in_force(at, POLICY)
    at.worker.held = HeldFile(folder / "run" / "held-0.jsonl")
    officers_in(at)
    at.worker.watch.catch_up()


def enabled() -> Enabled:
    return Enabled(Words(), {"tools": "1", "markings": "1"})


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_call_is_held_told_released_and_passes(tmp_path: Path, streamed: bool) -> None:
    play = stream(*events(DELETE)) if streamed else answer(body=body(DELETE))
    sent = request(body=messages(stream=streamed), key=KEY)

    async def scene() -> None:
        async with gate(tmp_path, play, safeguards=enabled()) as at:
            await ready(at, tmp_path)
            got = await (await at.client()).exchange(sent)
            (note,) = read_held(tmp_path / "run")
            assert note.id in got.body.decode()
            assert b"held" in got.body
            assert (note.tool, note.kinds, note.direction) == ("Bash", ("tools.destructive",), "answer")
            assert b"tool_use" not in got.body.partition(b"content_block_stop")[2]
            assert b"docs" not in (tmp_path / "run" / "held-0.jsonl").read_bytes()
            at.act(acts.ReleaseHeld(note.id, "looked at it", restricted=False), "officer:mira")
            at.worker.watch.catch_up()
            got = await (await at.client()).exchange(sent)
            assert got.status == 200
            assert b"error" not in got.body
            at.act(acts.DeclineHeld(note.id, "second thoughts"), "officer:mira")
            at.worker.watch.catch_up()
            got = await (await at.client()).exchange(sent)
            assert note.id in got.body.decode()
            await at.settle()

    run(scene())


def test_p9_a_release_lets_nothing_else_through(tmp_path: Path) -> None:
    other = {**DELETE, "input": {"command": "rm -rf src"}}

    async def scene() -> None:
        async with gate(tmp_path, answer(body=body(DELETE)), answer(body=body(other)), safeguards=enabled()) as at:
            await ready(at, tmp_path)
            client = await at.client()
            await client.exchange(request(body=messages(), key=KEY))
            (note,) = read_held(tmp_path / "run")
            at.act(acts.ReleaseHeld(note.id, "looked at it", restricted=False), "officer:mira")
            at.worker.watch.catch_up()
            got = await client.exchange(request(body=messages(), key=KEY))
            assert got.status == 403
            assert note.id not in got.body.decode()
            assert len(read_held(tmp_path / "run")) == 2
            await at.settle()

    run(scene())


def test_a_request_is_held_for_its_caller_alone(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, safeguards=enabled()) as at:
            await ready(at, tmp_path)
            ada, bo = request(body=messages("xyzzy"), key=KEY), request(body=messages("xyzzy"), key=at.key_for("bo"))
            client = await at.client()
            assert (await client.exchange(ada)).status == 403
            assert not at.provider.heard
            (note,) = read_held(tmp_path / "run")
            at.act(acts.ReleaseHeld(note.id, "looked at it", restricted=False), "officer:mira")
            at.worker.watch.catch_up()
            assert (await client.exchange(ada)).status == 200
            assert (await client.exchange(bo)).status == 403
            await at.settle()

    run(scene())
