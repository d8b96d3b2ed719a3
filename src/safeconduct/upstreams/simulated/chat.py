"""How does OpenAI Chat Completions look? Reads requests, draws answers; errors are the same in both OpenAI dialects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from safeconduct.upstreams.simulated import catalog
from safeconduct.upstreams.simulated.reading import characters, number, record, records, required, string, text_of
from safeconduct.upstreams.simulated.turn import Asked, Complaint, Refusal, Text, Thought, Tool, ToolCall, Turn, tokens

_TEXT = frozenset({"text"})
_KINDS = {
    "authentication": "invalid_request_error",
    "not_found": "invalid_request_error",
    "invalid_request": "invalid_request_error",
    "permission": "invalid_request_error",
    "too_large": "invalid_request_error",
    "rate_limit": "rate_limit_exceeded",
    "overloaded": "service_unavailable_error",
    "server": "server_error",
}
_CACHE_STEP = 128  # OpenAI counts cached prompt tokens in steps of 128 from 1,024 on
_CACHE_FROM = 1024


def read(tree: dict[str, Any]) -> Asked:
    """Read a request. Raises Complaint as the provider would answer 400 or 404."""
    required(tree, "model", "messages")
    model, messages = string(tree["model"]), records(tree["messages"])
    known_model(model)
    if not messages:
        raise Complaint(400, "invalid_request", "Invalid 'messages': empty array.", "empty_array")
    prompt, results = _last_turn(messages)
    total = tokens(characters([messages, tree.get("tools")]))
    return Asked(
        model=model,
        stream=tree.get("stream") is True,
        prompt=prompt,
        results=results,
        tools=_tools(tree),
        input_tokens=total,
        cached_tokens=cached(tokens(characters([messages[:-1], tree.get("tools")])), len(messages) > 2),
        images=sum(1 for part in records(messages[-1].get("content")) if part.get("type") == "image_url"),
        limit=number(tree.get("max_completion_tokens")) or number(tree.get("max_tokens")),
        stream_usage=record(tree.get("stream_options")).get("include_usage") is True,
        wants_json=record(tree.get("response_format")).get("type") in {"json_schema", "json_object"},
    )


def known_model(model: str) -> None:
    """Raise the 404 of both OpenAI dialects for a model that does not exist."""
    if not catalog.offers(model, catalog.GPT):
        sentence = f"The model `{model}` does not exist or you do not have access to it."
        raise Complaint(404, "not_found", sentence, "model_not_found")


def cached(older: int, continued: bool) -> int:
    """How many prompt tokens OpenAI would report as read from its cache."""
    return older - older % _CACHE_STEP if continued and older >= _CACHE_FROM else 0


def _tools(tree: dict[str, Any]) -> dict[str, Tool]:
    """Function tools; the vendor's own types know no streamed form of custom ones, so those are never called."""
    found = {}
    for tool in records(tree.get("tools")):
        body = record(tool.get("function"))
        name, properties = string(body.get("name")), record(record(body.get("parameters")).get("properties"))
        if name:
            found[name] = Tool(name, "function", frozenset(properties))
    return found


def _last_turn(messages: list[dict[str, Any]]) -> tuple[str, tuple[str, ...]]:
    results: list[str] = []
    for message in reversed(messages):
        if message.get("role") == "user":
            return text_of(message.get("content"), _TEXT), tuple(results)
        if message.get("role") == "tool":
            results.insert(0, text_of(message.get("content"), _TEXT))
    return "", tuple(results)


def error(complaint: Complaint, request_id: str) -> dict[str, Any]:
    """The error envelope of both OpenAI dialects; the request id travels in a header only."""
    del request_id
    kind = _KINDS.get(complaint.kind, "server_error")
    code = complaint.code or None
    return {"error": {"message": complaint.message, "type": kind, "param": None, "code": code}}


def answer(asked: Asked, turn: Turn, ident: str) -> dict[str, Any]:
    """The whole answer as one JSON object. Reasoning stays inside, as it does at the provider."""
    message: dict[str, Any] = {"role": "assistant", "content": turn.text or None, "refusal": None, "annotations": []}
    for part in turn.parts:
        if isinstance(part, Refusal):
            message["refusal"] = part.text
    if turn.calls:
        message["tool_calls"] = [_call(call) for call in turn.calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(turn)}
    return {**_head(turn, ident, "chat.completion"), "choices": [choice], "usage": _usage(asked, turn)}


def _head(turn: Turn, ident: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-simulated-{ident}",
        "object": kind,
        "created": catalog.CREATED,
        "model": turn.served,
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
    }


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": f"call_simulated_{call.id}",
        "type": "function",
        "function": {"name": call.tool.name, "arguments": call.arguments},
    }


def _finish(turn: Turn) -> str:
    return "tool_calls" if turn.calls else "length" if turn.truncated else "stop"


def _usage(asked: Asked, turn: Turn) -> dict[str, Any]:
    return {
        "prompt_tokens": asked.input_tokens,
        "completion_tokens": turn.output_tokens,
        "total_tokens": asked.input_tokens + turn.output_tokens,
        "prompt_tokens_details": {"cached_tokens": asked.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": turn.reasoning_tokens, "audio_tokens": 0},
    }


def _frame(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode() + b"\n\n"


def frames(asked: Asked, turn: Turn, ident: str) -> Iterator[bytes]:
    """The answer as SSE, ended by ``[DONE]``."""
    head = _head(turn, ident, "chat.completion.chunk")
    usage: dict[str, Any] = {"usage": None} if asked.stream_usage else {}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _frame({**head, "choices": [choice], **usage})

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for part in turn.parts:
        for delta in _deltas(part, turn):
            yield chunk(delta)
    yield chunk({}, _finish(turn))
    if asked.stream_usage:
        yield _frame({**head, "choices": [], "usage": _usage(asked, turn)})
    yield b"data: [DONE]\n\n"


def _deltas(part: Text | Thought | ToolCall | Refusal, turn: Turn) -> Iterator[dict[str, Any]]:
    match part:
        case Text():
            for text in part.chunks():
                yield {"content": text}
        case Refusal():
            yield {"refusal": part.text}
        case Thought():
            return
        case ToolCall():
            index, call = turn.calls.index(part), _call(part)
            yield {"tool_calls": [{"index": index, **call, "function": {**call["function"], "arguments": ""}}]}
            for text in part.chunks():
                yield {"tool_calls": [{"index": index, "function": {"arguments": text}}]}


def failure(asked: Asked, turn: Turn, ident: str) -> bytes:
    """The data object by which a stream that has begun fails."""
    del asked
    code = turn.faults.error_kind or "server_error"
    return _frame(error(Complaint(503, "server", f"The server had an error (simulated; {ident})", code), ident))
