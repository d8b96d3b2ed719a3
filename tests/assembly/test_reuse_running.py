"""A whole installation as processes, two workers and their reuse process: an answer of one is found in a prompt of another."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from safeconduct.assembly.desk import open_desk
from support.guards import guarding
from support.letters import put_in_force
from support.raw_client import RawClient, messages, request
from support.raw_gateway import run
from support.raw_provider import START, STOP, USAGE, RawProvider, stream
from support.stand import start_stand
from support.wire_streams import messages_event

WORDS = [f"{a}{b}{c}" for a in ("ka", "lo", "mi", "ten") for b in ("ri", "do", "pa", "vel") for c in ("n", "st", "r")]
ANSWER = " ".join(random.Random(11).choices(WORDS, k=200))
REMEMBER = guarding("reuse answer log", name="restricted").replace("tier:standard", "tier:restricted")
SETTINGS = """
[safeguards]
scorers = 0
[safeguards.reuse]
on = true
[upstream.anthropic]
url = "http://127.0.0.1:{port}"
credential = "env:OF_THE_TEST"
dialects = ["messages"]
"""


async def _ask(port: int, key: str, text: str, model: str = "claude-haiku-4-5", *, streamed: bool = False) -> tuple[int, bytes]:
    client = await RawClient.connect(port)
    await client.send(request(body=messages(text, model=model, stream=streamed), key=key))
    got = await client.read()
    client.reset()
    return got.status, got.body


@pytest.mark.slow
def test_an_answer_of_one_worker_is_found_by_both(tmp_path: Path) -> None:
    home = tmp_path / "home"

    async def play() -> None:
        block = messages_event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        pieces = [ANSWER[at : at + 40] for at in range(0, len(ANSWER), 40)]
        said = [messages_event("content_block_delta", index=0, delta={"type": "text_delta", "text": it}) for it in pieces]
        ended = messages_event("content_block_stop", index=0)
        raw = await RawProvider(stream(START, block, *said, ended, USAGE, STOP)).start()
        try:
            await through(raw)
        finally:
            await raw.stop()

    async def through(raw: RawProvider) -> None:
        with start_stand(home, workers=2, settings=SETTINGS.format(port=raw.port), environ={"OF_THE_TEST": "token"}) as first:
            with open_desk(first.environ) as desk:
                for rule in (REMEMBER, guarding("reuse request block")):
                    put_in_force(desk, rule)
            ada = first.issue("--person", "ada", "--project", "red-lantern")
            chris = first.issue("--person", "chris")
            end = time.monotonic() + 20
            while (await _ask(first.port, ada, "Tell me all", "claude-mythos-5", streamed=True))[0] != 200:
                assert time.monotonic() < end
            while (got := await _ask(first.port, chris, f"{time.monotonic()} {ANSWER}", streamed=True))[0] != 403:
                assert time.monotonic() < end, got
            assert b"safeguard_reuse" in got[1]
            for number in range(8):  # whichever worker takes it
                assert (await _ask(first.port, chris, f"{number} {ANSWER}"))[0] == 403
            assert first.stop() == 0

    run(play())
