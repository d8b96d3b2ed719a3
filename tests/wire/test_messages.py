from __future__ import annotations

from typing import Any

import anthropic
import msgspec
import pytest

from safeconduct.terms.call import AnswerFacts, Dialect, Operation, Refusal
from safeconduct.terms.standing import Model
from safeconduct.wire.messages import MESSAGES
from safeconduct.wire.sse import MAX_STORED
from safeconduct.wire.strict import Malformed, loads
from support.wire_calls import DENIED, PAUSED, read
from support.wire_sdk import Answering, stream_of
from support.wire_streams import MESSAGES_TEXT, messages_event

ASK: dict[str, Any] = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
FABLE = Model("claude-fable-5", "anthropic", "claude-fable-5", frozenset({"messages"}), "restricted", "claude", "Claude Fable 5")

# As a client sends it back: signatures and marks in spellings that a re-encoding would change.
SIGNED = (
    b'{"model":"claude-fable-5","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"\\u00e9",'
    b'"signature":"Eq\\/+=="},{"type":"redacted_thinking","data":"Em\\u0077K"}]}],"system":[ {"type":"text","text":"x",'
    b'"cache_control":{"type":"ephemeral","ttl":"1h"}} ],"max_tokens":16,"stream":true}'
)


def test_a_call_is_read() -> None:
    view = MESSAGES.read(SIGNED, Operation.GENERATE)
    assert (view.dialect, view.model, view.stream, view.max_output_tokens) == (Dialect.MESSAGES, "claude-fable-5", True, 16)
    assert view.body is SIGNED
    assert not MESSAGES.read(SIGNED, Operation.COUNT_TOKENS).stream


@pytest.mark.parametrize("bad", [{"model": ""}, {"stream": "yes"}, {"max_tokens": "5"}])
def test_fields_we_rely_on_must_have_their_type(bad: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        read(Dialect.MESSAGES, bad)
    assert caught.value.where == f"$.{next(iter(bad))}"


def test_p3_signed_blocks_are_forwarded_byte_for_byte() -> None:
    view = MESSAGES.read(SIGNED, Operation.GENERATE)
    sent = MESSAGES.edited(view, model="claude-fable-5-20260601", pseudonym="p_1", programs=frozenset())
    assert sent == SIGNED.replace(b'"claude-fable-5"', b'"claude-fable-5-20260601"', 1)[:-1] + b',"metadata":{"user_id":"p_1"}}'


def test_p3_a_body_that_already_says_it_is_the_same_object() -> None:
    body = msgspec.json.encode(ASK | {"metadata": {"user_id": "p_1"}})
    view = MESSAGES.read(body, Operation.GENERATE)
    assert MESSAGES.edited(view, model="m", pseudonym="p_1", programs=frozenset({"cyber=standard"})) is body


@pytest.mark.parametrize("claimed", [{"user_id": "root"}, {"user_id": "p_1", "email": "a@b"}, None, "root", ["root"], {}, 5])
def test_p11_metadata_says_only_the_pseudonym(claimed: object) -> None:
    others = {"user": "root", "safety_identifier": "root", "access_programs": {"cyber": "daybreak_red"}}
    view = read(Dialect.MESSAGES, ASK | {"metadata": claimed} | others)
    sent = MESSAGES.edited(view, model="m", pseudonym="p_1", programs=frozenset({"cyber=daybreak_red"}))
    assert loads(sent) == ASK | {"metadata": {"user_id": "p_1"}}


def test_p11_without_a_pseudonym_no_identity_leaves() -> None:
    view = read(Dialect.MESSAGES, ASK | {"metadata": {"user_id": "root"}})
    assert loads(MESSAGES.edited(view, model="m", pseudonym="", programs=frozenset())) == ASK


def test_token_counting_gains_no_metadata() -> None:
    body = msgspec.json.encode({"model": "m", "messages": []})
    view = MESSAGES.read(body, Operation.COUNT_TOKENS)
    assert MESSAGES.edited(view, model="m", pseudonym="p_1", programs=frozenset()) is body
    view = read(Dialect.MESSAGES, {"messages": [], "metadata": {"user_id": "root"}}, Operation.COUNT_TOKENS)
    sent = MESSAGES.edited(view, model="n", pseudonym="p_1", programs=frozenset())
    assert loads(sent) == {"model": "n", "messages": []}


@pytest.mark.parametrize("stream", [False, True])
def test_p12_the_sdk_shows_a_denial_at_once(stream: bool) -> None:
    gateway = Answering(MESSAGES.refusal(DENIED, stream=stream))
    with pytest.raises(anthropic.PermissionDeniedError) as caught:
        gateway.anthropic().messages.create(**ASK, stream=stream)
    assert gateway.arrivals == 1
    assert "A license is required. Ask your access officer." in str(caught.value)
    assert caught.value.request_id == "req_7"
    assert caught.value.response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [
        (400, anthropic.BadRequestError, "invalid_request_error"),
        (401, anthropic.AuthenticationError, "authentication_error"),
        (404, anthropic.NotFoundError, "not_found_error"),
        (413, anthropic.APIStatusError, "request_too_large"),
        (429, anthropic.RateLimitError, "rate_limit_error"),
        (503, anthropic.APIStatusError, "overloaded_error"),
        (500, anthropic.InternalServerError, "api_error"),
    ],
)
def test_p12_every_no_arrives_once_with_its_type(status: int, kind: type[anthropic.APIStatusError], word: str) -> None:
    gateway = Answering(MESSAGES.refusal(Refusal(status, "c", "No.", "Do.", "req_1"), stream=True))
    with pytest.raises(kind) as caught:
        gateway.anthropic().messages.create(**ASK)
    assert gateway.arrivals == 1
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["error"]["type"] == word
    assert caught.value.body["error"]["code"] == "c"
    assert caught.value.status_code == (529 if status == 503 else status)


