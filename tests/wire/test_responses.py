from __future__ import annotations

from typing import Any

import msgspec
import openai
import pytest
from openai.types.responses import Response, ResponseFailedEvent

from safeconduct.terms.call import AnswerFacts, Dialect, Operation, Refusal
from safeconduct.terms.standing import Model
from safeconduct.wire.responses import RESPONSES
from safeconduct.wire.strict import loads
from support.wire_calls import DENIED, PAUSED, read
from support.wire_sdk import Answering, stream_of
from support.wire_streams import RESPONSES_TEXT, responses_event

ASK: dict[str, Any] = {"model": "m", "input": "hi"}
GPT = Model("gpt-5.5", "openai", "gpt-5.5", frozenset({"chat", "responses"}), "open", "gpt", "GPT-5.5")

# As Codex sends it back: an encrypted item in a spelling that a re-encoding would change.
ENCRYPTED = (
    b'{"model":"gpt-5.5","instructions":"x","input":[{"type":"reasoning","summary":[],"encrypted_content":"gAAA\\/w=="} ,'
    b'{"type":"message","role":"user","content":[{"type":"input_text","text":"\\u00e9"}]}],"store":false,"stream":true}'
)


def test_a_call_is_read() -> None:
    view = read(Dialect.RESPONSES, ASK | {"stream": True, "max_output_tokens": 9})
    assert (view.dialect, view.model, view.stream, view.max_output_tokens) == (Dialect.RESPONSES, "m", True, 9)


def test_p3_encrypted_items_are_forwarded_byte_for_byte() -> None:
    view = RESPONSES.read(ENCRYPTED, Operation.GENERATE)
    sent = RESPONSES.edited(view, model="gpt-5.5", pseudonym="p_1", programs=frozenset())
    assert sent == ENCRYPTED[:-1] + b',"safety_identifier":"p_1"}'
    again = RESPONSES.read(sent, Operation.GENERATE)
    assert RESPONSES.edited(again, model="gpt-5.5", pseudonym="p_1", programs=frozenset()) is sent


@pytest.mark.parametrize("claimed", ["root", None, 5, ["root"]])
def test_p11_identity_and_programs_come_from_the_registry(claimed: object) -> None:
    claims = {"user": claimed, "safety_identifier": claimed, "access_programs": {"cyber": "daybreak_red"}}
    view = read(Dialect.RESPONSES, ASK | claims)
    own = {"user": "p_1", "safety_identifier": "p_1"}
    granted = frozenset({"cyber=standard", "trusted-partners"})
    assert loads(RESPONSES.edited(view, model="m", pseudonym="p_1", programs=frozenset())) == ASK | own
    sent = loads(RESPONSES.edited(view, model="m", pseudonym="p_1", programs=granted))
    assert sent == ASK | own | {"access_programs": {"cyber": "standard"}}


def test_p12_a_json_denial_is_shown_at_once() -> None:
    gateway = Answering(RESPONSES.refusal(DENIED, stream=False))
    with pytest.raises(openai.PermissionDeniedError, match=r"A license is required\. Ask your access officer\."):
        gateway.openai().responses.create(**ASK)
    assert gateway.arrivals == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 503])
def test_p12_a_streamed_denial_is_a_stream_that_fails(status: int) -> None:
    refusal = Refusal(status, "instrument_forbids", "A license is required.", "Ask your access officer.", "req_7")
    answer = RESPONSES.refusal(refusal, stream=True)
    assert answer.status == 200
    gateway = Answering(answer)
    created, failed = list(gateway.openai().responses.create(**ASK, stream=True))
    assert gateway.arrivals == 1
    assert (created.type, created.sequence_number) == ("response.created", 0)
    assert isinstance(failed, ResponseFailedEvent)
    Response.model_validate(failed.response.model_dump(), strict=True)
    assert failed.response.error is not None
    assert failed.response.error.code == "invalid_prompt"
    assert failed.response.error.message == "A license is required. Ask your access officer."
    assert failed.response.metadata == {"reason": "instrument_forbids", "request_id": "req_7"}
    assert created.response.id == failed.response.id


