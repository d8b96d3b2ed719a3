"""Anthropic Messages: what is read from a request, and that a stream adds up to the same answer as the JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from safeconduct.upstreams.simulated import messages, seal
from safeconduct.upstreams.simulated.script import plan
from safeconduct.upstreams.simulated.turn import Asked, Complaint, Turn

EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
TOOL = {"name": "weather", "input_schema": {"properties": {"city": {}}}}
PROMPT = 'go [[think]] [[redacted]] [[tool:weather {"city": "Oslo"}]] [[tool:weather {"city": "Łódź"}]]'


def request(*turns: Any, **more: Any) -> dict[str, Any]:
    return {"model": "claude-opus-4-8", "max_tokens": 500, "messages": list(turns), **more}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def planned(prompt: str, **more: Any) -> tuple[Asked, Turn]:
    asked = messages.read(request(user(prompt), tools=[TOOL], **more))
    return asked, plan(asked, "", 1, 0)


def events(asked: Asked, turn: Turn) -> list[dict[str, Any]]:
    """The stream as objects; the ``event:`` line and the type inside must agree."""
    found = []
    for frame in messages.frames(asked, turn, "1"):
        name, data = frame.decode().removesuffix("\n\n").split("\n")
        body = json.loads(data.removeprefix("data: "))
        assert name == f"event: {body['type']}"
        found.append(body)
    return found


def added_up(stream: list[dict[str, Any]]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for event in stream:
        if event["type"] == "content_block_start":
            blocks.append(dict(event["content_block"]))
        if event["type"] == "content_block_delta":
            [(field, value)] = [(key, value) for key, value in event["delta"].items() if key != "type"]
            blocks[event["index"]][field] = blocks[event["index"]].get(field, "") + value
    for block in blocks:
        if "partial_json" in block:
            block["input"] = json.loads(block.pop("partial_json"))
    return blocks


@pytest.mark.parametrize("prompt", [PROMPT, "hello", "[[refuse]]", "[[big:2]]"])
def test_stream_and_json_are_the_same_answer(prompt: str) -> None:
    asked, turn = planned(prompt)
    whole, stream = messages.answer(asked, turn, "1"), events(asked, turn)
    assert added_up(stream) == whole["content"]
    [ending] = [event for event in stream if event["type"] == "message_delta"]
    assert ending["delta"]["stop_reason"] == whole["stop_reason"]
    assert ending["usage"]["output_tokens"] == whole["usage"]["output_tokens"]
    assert stream[-1]["type"] == "message_stop"


@pytest.mark.parametrize("prompt", [PROMPT, "[[refuse]]"])
def test_the_vendors_own_types_read_both_forms(prompt: str) -> None:
    asked, turn = planned(prompt)
    Message.model_validate(messages.answer(asked, turn, "1"))
    for event in events(asked, turn):
        if event["type"] != "ping":
            EVENT.validate_python(event)


def test_tool_json_is_split_where_it_cannot_be_read() -> None:
    parts = [e["delta"]["partial_json"] for e in events(*planned(PROMPT)) if e.get("delta", {}).get("type") == "input_json_delta"]
    assert len(parts) > 6


def test_results_are_read_since_the_last_words_of_the_user() -> None:
    called = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "weather", "input": {}}]}
    rain = {"type": "tool_result", "tool_use_id": "a", "content": "rain"}
    snow = {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "snow"}]}
    reminder = {"role": "system", "content": "keep going"}
    asked = messages.read(
        request(user("go"), called, user([rain]), called, user([snow, {"type": "text", "text": "x"}]), reminder)
    )
    assert asked.prompt == "go"
    assert asked.results == ("rain", "snow")


@pytest.mark.parametrize(
    ("tree", "status", "words"),
    [
        ({"model": "claude-opus-4-8", "messages": []}, 400, "max_tokens: Field required"),
        (request(), 400, "at least one message"),
        (request(user("x"), model="gpt-5.6"), 404, "model: gpt-5.6"),
        (request(user("x"), model=7), 404, "model: "),
        (
            request(user([{"type": "thinking", "thinking": "a", "signature": "b"}])),
            400,
            r"messages.0.content.0: Invalid `signature`",
        ),
        (request(user([{"type": "redacted_thinking", "data": "b"}])), 400, "Invalid `data`"),
    ],
)
def test_what_the_provider_turns_down(tree: dict[str, Any], status: int, words: str) -> None:
    with pytest.raises(Complaint, match=words) as caught:
        messages.read(tree)
    assert caught.value.status == status
    assert messages.error(caught.value, "req_1")["error"]["type"] in {"invalid_request_error", "not_found_error"}


def test_unaltered_thinking_comes_back() -> None:
    said = [
        {"type": "thinking", "thinking": "a", "signature": seal.sign("a")},
        {"type": "redacted_thinking", "data": seal.wrap("b")},
    ]
    assert messages.read(request(user("x"), {"role": "assistant", "content": said}, user("y"))).prompt == "y"


def test_cached_tokens_add_up() -> None:
    kept = user([{"type": "text", "text": "word " * 400, "cache_control": {"type": "ephemeral"}}])
    first, plain = messages.read(request(kept)), messages.read(request(user("word " * 400)))
    again = messages.read(request(kept, {"role": "assistant", "content": "yes"}, user("more")))
    assert (first.cached_tokens, first.fresh_cache_tokens) == (0, first.input_tokens)
    assert (plain.cached_tokens, plain.fresh_cache_tokens) == (0, 0)
    assert again.cached_tokens > 400
    assert again.cached_tokens + again.fresh_cache_tokens == again.input_tokens


def test_reading_notes_what_shapes_the_answer() -> None:
    image = {"type": "image", "source": {"type": "base64", "data": "x" * 100_000}}
    asked = messages.read(request(user([image, image]), stream=True, thinking={"type": "adaptive"}))
    assert (asked.images, asked.stream, asked.thinks, asked.limit) == (2, True, True, 500)
    assert asked.input_tokens < 1000
    assert messages.count(asked) == {"input_tokens": asked.input_tokens}


def test_a_failure_in_mid_stream_carries_the_full_envelope() -> None:
    asked, turn = planned("[[error:1,permission_error]]")
    name, data = messages.failure(asked, turn, "1").decode().strip().split("\n")
    body = json.loads(data.removeprefix("data: "))
    assert name == "event: error"
    assert body["type"] == "error"
    assert body["error"]["type"] == "permission_error"
    assert body["request_id"]
