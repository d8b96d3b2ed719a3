from __future__ import annotations

from typing import Any

import msgspec
import openai
import pytest

from safeconduct.terms.call import AnswerFacts, Dialect, Operation
from safeconduct.terms.standing import Model
from safeconduct.wire.chat import CHAT
from safeconduct.wire.strict import Malformed, loads
from support.wire_calls import DENIED, PAUSED, read
from support.wire_sdk import Answering, stream_of
from support.wire_streams import CHAT_TEXT, chat_chunk

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
GPT = Model("gpt-5.5", "openai", "gpt-5.5", frozenset({"chat", "responses"}), "open", "gpt", "GPT-5.5")


def test_a_call_is_read() -> None:
    view = read(Dialect.CHAT, ASK | {"stream": True, "max_tokens": 3, "max_completion_tokens": 9})
    assert (view.dialect, view.model, view.stream, view.max_output_tokens) == (Dialect.CHAT, "m", True, 9)
    assert not read(Dialect.CHAT, ASK | {"stream": None}).stream
    with pytest.raises(Malformed):
        read(Dialect.CHAT, ASK | {"stream": 1})


@pytest.mark.parametrize("claimed", ["root", None, 5, {"id": "root"}, ""])
def test_p11_identity_is_overwritten(claimed: object) -> None:
    claims = {"user": claimed, "safety_identifier": claimed, "access_programs": {"cyber": "daybreak_red"}}
    view = read(Dialect.CHAT, ASK | claims | {"metadata": {"user_id": "root", "note": "n"}})
    sent = loads(CHAT.edited(view, model="served", pseudonym="p_1", programs=frozenset({"cyber=daybreak_red"})))
    assert sent == ASK | {
        "model": "served",
        "user": "p_1",
        "safety_identifier": "p_1",
        "metadata": {"user_id": "p_1", "note": "n"},
    }


def test_p11_without_a_pseudonym_no_identity_leaves() -> None:
    view = read(Dialect.CHAT, ASK | {"user": "root", "safety_identifier": "root", "metadata": {"user_id": "root", "n": "1"}})
    assert loads(CHAT.edited(view, model="m", pseudonym="", programs=frozenset())) == ASK | {"metadata": {"n": "1"}}


def test_p3_edits_touch_nothing_else_and_ask_for_no_usage() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"\\u00e9"}],"stream":true,"seed":1E2,"safety_identifier":"p_1"}'
    view = CHAT.read(body, Operation.GENERATE)
    assert CHAT.edited(view, model="m", pseudonym="p_1", programs=frozenset()) is body
    assert CHAT.edited(view, model="n", pseudonym="p_1", programs=frozenset()) == body.replace(b'"m"', b'"n"')


@pytest.mark.parametrize("stream", [False, True])
def test_p12_the_sdk_shows_a_denial_at_once(stream: bool) -> None:
    gateway = Answering(CHAT.refusal(DENIED, stream=stream))
    with pytest.raises(openai.PermissionDeniedError) as caught:
        gateway.openai().chat.completions.create(**ASK, stream=stream)
    assert gateway.arrivals == 1
    assert "A license is required. Ask your access officer." in str(caught.value)
    assert (caught.value.code, caught.value.request_id) == ("instrument_forbids", "req_7")


def test_p12_the_sdk_raises_a_cut_in_the_middle() -> None:
    begun = b"".join(part + b"\n\n" for part in CHAT_TEXT.split(b"\n\n")[:2])
    cut = CHAT.cut(DENIED, AnswerFacts())
    assert b"[DONE]" not in cut
    gateway = Answering(stream_of(begun + CHAT.keepalive() + cut))
    with pytest.raises(openai.APIError, match="A license is required"):
        list(gateway.openai().chat.completions.create(**ASK, stream=True))
    assert gateway.arrivals == 1


def test_our_cut_is_read_as_an_end_by_our_own_reader() -> None:
    reader = CHAT.stream_reader()
    reader.feed(CHAT_TEXT.partition(b"\n\n")[0] + b"\n\n" + CHAT.keepalive() + CHAT.cut(DENIED, AnswerFacts()))
    assert (reader.facts.error_type, reader.facts.terminal) == ("instrument_forbids", True)


def test_a_short_wait_is_told_as_one() -> None:
    headers = dict(CHAT.refusal(PAUSED, stream=True).headers)
    assert (headers[b"retry-after"], headers[b"x-should-retry"]) == (b"3", b"true")


def test_a_text_chunk_is_only_glanced_at_but_a_fact_is_never_missed() -> None:
    opened = chat_chunk({"role": "assistant", "content": ""})
    for chunk, field, value in (
        (chat_chunk({"content": '"finish_reason":"stop"'}), "stop_reason", ""),
        (chat_chunk({}, "content_filter"), "refused", True),
        (chat_chunk({"content": "x"}, usage={"prompt_tokens": 5}), "input_tokens", 5),
        (chat_chunk({"function_call": {"name": "f", "arguments": ""}}), "tool_calls", 1),
        (chat_chunk({"refusal": "no"}), "refused", True),
        (chat_chunk({"audio": {"id": "audio_1"}}), "stored", ["audio_1"]),
        (chat_chunk({"content": "x"}, error={"code": "c"}), "error_type", "c"),
        (
            chat_chunk({"content": "x"}).replace(b',"logprobs"', b'\ndata: ,"logprobs"').replace(b"null}", b'"length"}'),
            "stop_reason",
            "length",
        ),
    ):
        reader = CHAT.stream_reader()
        reader.feed(opened + chunk)
        assert getattr(reader.facts, field) == value, chunk
        assert not reader.facts.unreadable


def test_tool_calls_of_several_choices_are_counted_once_each() -> None:
    reader = CHAT.stream_reader()
    call = {"index": 0, "id": "same", "function": {"name": "f", "arguments": ""}}
    for choice in (0, 1, 0, 1):
        reader.feed(chat_chunk({}, choices=[{"index": choice, "delta": {"tool_calls": [call]}, "finish_reason": None}]))
    assert reader.facts.tool_calls == 2


def test_json_answers_are_read() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 8}}
    message = {"role": "assistant", "content": None, "tool_calls": [{"id": "a"}, {"id": "b"}]}
    answer = {"id": "chatcmpl-1", "model": "gpt-5.5-x", "choices": [{"message": message, "finish_reason": "tool_calls"}]}
    facts = CHAT.read_answer(msgspec.json.encode(answer | {"usage": usage}))
    assert facts == AnswerFacts("gpt-5.5-x", "chatcmpl-1", "tool_calls", 9, 2, 8, tool_calls=2, terminal=True)
    refused = {"choices": [{"message": {"refusal": "no"}, "finish_reason": "stop"}]}
    assert CHAT.read_answer(msgspec.json.encode(refused)).refused
    assert CHAT.read_answer(b'{"error":{"message":"x","type":"t","code":null}}').error_type == "t"
    assert CHAT.read_answer(b'{"error":"x"}').error_type == "error"
    assert CHAT.read_answer(b"<html>").unreadable


def test_the_sdk_reads_our_model_lists() -> None:
    gateway = Answering(CHAT.models_answer([GPT], request_id="r"))
    assert [(model.id, model.object) for model in gateway.openai().models.list()] == [("gpt-5.5", "model")]
    assert Answering(CHAT.model_answer(GPT, request_id="r")).openai().models.retrieve("gpt-5.5").id == "gpt-5.5"
