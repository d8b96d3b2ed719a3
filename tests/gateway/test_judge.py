"""Asking the judge: on record before anything leaves, one answer for every asking, bounded, and nobody steers it."""

from __future__ import annotations

import asyncio
import json
from itertools import count

import pytest

from safeconduct.gateway.judge import Bounds, Judge, JudgeModel
from safeconduct.terms.call import Dialect

MODEL = JudgeModel("sorter-1", "anthropic", "sorter-served", Dialect.MESSAGES)
FINE = json.dumps(
    {"stop_reason": "end_turn", "content": [{"type": "text", "text": '{"category":"fraud","confidence":0.5}'}]}
).encode()


class Paper:
    """A journal whose disk answers when it is told to."""

    def __init__(self):
        self.entries = []
        self.waiting = []
        self.healthy = True
        self.boot = "b"

    def append(self, entry, *, opens=False, closes=None, then=None):
        self.entries.append(entry)
        if then is not None:
            self.waiting.append(then)
        return len(self.entries)

    def durable(self, how=True):
        waiting, self.waiting = self.waiting, []
        for then in waiting:
            then(how)


class Line:
    """A provider that holds what it was sent."""

    def __init__(self):
        self.sent = []
        self.withdrawn = 0

    def send(self, sink, path, headers, body):
        self.sent.append((sink, path, headers, body))
        return self

    def withdraw(self):
        self.withdrawn += 1


class Room:
    def __init__(self, **bounds):
        self.paper, self.line, self.heard = Paper(), Line(), []
        self.told = asyncio.Event()
        ticks = count(1)
        self.judge = Judge(
            asyncio.get_running_loop(),
            {"anthropic": self.line},
            self.paper,
            lambda: MODEL,
            Bounds(**bounds),
            clock=lambda: next(ticks),
            random=lambda size: b"\xab" * size,
        )

    def ask(self, *texts, held=True):
        return self.judge.ask("call_1", texts or ("sort me",), "welding", self.hear, held=held)

    def hear(self, *told):
        self.heard.append(told)
        self.told.set()


@pytest.mark.asyncio
async def test_p2_nothing_leaves_for_the_judge_before_it_is_on_record():
    room = Room()
    room.ask()
    assert [entry.type for entry in room.paper.entries] == ["judge.asked"]
    assert not room.line.sent
    room.paper.durable()
    assert len(room.line.sent) == 1


@pytest.mark.asyncio
async def test_what_cannot_be_recorded_is_not_asked():
    room = Room()
    room.ask()
    room.paper.durable(False)
    assert not room.line.sent
    assert room.heard == [(None, "judge_unrecorded")]


@pytest.mark.asyncio
async def test_a_judgment_is_heard_once_and_recorded_without_a_word_of_content():
    room = Room()
    room.ask("a very telling text")
    room.paper.durable()
    sink, path, headers, body = room.line.sent[0]
    assert (path, b"anthropic-version" in headers, b"very telling" in body) == (b"/v1/messages", True, True)
    sink.upstream_head(200, (), False)
    sink.upstream_body(FINE)
    sink.upstream_body(FINE)
    ((judgment, code),) = room.heard
    assert (judgment.category, judgment.confidence, code) == ("fraud", 0.5, "")
    asked, answered = room.paper.entries
    assert (answered.type, answered.category, answered.confidence_permille, answered.asked_seq) == (
        "judge.answered",
        "fraud",
        500,
        1,
    )
    assert "telling" not in repr((asked, answered))


@pytest.mark.asyncio
async def test_p11_the_judge_hears_nothing_of_who_is_judged():
    room = Room()
    room.ask()
    room.paper.durable()
    assert not {"metadata", "user", "safety_identifier"} & set(json.loads(room.line.sent[0][3]))


@pytest.mark.parametrize(
    "trouble",
    [
        lambda sink: sink.upstream_failed("upstream_unreachable"),
        lambda sink: (sink.upstream_head(500, (), False), sink.upstream_body(FINE)),
        lambda sink: (sink.upstream_head(200, (), False), sink.upstream_body(b"none, it is fine")),
        lambda sink: sink.upstream_head(200, (), True),
        lambda sink: sink.upstream_end(),
        lambda sink: sink.upstream_chunk(b"data: {}\n\n"),
    ],
)
@pytest.mark.asyncio
async def test_whatever_goes_wrong_is_no_judgment_and_one_answer(trouble):
    room = Room()
    room.ask()
    room.paper.durable()
    trouble(room.line.sent[0][0])
    ((judgment, code),) = room.heard
    assert judgment is None
    assert code
    assert [entry.type for entry in room.paper.entries] == ["judge.asked", "judge.answered"]
    assert room.paper.entries[1].code == code


@pytest.mark.asyncio
async def test_p12_a_judge_that_says_nothing_is_late_and_withdrawn():
    room = Room(deadline_seconds=0.01)
    room.ask()
    room.paper.durable()
    async with asyncio.timeout(5):
        await room.told.wait()
    assert room.heard == [(None, "judge_late")]
    assert room.line.withdrawn == 1


@pytest.mark.asyncio
async def test_whoever_gives_up_hears_nothing_and_nothing_leaves():
    room = Room()
    give_up = room.ask()
    give_up()
    room.paper.durable()
    assert not room.line.sent
    assert not room.heard
    assert room.paper.entries[-1].code == "judge_given_up"


@pytest.mark.asyncio
async def test_no_more_are_asked_at_once_or_in_a_minute_than_the_bounds_say():
    for bounds in ({"at_once": 2}, {"per_minute": 2}):
        room = Room(**bounds)
        for _ in range(3):
            room.ask()
        room.paper.durable()
        await asyncio.sleep(0)
        assert len(room.line.sent) == 2
        assert room.heard == [(None, "judge_busy")]


@pytest.mark.asyncio
async def test_a_text_that_holds_the_fence_is_not_asked_about():
    room = Room()
    room.ask("ab" * 16)
    await asyncio.sleep(0)
    assert room.heard == [(None, "judge_fence")]
    assert not room.paper.entries


@pytest.mark.asyncio
async def test_without_a_judge_that_is_said():
    room = Room()
    room.judge._model = lambda: None
    room.ask()
    await asyncio.sleep(0)
    assert room.heard == [(None, "judge_unknown")]