def test_a_short_wait_is_told_as_one() -> None:
    headers = dict(MESSAGES.refusal(PAUSED, stream=False).headers)
    assert (headers[b"retry-after"], headers[b"x-should-retry"]) == (b"3", b"true")


@pytest.mark.parametrize("events", [1, 3, 5])
def test_p12_the_sdk_raises_a_cut_in_the_middle(events: int) -> None:
    begun = b"".join(part + b"\n\n" for part in MESSAGES_TEXT.split(b"\n\n")[:events])
    gateway = Answering(stream_of(begun + MESSAGES.keepalive() + MESSAGES.cut(DENIED, AnswerFacts())))
    with pytest.raises(anthropic.APIStatusError, match="A license is required") as caught:
        list(gateway.anthropic().messages.create(**ASK, stream=True))
    assert gateway.arrivals == 1
    assert "permission_error" in str(caught.value.body)


@pytest.mark.parametrize("events", [1, 2, 4])
def test_p12_the_sdk_that_puts_blocks_together_raises_a_cut_too(events: int) -> None:
    begun = b"".join(part + b"\n\n" for part in MESSAGES_TEXT.split(b"\n\n")[:events])
    reader = MESSAGES.stream_reader()
    reader.feed(begun)
    gateway = Answering(stream_of(begun + MESSAGES.cut(DENIED, reader.facts)))
    seen: list[Any] = []
    client = gateway.anthropic()
    with pytest.raises(anthropic.APIStatusError, match="A license is required"), client.messages.stream(**ASK) as stream:
        seen.extend(event.content_block for event in stream if event.type == "content_block_stop")
    assert gateway.arrivals == 1
    assert [(block.type, block.text) for block in seen if block.type == "text"] == [("text", "")]


