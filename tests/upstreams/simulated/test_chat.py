"""OpenAI Chat Completions: what is read from a request, and that a stream adds up to the same answer as the JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from safeconduct.upstreams.simulated import chat
from safeconduct.upstreams.simulated.script import plan
from safeconduct.upstreams.simulated.turn import Asked, Complaint, Turn

TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": {"properties": {"city": {}}}}},
    {"type": "function", "function": {"name": "patch"}},
    {"type": "custom", "custom": {"name": "free"}},
]
PROMPT = 'go [[think]] [[tool:weather {"city": "Oslo"}]] [[tool:patch {}]] [[tool:free x]]'


def planned(prompt: str, **more: Any) -> tuple[Asked, Turn]:
    asked = chat.read({"model": "gpt-5.6", "messages": [{"role": "user", "content": prompt}], "tools": TOOLS, **more})
    return asked, plan(asked, "", 1, 0)


def chunks(asked: Asked, turn: Turn) -> list[dict[str, Any]]:
    frames = [frame.decode().removeprefix("data: ").strip() for frame in chat.frames(asked, turn, "1")]
    assert frames.pop() == "[DONE]"
    return [json.loads(frame) for frame in frames]


@pytest.mark.parametrize("prompt", [PROMPT, "hello", "[[refuse]]", "[[big:2]]"])
def test_stream_and_json_are_the_same_answer(prompt: str) -> None:
    asked, turn = planned(prompt, stream_options={"include_usage": True})
    whole = chat.answer(asked, turn, "1")
    ChatCompletion.model_validate(whole)
    content, refusal, calls, finish = "", "", {}, None
    for chunk in chunks(asked, turn):
        ChatCompletionChunk.model_validate(chunk)
        for choice in chunk["choices"]:
            delta, finish = choice["delta"], choice["finish_reason"] or finish
            content += delta.get("content") or ""
            refusal += delta.get("refusal") or ""
            for piece in delta.get("tool_calls", []):
                calls[piece["index"]] = calls.get(piece["index"], "") + piece["function"]["arguments"]
    message = whole["choices"][0]["message"]
    assert content == (message["content"] or "")
    assert refusal == (message["refusal"] or "")
    assert list(calls.values()) == [call["function"]["arguments"] for call in message.get("tool_calls", [])]
    assert finish == whole["choices"][0]["finish_reason"]
    assert chunks(asked, turn)[-1]["usage"] == whole["usage"]


def test_usage_is_streamed_only_when_asked_for() -> None:
    asked, turn = planned("hello")
    assert all("usage" not in chunk for chunk in chunks(asked, turn))


def test_results_are_read_since_the_last_words_of_the_user() -> None:
    turns = [{"role": "user", "content": "old"}, {"role": "tool", "content": "gone"}, {"role": "user", "content": "go"}]
    turns += [{"role": "tool", "content": "rain"}, {"role": "tool", "content": [{"type": "text", "text": "snow"}]}]
    asked = chat.read({"model": "gpt-5.6", "messages": turns})
    assert (asked.prompt, asked.results) == ("go", ("rain", "snow"))


@pytest.mark.parametrize(
    ("tree", "status", "code"),
    [
        ({"messages": []}, 400, ""),
        ({"model": "gpt-5.6", "messages": []}, 400, "empty_array"),
        ({"model": "claude-opus-4-8", "messages": [{}]}, 404, "model_not_found"),
    ],
)
def test_what_the_provider_turns_down(tree: dict[str, Any], status: int, code: str) -> None:
    with pytest.raises(Complaint) as caught:
        chat.read(tree)
    assert caught.value.status == status
    assert chat.error(caught.value, "")["error"]["code"] == (code or None)


def test_cached_tokens_come_in_steps_from_a_thousand_on() -> None:
    assert chat.cached(1023, True) == 0
    assert chat.cached(1500, True) == 1408
    assert chat.cached(1500, False) == 0


def test_limits_and_truncation() -> None:
    asked, turn = planned("[[big:4]]", max_completion_tokens=10)
    assert chat.answer(asked, turn, "1")["choices"][0]["finish_reason"] == "length"


def test_a_failure_in_mid_stream_is_an_error_object() -> None:
    body = json.loads(chat.failure(*planned("[[error:1,denied]]"), "1").decode().removeprefix("data: "))
    assert body["error"]["code"] == "denied"
