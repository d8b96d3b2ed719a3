"""What becomes of an answer that rules ask to look at: the conversation, in every dialect."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.exchange import events
from safeconduct.exchange.commands import (
    Announce,
    Blind,
    CancelUpstream,
    Forward,
    RecordOutcome,
    SendAnswer,
    SendData,
    SendEnd,
    SendHead,
)
from safeconduct.exchange.events import (
    BodyArrived,
    Recorded,
    Tick,
    UpstreamBody,
    UpstreamChunk,
    UpstreamEnd,
    UpstreamHead,
    ViewChanged,
)
from safeconduct.office import acts
from safeconduct.safeguards.ports import Enabled
from safeconduct.terms.call import Dialect
from safeconduct.wire.dialect import of
from safeconduct.wire.sse import events_of
from support.exchange_play import (
    EVENTS,
    JSON,
    LAST_WORDS,
    STREAMS,
    Later,
    Like,
    Officer,
    Play,
    ended,
    forwarded,
    head,
    play,
    refused,
    terminal,
)
from support.exchange_walk import ANSWERS
from support.exchange_world import GUARDED_IN, NAMED, Scene, instrument, request, scene
from support.fake_detectors import NAME, TOKEN, FakeDetectors, saying
from support.telling_streams import WAYS, read

every_dialect = pytest.mark.parametrize("dialect", list(Dialect))


def guarded(dialect: Dialect, *, stream: bool = True, asked: str = "") -> tuple[Play, FakeDetectors]:
    """A forwarded call, under the guard of the fake detector, that an answer begins to come for."""
    detectors = FakeDetectors()
    at = scene(safeguards=Enabled(detectors, {NAME: "1", "tools": "1"}))
    if asked:
        _ask(at, asked)
    model = NAMED[dialect] if asked else GUARDED_IN[dialect]
    begun = forwarded(at, dialect, model=model, stream=stream) >> UpstreamHead(200, EVENTS if stream else JSON, stream)
    if stream and asked.endswith("log"):
        return begun << SendHead, detectors
    assert begun, "the head waits for something to leave"
    return begun, detectors


_ESCAPED = {"id": "c", "function": {"name": "f", "arguments": '{"k":"\\u0074' + TOKEN[1:] + '"}'}}
ASKING = {"one": NAMED[Dialect.MESSAGES], "two": NAMED[Dialect.CHAT]}


def _ask(at: Scene, asked: str) -> None:
    """Rules in force that ask for a safeguard about the models that everybody may use."""
    head = 'effect = "oblige"\ncohort = "true"\nsay = "We look."\n'
    duty = f'duties = [{{ name = "safeguard", value = "{asked}" }}]'
    rules = [f'id = "{name}"\nmodels = ["{model}"]\n{head}{duty}' for name, model in ASKING.items()]
    at.enter("asking", instrument("asking", *rules))


def data(content: bytes) -> Like:
    return Like(SendData, lambda command: command.data == content, f"data({content!r})")


@every_dialect
def test_p12_a_finding_before_anything_left_of_a_stream_is_a_plain_no(dialect: Dialect) -> None:
    begun, _ = guarded(dialect)
    assert begun >> UpstreamChunk(saying(dialect, TOKEN[:6]))
    status = 200 if dialect is Dialect.RESPONSES else 403
    begun >> UpstreamChunk(saying(dialect, TOKEN[6:] + " and go.")) << CancelUpstream()
    answer = begun.waiting[0]
    begun << refused(status, "safeguard_canaries") << ended("cut", "safeguard_canaries")
    assert begun.done
    assert isinstance(answer, SendAnswer)
    assert answer.answer.body.startswith(b"event: response." if dialect is Dialect.RESPONSES else b"{")


@every_dialect
def test_p5_a_stop_before_anything_left_of_a_stream_is_a_plain_no(dialect: Dialect) -> None:
    begun, _ = guarded(dialect)
    begun >> Officer(acts.Suspend("person", "ann", "theft")) >> ViewChanged() << CancelUpstream()
    assert isinstance(begun.waiting[0], SendAnswer)


def test_p12_a_cut_of_a_messages_stream_has_a_complete_block_before_it_counted_by_what_left() -> None:
    begun, _ = guarded(Dialect.MESSAGES)
    events_ = events_of(STREAMS[Dialect.MESSAGES])
    start, block = events_[0], next(each for each in events_ if b"content_block_start" in each)
    words, more = saying(Dialect.MESSAGES, "Yes. "), saying(Dialect.MESSAGES, TOKEN[:6])
    begun >> UpstreamChunk(start + block + words) << SendHead << data(start + block + words)
    second = block.replace(b'"index":0', b'"index":1')
    assert begun >> UpstreamChunk(more + second), "the second block waits behind the text"
    begun >> UpstreamChunk(saying(Dialect.MESSAGES, TOKEN[6:] + " so")) << CancelUpstream()
    last = begun.waiting[0]
    assert isinstance(last, SendData)
    assert last.data.count(b'"index":1,"content_block":{"type":"text","text":""}}') == 1
    assert last.data.index(b'content_block_stop","index":1}') < last.data.index(b"event: error")


@every_dialect
def test_a_finding_cuts_a_stream_before_any_of_it_left(dialect: Dialect) -> None:
    begun, _ = guarded(dialect)
    plain, open_, rest = (saying(dialect, text) for text in ("Now take ", TOKEN[:6], TOKEN[6:] + " and go."))
    assert begun >> UpstreamChunk(plain) << SendHead << data(plain)
    assert begun >> UpstreamChunk(open_)
    words = tuple(word.replace(b'"id":"resp_1"', b'"status":"failed"') for word in LAST_WORDS[dialect])
    begun >> UpstreamChunk(rest) << CancelUpstream() << terminal(*words, b"canaries") << SendEnd(close=True)
    begun << ended("cut", "safeguard_canaries")
    assert begun.done
    assert begun.exchange.objected


@every_dialect
def test_a_finding_in_a_whole_answer_is_a_plain_no(dialect: Dialect) -> None:
    begun, _ = guarded(dialect, stream=False)
    begun >> UpstreamBody(ANSWERS[dialect]) << CancelUpstream() << refused(403, "safeguard_canaries")
    assert (begun << ended("cut", "safeguard_canaries")).done


@every_dialect
def test_what_was_looked_at_stands_in_the_outcome_and_in_the_signal(dialect: Dialect) -> None:
    begun, detectors = guarded(dialect, asked=f"{NAME} answer log")
    stream = STREAMS[dialect][: STREAMS[dialect].index(b"\n\n") + 2] + saying(dialect, f"a {TOKEN} b")
    begun >> UpstreamChunk(stream)
    assert begun.waiting.pop() == SendData(stream)
    begun.waiting.clear()
    assert detectors.asked == 0  # nothing waits for it
    _, outcome, announced = begun.exchange.step(events.ClientGone(), begun.now)
    assert isinstance(outcome, RecordOutcome)
    assert isinstance(announced, Announce)
    assert outcome.entry.detectors == ("canaries==1",)
    assert outcome.entry.scanned_blocks > 0
    assert outcome.entry.scanned_bytes > len(TOKEN)
    assert [(seen.detector, seen.direction, seen.count) for seen in announced.signal.seen] == [("canaries", "answer", 1)]
    assert TOKEN not in str((outcome, announced))


@every_dialect
def test_p3_without_a_rule_about_answers_nothing_is_read(dialect: Dialect) -> None:
    detectors = FakeDetectors()
    at = scene(safeguards=Enabled(detectors, {NAME: "1"}))
    begun = forwarded(at, dialect, stream=True) >> UpstreamHead(200, EVENTS, True) << SendHead
    stream = STREAMS[dialect]
    chunk = UpstreamChunk(stream)
    begun >> chunk
    sent = [command for command in begun.waiting if isinstance(command, SendData)]
    assert sent[0].data is stream  # the very bytes
    assert detectors.asked == 0
    assert begun.exchange._guard is None


@every_dialect
def test_taken_out_of_an_answer_in_one_piece(dialect: Dialect) -> None:
    begun, _ = guarded(dialect, stream=False, asked=f"{NAME} answer redact")
    begun >> UpstreamBody(ANSWERS[dialect])
    answer = next(command for command in begun.waiting if isinstance(command, SendAnswer))
    assert answer.answer.body == ANSWERS[dialect].replace(TOKEN.encode(), b"[redacted:canaries:1]")


@every_dialect
def test_taken_out_of_a_stream(dialect: Dialect) -> None:
    way = {"messages": "messages text", "chat": "chat text", "responses": "responses text"}[dialect.value]
    _, make = WAYS[way]
    stream = make(["Now take ", TOKEN[:6], TOKEN[6:], " and go."])
    begun, _ = guarded(dialect, asked=f"{NAME} answer redact")
    seen = b""
    for event in events_of(stream):
        begun >> UpstreamChunk(event)
        seen += b"".join(command.data for command in begun.waiting if isinstance(command, SendData))
        begun.waiting.clear()
    begun >> UpstreamEnd()
    assert [type(command) for command in begun.waiting][-2:] == [SendEnd, RecordOutcome]
    assert "Now take [redacted:canaries:1] and go." in read(dialect, seen)
    assert TOKEN.encode() not in seen


@every_dialect
def test_what_was_taken_out_of_the_request_comes_back(dialect: Dialect) -> None:
    begun, _ = _redacting(dialect)
    begun >> UpstreamHead(200, EVENTS, True)
    first, second = saying(dialect, "You sent [redacted:cana"), saying(dialect, "ries:1], I think.")
    assert begun >> UpstreamChunk(first)
    begun >> UpstreamChunk(second) << SendHead
    assert f"You sent {TOKEN}, I think." in read(dialect, begun.waiting[0].data)  # type: ignore[attr-defined]


@every_dialect
def test_what_was_taken_out_comes_back_in_an_answer_in_one_piece(dialect: Dialect) -> None:
    begun, _ = _redacting(dialect)
    begun >> UpstreamHead(200, JSON, False)
    body = ANSWERS[dialect].replace(TOKEN.encode(), b"[redacted:canaries:1]")
    begun >> UpstreamBody(body)
    answer = next(command for command in begun.waiting if isinstance(command, SendAnswer))
    assert answer.answer.body == ANSWERS[dialect]


def _redacting(dialect: Dialect) -> tuple[Play, Scene]:
    at = scene(safeguards=Enabled(FakeDetectors(), {NAME: "1"}))
    _ask(at, f"{NAME} request redact")
    body = request(dialect, stream=True).replace("Grüße".encode(), f"my {TOKEN} here".encode())
    begun = play(at, dialect) >> head(at.ann) >> BodyArrived(body)
    begun.waiting.clear()
    begun >> Recorded()
    (sent,) = begun.waiting
    assert isinstance(sent, Forward)
    assert b"my [redacted:canaries:1] here" in sent.body
    begun.waiting.clear()
    return begun, at


@every_dialect
def test_p12_keep_alives_flow_while_something_is_held(dialect: Dialect) -> None:
    begun, _ = guarded(dialect)
    assert begun >> Tick()
    assert begun >> UpstreamChunk(saying(dialect, "tok_1"))
    assert begun.exchange.waits
    assert begun >> Later(0.2) >> Tick()
    assert begun >> Later(2) >> Tick() << SendHead << data(of(dialect).keepalive())
    begun >> UpstreamChunk(saying(dialect, " no")) << data(saying(dialect, "tok_1") + saying(dialect, " no"))
    assert begun
    assert not begun.exchange.waits


@every_dialect
def test_p4_what_is_found_only_as_time_passes_ends_the_stream_like_anything_else(dialect: Dialect) -> None:
    begun, detectors = guarded(dialect)
    plain, detectors.open = detectors.open, lambda text, /: 0
    for text in ("x" * 900 + " ", TOKEN + " "):
        assert begun >> UpstreamChunk(saying(dialect, text))
    detectors.open = plain
    begun >> Later(2) >> Tick() << CancelUpstream()
    assert begun.exchange.objected
    assert not any(TOKEN.encode() in each.data for each in begun.waiting if isinstance(each, SendData))


@every_dialect
def test_p5_a_stop_reaches_a_call_that_holds_something_and_what_it_held_stays(dialect: Dialect) -> None:
    begun, _ = guarded(dialect)
    first = saying(dialect, "Well, ")
    assert begun >> UpstreamChunk(first) << SendHead << data(first)
    assert begun >> UpstreamChunk(saying(dialect, "tok_1"))
    begun >> Officer(acts.Suspend("person", "ann", "theft")) >> Tick() << CancelUpstream() << terminal() << SendEnd(close=True)
    sent = begun.waiting[0]
    assert isinstance(sent, RecordOutcome)
    assert sent.entry.code == "caller_suspended" or sent.entry.outcome.value == "cut"
    assert not begun.exchange.objected


@every_dialect
@pytest.mark.parametrize("asked", [f"{NAME} answer cut", f"{NAME} answer log"])
@pytest.mark.parametrize("stream", [True, False])
def test_p1_a_detector_that_fails_stops_the_answer(dialect: Dialect, asked: str, stream: bool) -> None:
    begun, detectors = guarded(dialect, asked=asked, stream=stream)
    detectors.broken = True
    begun >> (UpstreamChunk(saying(dialect, "word " * 4_000)) if stream else UpstreamBody(ANSWERS[dialect]))
    blind, *_, outcome = begun.waiting
    assert blind == Blind(NAME, "error")
    assert isinstance(outcome, RecordOutcome)
    assert (outcome.entry.outcome.value, outcome.entry.code) == ("cut", "safeguard_unavailable")
    assert not any(b"word" in command.data for command in begun.waiting if isinstance(command, SendData))


@every_dialect
def test_an_error_page_is_looked_at_too(dialect: Dialect) -> None:
    begun, _ = guarded(dialect, stream=False)
    begun.exchange._answer_status = 502
    begun >> UpstreamBody(b"<html>" + TOKEN.encode()) << CancelUpstream() << refused(403, "safeguard_canaries")


@every_dialect
def test_the_caller_is_warned_in_the_head_of_an_answer(dialect: Dialect) -> None:
    begun, _ = guarded(dialect, stream=False, asked=f"{NAME} answer warn")
    begun >> UpstreamBody(ANSWERS[dialect])
    answer = next(command for command in begun.waiting if isinstance(command, SendAnswer))
    assert (b"x-safeconduct-warning", b"canaries.token") in answer.answer.headers
    assert answer.answer.body == ANSWERS[dialect]


def test_nothing_is_taken_out_where_nothing_can_be() -> None:
    begun, _ = guarded(Dialect.CHAT, stream=False, asked=f"{NAME} answer redact")
    quoted = msgspec.json.encode({"choices": [{"message": {"role": "assistant", "tool_calls": [_ESCAPED]}}]})
    begun >> UpstreamBody(quoted)
    answer = next(command for command in begun.waiting if isinstance(command, SendAnswer))
    assert TOKEN.encode() not in answer.answer.body
    assert msgspec.json.decode(answer.answer.body)["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == (
        '{"k":"[redacted:canaries:1]"}'
    )
    begun, _ = guarded(Dialect.MESSAGES, stream=False, asked=f"{NAME} answer redact")
    sealed = msgspec.json.encode({"role": "assistant", "content": [{"type": "thinking", "thinking": TOKEN, "signature": "s"}]})
    begun >> UpstreamBody(sealed) << CancelUpstream() << refused(403, "safeguard_canaries")


@every_dialect
@pytest.mark.parametrize("stream", [True, False])
def test_p3_an_answer_with_a_name_that_stands_twice_is_not_readable_where_it_has_to_be_read(
    dialect: Dialect, stream: bool
) -> None:
    def answered(asked: str) -> Play:
        begun, _ = guarded(dialect, asked=asked, stream=stream)
        if stream:
            event = saying(dialect, "word").replace(b'"word"', b'"' + TOKEN.encode() + b'"')
            member = next(name for name in (b'"text":', b'"content":', b'"delta":') if name + b'"tok' in event)
            event = event.replace(member, member + b'"' + TOKEN.encode() + b'",' + member).replace(
                TOKEN.encode() + b'"}', b'word"}'
            )
            return begun >> UpstreamChunk(event)
        return begun >> UpstreamBody(b'{"x":"' + TOKEN.encode() + b'","x":"word",' + ANSWERS[dialect].replace(b"tok_", b"")[1:])

    begun = answered(f"{NAME} answer cut")
    assert not any(TOKEN.encode() in command.data for command in begun.waiting if isinstance(command, SendData))
    outcome = begun.waiting[-1] if isinstance(begun.waiting[-1], RecordOutcome) else begun.waiting[-2]
    assert isinstance(outcome, RecordOutcome)
    assert (outcome.entry.outcome.value, outcome.entry.code) == ("failed", "upstream_unreadable")
    begun = answered(f"{NAME} answer log")
    if not stream:
        (entry,) = [command.entry for command in begun.waiting if isinstance(command, RecordOutcome)]
        assert entry.outcome.value == "served"
        assert entry.scanned_bytes > 2 * entry.bytes_out / 3, "its bytes are one more text"