def test_p12_a_complete_block_comes_before_a_no_that_stands_and_no_other() -> None:
    blank = b'{"type":"content_block_stop","index":1}'
    begun = AnswerFacts(response_id="msg_1", blocks=1)
    assert blank in MESSAGES.cut(DENIED, begun)
    for facts in (AnswerFacts(), AnswerFacts(response_id="msg_1", blocks=2)):  # nothing begun; one block is complete
        assert MESSAGES.cut(DENIED, facts).startswith(b"event: error\n")
    for passing in (PAUSED, Refusal(502, "c", "No.", "Do.", "req_1")):  # to be sent again
        assert MESSAGES.cut(passing, begun).startswith(b"event: error\n")


def test_our_cut_is_read_as_an_end_by_our_own_reader() -> None:
    reader = MESSAGES.stream_reader()
    reader.feed(MESSAGES.cut(DENIED, AnswerFacts()) + MESSAGES.keepalive())
    assert (reader.facts.error_type, reader.facts.terminal, reader.safe_boundary) == ("permission_error", True, True)


def test_json_answers_are_read() -> None:
    usage = {"input_tokens": 3, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 5, "output_tokens": 6}
    content = [{"type": "text", "text": "x"}, {"type": "tool_use", "id": "t", "name": "f", "input": {}}]
    message = {"id": "msg_1", "type": "message", "model": "claude-opus-4-8", "content": content}
    facts = MESSAGES.read_answer(msgspec.json.encode(message | {"stop_reason": "tool_use", "usage": usage}))
    assert facts == AnswerFacts("claude-opus-4-8", "msg_1", "tool_use", 12, 6, 4, tool_calls=1, blocks=2, terminal=True)
    assert MESSAGES.read_answer(msgspec.json.encode(message | {"stop_reason": "refusal"})).refused
    assert MESSAGES.read_answer(b'{"input_tokens":2095}').input_tokens == 2095
    error = MESSAGES.read_answer(b'{"type":"error","error":{"type":"overloaded_error","message":"x"},"request_id":"r"}')
    assert (error.error_type, error.terminal) == ("overloaded_error", True)
    for broken in (b"", b"<html>", b"[]", b"\xff", b"[" * 5000):
        assert MESSAGES.read_answer(broken).unreadable


def test_things_stored_while_answering_are_noted() -> None:
    outputs = [{"type": "code_execution_output", "file_id": "file_1"}, {"type": "code_execution_output", "file_id": "file_1"}]
    result = {"type": "code_execution_result", "content": outputs, "stdout": ""}
    block = {"type": "code_execution_tool_result", "tool_use_id": "t", "content": result}
    facts = MESSAGES.read_answer(msgspec.json.encode({"content": [block], "container": {"id": "container_1"}}))
    assert sorted(facts.stored) == ["container_1", "file_1"]
    reader = MESSAGES.stream_reader()
    reader.feed(messages_event("content_block_start", index=0, content_block=block))
    reader.feed(messages_event("message_delta", delta={"stop_reason": "end_turn", "container": {"id": "container_1"}}, usage={}))
    assert reader.facts.stored == ["file_1", "container_1"]
    many = [{"type": "code_execution_output", "file_id": f"file_{number}"} for number in range(1000)]
    reader.feed(messages_event("content_block_start", index=0, content_block=block | {"content": result | {"content": many}}))
    assert len(reader.facts.stored) == MAX_STORED


def test_the_sdk_reads_our_model_lists() -> None:
    gateway = Answering(MESSAGES.models_answer([FABLE], request_id="r"))
    assert [(model.id, model.display_name) for model in gateway.anthropic().models.list()] == [
        ("claude-fable-5", "Claude Fable 5")
    ]
    one = Answering(MESSAGES.model_answer(FABLE, request_id="r")).anthropic().models.retrieve("claude-fable-5")
    assert (one.id, one.type, one.created_at.year) == ("claude-fable-5", "model", 1970)
    assert list(Answering(MESSAGES.models_answer([], request_id="r")).anthropic().models.list()) == []
