"""A call that is stopped while it runs: by rights that end, by the clock, by a worker that drains. And never inside an event."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.exchange.commands import CancelUpstream, SendData, SendEnd
from safeconduct.exchange.events import (
    Draining,
    Event,
    Recorded,
    UpstreamBody,
    UpstreamChunk,
    UpstreamEnd,
    UpstreamHead,
    ViewChanged,
)
from safeconduct.office import acts
from safeconduct.terms.call import Dialect
from support.exchange_play import (
    CHAT,
    EVENTS,
    LAST_WORDS,
    MESSAGES,
    RESPONSES,
    STREAMS,
    Later,
    Officer,
    Play,
    admitted,
    answering,
    ended,
    forward,
    forwarded,
    head,
    play,
    refused,
    streaming,
    suspend,
    terminal,
)
from support.exchange_world import STOP, Scene, scene

every_dialect = pytest.mark.parametrize("dialect", [MESSAGES, CHAT, RESPONSES])

# Rights move


@every_dialect
def test_p5_a_stop_cuts_a_live_stream_in_its_dialect(dialect: Dialect) -> None:
    conversation = streaming(scene(), dialect) >> UpstreamChunk(STREAMS[dialect][:-30])
    conversation.waiting.clear()
    conversation >> suspend() >> ViewChanged() << CancelUpstream() << terminal(*LAST_WORDS[dialect], b"suspended")
    assert (conversation << SendEnd(close=True) << ended("cut", "person_suspended")).done


def test_p5_an_instrument_cuts_a_live_stream_and_names_the_rule() -> None:
    at = scene()
    conversation = streaming(at)
    at.enter("stop", STOP)
    conversation >> ViewChanged() << CancelUpstream() << terminal(b"Rule stop/all")
    assert (conversation << SendEnd(close=True) << ended("cut", "forbidden")).done


def test_p5_a_duty_that_comes_while_a_call_runs_cuts_it() -> None:
    at = scene()
    conversation = streaming(at)
    at.enter(
        "more",
        STOP.replace('"stop"', '"more"')
        .replace("requirement", "program_terms")
        .replace('effect = "forbid"', 'effect = "permit"\nduties = [{ name = "approve", value = "lead" }]'),
    )
    conversation >> ViewChanged() << CancelUpstream() << terminal(b"Rule more/all")
    assert (conversation << SendEnd(close=True) << ended("cut", "held")).done


@pytest.mark.parametrize("make", [forwarded, answering])
def test_p5_a_stop_before_the_answer_is_a_no(make: Callable[[Scene], Play]) -> None:
    conversation = make(scene()) >> suspend() >> ViewChanged() << CancelUpstream() << refused(403, "person_suspended")
    assert (conversation << ended("cut", "person_suspended")).done


@pytest.mark.parametrize("make", [admitted, forwarded, answering, streaming])
def test_p5_a_change_that_leaves_the_right_standing_leaves_the_call_alone(make: Callable[[Scene], Play]) -> None:
    conversation = make(scene()) >> Officer(acts.Suspend("person", "ben", "other")) >> ViewChanged()
    assert conversation
    assert not conversation.done


@pytest.mark.parametrize("told", [True, False])
def test_p2_rights_that_end_while_the_entry_is_written_forward_nothing(told: bool) -> None:
    conversation = admitted(scene()) >> suspend()
    conversation >> (ViewChanged() if told else Recorded())
    assert (conversation << refused(403, "person_suspended") << ended("refused", "person_suspended", forwarded=False)).done


def test_a_permit_that_still_holds_after_a_change_goes_out() -> None:
    conversation = admitted(scene()) >> Officer(acts.Suspend("person", "ben", "other")) >> Recorded()
    assert conversation << forward("anthropic", b"/v1/messages")


def test_a_right_that_ends_by_the_clock_is_watched() -> None:
    at = scene()
    assert admitted(at).exchange.expires == 0, "nothing to watch before it is forwarded"
    at.act(acts.End("person", "ann", at.now + 5_000_000))
    conversation = streaming(at)
    assert conversation.exchange.expires == at.now + 5_000_000
    conversation >> Later(5) >> ViewChanged() << CancelUpstream() << terminal(b"has ended") << SendEnd(close=True)
    assert (conversation << ended("cut", "person_ended")).done


# Draining, and what comes out of turn


@every_dialect
def test_draining_ends_a_stream_in_its_dialect(dialect: Dialect) -> None:
    conversation = (
        streaming(scene(), dialect) >> Draining() << CancelUpstream() << terminal(LAST_WORDS[dialect][0], b"restarting")
    )
    assert (conversation << SendEnd(close=True) << ended("cut", "gateway_draining")).done


def test_draining_before_forwarding_is_a_no_that_may_be_tried_again() -> None:
    conversation = admitted(scene()) >> Draining() << refused(529, "gateway_draining")
    assert (conversation << ended("refused", "gateway_draining", forwarded=False)).done


@pytest.mark.parametrize(
    "event", [UpstreamHead(200, EVENTS, True), UpstreamChunk(b"x"), UpstreamBody(b"x"), UpstreamEnd(), Recorded()]
)
def test_p12_what_comes_out_of_turn_is_a_fault_of_ours_and_still_a_no(event: Event) -> None:
    at = scene()
    conversation = play(at) >> head(at.ann) >> event << refused(500, "out_of_turn", close=True)
    assert (conversation << ended("refused", "out_of_turn", opened=False, forwarded=False)).done


# Whole events only


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([MESSAGES, CHAT, RESPONSES]), st.booleans(), st.data())
def test_p5_a_cut_always_stands_between_two_events(dialect: Dialect, crlf: bool, data: st.DataObject) -> None:
    stream = STREAMS[dialect].replace(b"\n", b"\r\n") if crlf else STREAMS[dialect]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=12), label="splits"))
    chunks = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    stop = data.draw(st.integers(0, len(chunks)), label="stop after")
    at = _SHARED
    conversation = streaming(at, dialect)
    seen = b""
    for chunk in chunks[:stop]:
        conversation >> UpstreamChunk(chunk)
        seen += _sent(conversation)
    assert stream.startswith(seen), "what passes is the provider's bytes, in order"
    assert _whole(seen), "only whole events have left"
    conversation >> Draining()
    last = _sent(conversation)
    assert _whole(last)
    assert all(word in last for word in LAST_WORDS[dialect][:1])
    assert _events(seen + last) == _events(seen) + _events(last), "the last words are an event of their own"
    json.loads(_events(last)[-1].rpartition("data: ")[2])


_SHARED = scene()


def _sent(conversation: Play) -> bytes:
    found = b"".join(command.data for command in conversation.waiting if isinstance(command, SendData))
    conversation.waiting.clear()
    return found


def _lines(stream: bytes) -> str:
    return stream.decode().replace("\r\n", "\n").replace("\r", "\n")


def _whole(stream: bytes) -> bool:
    """Whether the bytes are whole events; a line end that was split after its CR still ends the line."""
    return not stream or _lines(stream).endswith("\n\n")


def _events(stream: bytes) -> list[str]:
    return [event for event in _lines(stream).split("\n\n") if event.strip("\n")]