def test_p12_our_events_satisfy_the_sdk_models_strictly() -> None:
    for line in RESPONSES.refusal(DENIED, stream=True).body.split(b"\n"):
        if line.startswith(b"data: "):
            Response.model_validate(msgspec.json.decode(line[6:])["response"])


def test_a_short_wait_is_told_as_a_rate_limit() -> None:
    body = RESPONSES.refusal(PAUSED, stream=True).body
    assert b'"code":"rate_limit_exceeded"' in body
    assert b"Try again in 3s." in body


def test_p12_a_cut_in_the_middle_fails_the_response_that_began() -> None:
    begun = b"".join(part + b"\n\n" for part in RESPONSES_TEXT.split(b"\n\n")[:4])
    reader = RESPONSES.stream_reader()
    reader.feed(begun)
    gateway = Answering(stream_of(begun + RESPONSES.keepalive() + RESPONSES.cut(DENIED, reader.facts)))
    *before, last = list(gateway.openai().responses.create(**ASK, stream=True))
    assert len(before) == 4
    assert isinstance(last, ResponseFailedEvent)
    assert (last.response.id, last.response.model) == ("resp_1", "gpt-5.5-2026-04-01")
    assert last.sequence_number > before[-1].sequence_number
    unknown = RESPONSES.cut(DENIED, AnswerFacts())
    assert b'"id":"resp_req_7"' in unknown


def test_our_cut_is_read_as_an_end_by_our_own_reader() -> None:
    reader = RESPONSES.stream_reader()
    reader.feed(RESPONSES.keepalive() + RESPONSES.cut(DENIED, AnswerFacts()) + b"data: [DONE]\n\n")
    assert (reader.facts.error_type, reader.facts.terminal, reader.facts.unreadable) == ("invalid_prompt", True, False)


def test_a_bare_error_event_is_an_end() -> None:
    reader = RESPONSES.stream_reader()
    reader.feed(b'event: error\ndata: {"type":"error","code":"server_error","message":"x","param":null}\n\n')
    assert (reader.facts.error_type, reader.facts.terminal) == ("server_error", True)


def test_json_answers_are_read() -> None:
    output = [{"type": "function_call"}, {"type": "web_search_call"}, {"type": "message", "content": [{"type": "refusal"}]}]
    usage = {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 3}
    response = {"id": "resp_1", "object": "response", "status": "completed", "model": "g", "error": None, "output": output}
    facts = RESPONSES.read_answer(msgspec.json.encode(response | {"usage": usage}))
    assert facts == AnswerFacts("g", "resp_1", "completed", 9, 3, 4, tool_calls=2, refused=True, terminal=True)
    failed = response | {"status": "failed", "error": {"code": "server_error", "message": "x"}}
    assert RESPONSES.read_answer(msgspec.json.encode(failed)).error_type == "server_error"
    assert RESPONSES.read_answer(b'{"error":{"code":"c"}}') == AnswerFacts(terminal=True, error_type="c")
    assert RESPONSES.read_answer(b"nope").unreadable


def test_things_stored_while_answering_are_noted() -> None:
    run = {"type": "code_interpreter_call", "id": "ci_1", "container_id": "cntr_1"}
    items = [run, {"type": "image_generation_call", "id": "ig_1"}]
    reader = RESPONSES.stream_reader()
    for item in items:
        reader.feed(responses_event("response.output_item.done", 1, item=item))
    assert reader.facts.stored == ["cntr_1", "ig_1"]
    answer = RESPONSES.read_answer(msgspec.json.encode({"object": "response", "output": items}))
    assert answer.stored == ["cntr_1", "ig_1"]


def test_model_lists_for_the_sdk_and_for_codex() -> None:
    gateway = Answering(RESPONSES.models_answer([GPT], request_id="r"))
    assert [model.id for model in gateway.openai().models.list()] == ["gpt-5.5"]
    assert RESPONSES.models_answer([GPT], request_id="r", codex=True).body == b'{"models":[]}'
    assert Answering(RESPONSES.model_answer(GPT, request_id="r")).openai().models.retrieve("gpt-5.5").owned_by == "openai"
