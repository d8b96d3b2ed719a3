"""The call as a conversation: every journey from arrival to outcome, in the order of commands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from safeconduct.exchange.commands import CancelUpstream, Own, SendAnswer, SendData, SendEnd, SendHead
from safeconduct.exchange.events import (
    BodyArrived,
    ClientGone,
    EdgeRefused,
    Recorded,
    RecordFailed,
    UpstreamBody,
    UpstreamChunk,
    UpstreamEnd,
    UpstreamFailed,
    UpstreamHead,
    ViewChanged,
)
from safeconduct.terms.call import Dialect, Operation
from support.exchange_play import (
    CHAT,
    EVENTS,
    JSON,
    LAST_WORDS,
    MESSAGES,
    RESPONSES,
    STREAMS,
    Later,
    Play,
    admitted,
    answered,
    answering,
    decided,
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
from support.exchange_world import CAPPED, FABLE, GPT, HELD, MASKED, MYTHOS, OLD, STRANGER, Scene, request, scene
from support.wire_streams import MESSAGES_TEXT, RESPONSES_TEXT

ANSWER = (
    b'{"id":"msg_1","type":"message","model":"fable-served","stop_reason":"end_turn",'
    b'"usage":{"input_tokens":3,"output_tokens":5}}'
)
every_dialect = pytest.mark.parametrize("dialect", [MESSAGES, CHAT, RESPONSES])


# Served


def test_a_json_call_is_served() -> None:
    at = scene()
    conversation = (
        play(at)
        >> head(at.ann, (b"anthropic-version", b"2023-06-01"), (b"x-api-key", b"secret"), query=b"beta=true")
        >> BodyArrived(request(MESSAGES, metadata={"user_id": "me"}))
        << decided("permit", "permitted")
        >> Recorded()
        << forward("anthropic", b"/v1/messages?beta=true", b'"model":"fable-served"', b'"user_id":"sc_')
        >> Later(1.5)
        >> UpstreamHead(200, (*JSON, (b"request-id", b"req_9")), False)
        >> UpstreamBody(ANSWER)
        << answered(200, ANSWER)
        << ended("served")
    )
    assert conversation.done


def test_the_outcome_entry_holds_what_the_answer_said() -> None:
    at = scene()
    conversation = answering(at) >> Later(2) >> UpstreamBody(ANSWER) << SendAnswer
    entry = conversation.waiting.pop().entry  # type: ignore[union-attr]
    assert (entry.served_model, entry.stop_reason, entry.tokens_in, entry.tokens_out) == ("fable-served", "end_turn", 3, 5)
    assert (entry.status, entry.bytes_out, entry.duration_us, entry.first_byte_us) == (200, len(ANSWER), 2_000_000, 0)


def test_token_counting_is_decided_and_forwarded_like_any_call() -> None:
    at = scene()
    conversation = (
        play(at, operation=Operation.COUNT_TOKENS)
        >> head(at.ann)
        >> BodyArrived(request(MESSAGES, max_tokens=None))
        << decided("permit")
        >> Recorded()
        << forward("anthropic", b"/v1/messages/count_tokens", b"fable-served")
        >> UpstreamHead(200, JSON, False)
        >> UpstreamBody(b'{"input_tokens":7}')
        << answered(200, b'{"input_tokens":7}')
        << ended("served")
    )
    assert conversation.done


def test_a_providers_error_passes_as_it_is() -> None:
    at = scene()
    error = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    conversation = (
        forwarded(at) >> UpstreamHead(529, JSON, False) >> UpstreamBody(error) << answered(529, error) << ended("served")
    )
    assert conversation.done


@every_dialect
def test_a_streamed_call_is_served(dialect: Dialect) -> None:
    at, stream = scene(), STREAMS[dialect]
    conversation = streaming(at, dialect) >> UpstreamChunk(stream)
    if dialect is RESPONSES:
        conversation << Own("resp_1", at.session().owner)
    conversation << SendData(stream) >> UpstreamEnd() << SendEnd() << ended("served")
    assert conversation.done


def test_an_unstored_response_belongs_to_nobody() -> None:
    at = scene()
    conversation = forwarded(at, RESPONSES, stream=True, store=False) >> UpstreamHead(200, EVENTS, True) << SendHead
    assert conversation >> UpstreamChunk(RESPONSES_TEXT) << SendData(RESPONSES_TEXT)


def test_what_a_json_answer_stored_belongs_to_the_caller() -> None:
    at = scene()
    body = b'{"object":"response","id":"resp_7","status":"completed","output":[{"type":"image_generation_call","id":"ig_1"}]}'
    owner = at.session().owner
    conversation = forwarded(at, RESPONSES) >> UpstreamHead(200, JSON, False) >> UpstreamBody(body)
    assert (conversation << Own("resp_7", owner) << Own("ig_1", owner) << answered(200, body) << ended("served")).done


# Refused before anything left


def test_no_key_is_refused_before_the_body() -> None:
    conversation = play(scene()) >> head(None) << refused(401, "credential_missing", close=True)
    assert (conversation << ended("refused", "credential_missing", opened=False, forwarded=False)).done


def test_a_wrong_key_is_refused_before_the_body() -> None:
    conversation = play(scene()) >> head(STRANGER) << refused(401, "credential_invalid", close=True)
    assert (conversation << ended("refused", "credential_invalid", opened=False, forwarded=False)).done


def test_a_malformed_body_is_refused_without_a_decision() -> None:
    at = scene()
    conversation = (
        play(at) >> head(at.ann) >> BodyArrived(b'{"model":"a","model":"b"}') << refused(400, "duplicate_key", close=True)
    )
    assert (conversation << ended("refused", "duplicate_key", opened=False, forwarded=False)).done


@every_dialect
def test_what_the_edge_refuses_ends_in_an_outcome(dialect: Dialect) -> None:
    at = scene()
    conversation = play(at, dialect) >> EdgeRefused(413, "too_large", "Too large.", "Send less.")
    assert (
        conversation << refused(413, "too_large", close=True) << ended("refused", "too_large", opened=False, forwarded=False)
    ).done


REFUSED: tuple[tuple[str, Dialect, dict[str, object], str, int, str], ...] = (
    ("an unknown name", CHAT, {"model": "nothing-1"}, "deny", 404, "model_not_found"),
    ("an unknown name in Messages", MESSAGES, {"model": "nothing-1"}, "deny", 403, "model_not_found"),
    ("a hidden model", MESSAGES, {"model": MYTHOS.id}, "deny", 403, "model_not_found"),
    ("a withdrawn model", MESSAGES, {"model": OLD.id}, "deny", 403, "model_withdrawn"),
    ("a model of another dialect", MESSAGES, {"model": GPT.id}, "deny", 403, "dialect_not_served"),
    ("a foreign response", RESPONSES, {"previous_response_id": "resp_other"}, "deny", 403, "resource_not_owned"),
    ("more than the cap", MESSAGES, {"model": CAPPED.id, "max_tokens": 1001}, "deny", 403, "output_limit_exceeded"),
    ("no limit under a cap", MESSAGES, {"model": CAPPED.id, "max_tokens": None}, "deny", 403, "output_limit_missing"),
    ("a call for a human", MESSAGES, {"model": HELD.id}, "hold", 403, "held"),
    ("a duty beyond us", MESSAGES, {"model": MASKED.id}, "deny", 403, "duty_unavailable"),
    ("a fallback beyond us", MESSAGES, {"fallbacks": [{"model": MASKED.id}]}, "deny", 403, "duty_unavailable"),
)


@pytest.mark.parametrize(
    ("dialect", "fields", "effect", "status", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_p2_a_no_is_recorded_before_it_is_said(
    dialect: Dialect, fields: dict[str, object], effect: str, status: int, code: str
) -> None:
    at = scene()
    conversation = play(at, dialect) >> head(at.ann) >> BodyArrived(request(dialect, **fields)) << decided(effect, code)
    assert (conversation >> Recorded() << refused(status, code) << ended("refused", code, forwarded=False)).done


def test_a_call_within_its_cap_goes_out() -> None:
    assert admitted(scene(), model=CAPPED.id, max_tokens=1000) >> Recorded() << forward("anthropic", b"/v1/messages")


def test_a_no_is_said_even_when_it_cannot_be_recorded() -> None:
    at = scene()
    conversation = play(at) >> head(at.ann) >> BodyArrived(request(MESSAGES, model="nope")) << decided("deny", "model_not_found")
    assert (
        conversation >> RecordFailed() << refused(403, "model_not_found") << ended("refused", "model_not_found", forwarded=False)
    ).done


def test_a_streamed_no_in_responses_is_a_stream_that_codex_shows() -> None:
    at = scene()
    body = BodyArrived(request(RESPONSES, model="nope", stream=True))
    conversation = play(at, RESPONSES) >> head(at.ann) >> body << decided("deny") >> Recorded() << refused(200, "model_not_found")
    assert (conversation << ended("refused", "model_not_found", forwarded=False)).done


def test_a_caller_who_announced_events_gets_an_early_no_as_events() -> None:
    conversation = (
        play(scene(), RESPONSES)
        >> head(None, (b"accept", b"text/event-stream"))
        << refused(200, "credential_missing", close=True)
    )
    assert conversation << ended("refused", "credential_missing", opened=False, forwarded=False)


def test_p2_a_permit_that_cannot_be_recorded_is_a_no() -> None:
    conversation = admitted(scene()) >> RecordFailed() << refused(529, "log_unavailable")
    assert (conversation << ended("refused", "log_unavailable", forwarded=False)).done


def test_a_key_that_ended_while_the_body_came_is_refused() -> None:
    at = scene()
    conversation = play(at) >> head(at.ann) >> suspend() >> ViewChanged() >> BodyArrived(request(MESSAGES))
    assert conversation << decided("deny", "person_suspended")


# The provider fails


@pytest.mark.parametrize("make", [forwarded, answering])
def test_a_provider_that_fails_before_its_answer_is_told(make: Callable[[Scene], Play]) -> None:
    conversation = make(scene()) >> UpstreamFailed("upstream_idle_timeout")
    conversation << CancelUpstream() << refused(504, "upstream_idle_timeout") << ended("failed", "upstream_idle_timeout")
    assert conversation.done


@every_dialect
def test_a_provider_that_breaks_off_ends_the_stream_in_its_dialect(dialect: Dialect) -> None:
    conversation = streaming(scene(), dialect) >> UpstreamFailed("upstream_broke_off") << CancelUpstream()
    conversation << terminal(LAST_WORDS[dialect][0], b"Try again") << SendEnd(close=True) << ended("failed", "upstream_broke_off")
    assert conversation.done


@every_dialect
def test_a_torn_stream_ends_with_the_dialects_own_end(dialect: Dialect) -> None:
    stream = STREAMS[dialect]
    torn = stream[: stream.rindex(b"\n\n", 0, -2) + 2]  # all but the last event
    conversation = streaming(scene(), dialect) >> UpstreamChunk(torn)
    if dialect is RESPONSES:
        conversation << Own
    conversation << SendData(torn) >> UpstreamEnd() << CancelUpstream() << terminal(*LAST_WORDS[dialect])
    assert (conversation << SendEnd(close=True) << ended("failed", "upstream_stream_torn")).done


def test_an_unreadable_stream_is_stopped_and_nothing_of_it_passes() -> None:
    conversation = (
        streaming(scene()) >> UpstreamChunk(b"data: {not json\n\n") << CancelUpstream() << terminal(*LAST_WORDS[MESSAGES])
    )
    assert (conversation << SendEnd(close=True) << ended("failed", "upstream_unreadable")).done


# The caller leaves


@pytest.mark.parametrize("so_far", ["", "head", "body"])
def test_a_caller_who_leaves_early_leaves_an_outcome(so_far: str) -> None:
    at = scene()
    conversation = play(at)
    if so_far:
        conversation >> head(at.ann)
    if so_far == "body":
        conversation >> BodyArrived(request(MESSAGES)) << decided("permit")
    conversation >> ClientGone() << ended("disconnected", "client_gone", opened=so_far == "body", forwarded=False)
    assert (conversation >> Recorded()).done, "what the disk reports late leads nowhere"


@pytest.mark.parametrize("make", [forwarded, answering, streaming])
def test_a_caller_who_leaves_takes_the_provider_along(make: Callable[[Scene], Play]) -> None:
    conversation = make(scene()) >> ClientGone() << CancelUpstream() << ended("disconnected", "client_gone")
    assert (conversation >> UpstreamChunk(MESSAGES_TEXT) >> UpstreamEnd()).done


# Follow-up calls


def test_a_previous_response_of_ones_own_may_be_continued() -> None:
    at = scene()
    at.owned["resp_mine"] = at.session().owner
    assert admitted(at, RESPONSES, previous_response_id="resp_mine") >> Recorded() << forward("openai", b"/v1/responses")


def test_a_colleagues_previous_response_may_not() -> None:
    at = scene()
    at.owned["resp_theirs"] = at.session(at.ben).owner
    body = BodyArrived(request(RESPONSES, previous_response_id="resp_theirs"))
    assert play(at, RESPONSES) >> head(at.ann) >> body << decided("deny", "resource_not_owned")


def test_a_model_alias_is_resolved_once_and_recorded_as_both() -> None:
    at = scene()
    conversation = play(at) >> head(at.ann) >> BodyArrived(request(MESSAGES, model="fable"))
    entry = conversation.waiting.pop().entry  # type: ignore[union-attr]
    assert (entry.requested, entry.resolved) == ("fable", FABLE.id)


def test_p8_an_unknown_name_is_only_committed_to() -> None:
    at = scene()
    conversation = play(at) >> head(at.ann) >> BodyArrived(request(MESSAGES, model="my-secret-name"))
    entry = conversation.waiting.pop().entry  # type: ignore[union-attr]
    assert (entry.requested, entry.resolved) == ("", "")
    assert len(entry.requested_commitment) == len(entry.request_commitment) == 64
    assert "secret" not in repr(entry)
