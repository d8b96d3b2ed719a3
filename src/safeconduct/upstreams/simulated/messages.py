"""How does Anthropic Messages look? Reads requests, draws answers and errors (docs.anthropic.com, API version 2023-06-01)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from safeconduct.upstreams.simulated import catalog, seal
from safeconduct.upstreams.simulated.reading import characters, number, record, records, required, string, text_of
from safeconduct.upstreams.simulated.turn import (
    Asked,
    Complaint,
    Part,
    Refusal,
    Text,
    Thought,
    Tool,
    ToolCall,
    Turn,
    tokens,
)

_TEXT = frozenset({"text"})
_KINDS = {
    "invalid_request": "invalid_request_error",
    "authentication": "authentication_error",
    "permission": "permission_error",
    "not_found": "not_found_error",
    "too_large": "request_too_large",
    "rate_limit": "rate_limit_error",
    "overloaded": "overloaded_error",
    "server": "api_error",
}


def read(tree: dict[str, Any]) -> Asked:
    """Read a request. Raises Complaint as the provider would answer 400 or 404."""
    required(tree, "model", "max_tokens", "messages")
    return read_count(tree)


def read_count(tree: dict[str, Any]) -> Asked:
    """Read a request of which only the tokens are to be counted."""
    required(tree, "model", "messages")
    model, messages = string(tree["model"]), records(tree["messages"])
    if not catalog.offers(model, catalog.CLAUDE):
        raise Complaint(404, "not_found", f"model: {model}")
    if not messages:
        raise Complaint(400, "invalid_request", "messages: at least one message is required")
    _check_seals(messages)
    prompt, results = _last_turn(messages)
    older = tokens(characters([tree.get("system"), tree.get("tools"), messages[:-1]]))
    total = tokens(characters([tree.get("system"), tree.get("tools"), messages]))
    keeps = '"cache_control"' in json.dumps([tree.get("system"), tree.get("tools"), messages])
    read_back = older if keeps and len(messages) > 1 else 0
    return Asked(
        model=model,
        stream=tree.get("stream") is True,
        prompt=prompt,
        results=results,
        tools=_tools(tree),
        input_tokens=total,
        cached_tokens=read_back,
        fresh_cache_tokens=total - read_back if keeps else 0,
        images=_images(messages[-1]),
        thinks=record(tree.get("thinking")).get("type") in {"enabled", "adaptive"},
        limit=number(tree.get("max_tokens")),
        wants_json=bool(record(record(tree.get("output_config")).get("format")) or record(tree.get("output_format"))),
    )


def _tools(tree: dict[str, Any]) -> dict[str, Tool]:
    found = {}
    for tool in records(tree.get("tools")):
        name, properties = string(tool.get("name")), record(record(tool.get("input_schema")).get("properties"))
        found[name] = Tool(name, string(tool.get("type")) or "custom", frozenset(properties))
    return found


def _images(message: dict[str, Any]) -> int:
    return sum(1 for block in records(message.get("content")) if block.get("type") == "image")


def _last_turn(messages: list[dict[str, Any]]) -> tuple[str, tuple[str, ...]]:
    """The last words of the user, and the tool results that came after them."""
    results: list[str] = []
    for message in reversed(messages):
        if message.get("role") != "user":
            continue
        content = message.get("content")
        answers = [block for block in records(content) if block.get("type") == "tool_result"]
        if not answers:
            return text_of(content, _TEXT), tuple(results)
        results[:0] = [text_of(block.get("content"), _TEXT) for block in answers]
    return "", tuple(results)


def _check_seals(messages: list[dict[str, Any]]) -> None:
    for at, message in enumerate(messages):
        for block_at, block in enumerate(records(message.get("content"))):
            where = f"messages.{at}.content.{block_at}"
            if block.get("type") == "thinking" and not seal.signed(string(block.get("thinking")), string(block.get("signature"))):
                raise Complaint(400, "invalid_request", f"{where}: Invalid `signature` in `thinking` block")
            if block.get("type") == "redacted_thinking" and not seal.wrapped(string(block.get("data"))):
                raise Complaint(400, "invalid_request", f"{where}: Invalid `data` in `redacted_thinking` block")


def count(asked: Asked) -> dict[str, Any]:
    """The answer of ``count_tokens``."""
    return {"input_tokens": asked.input_tokens}


def error(complaint: Complaint, request_id: str) -> dict[str, Any]:
    """The error envelope."""
    kind = _KINDS.get(complaint.kind, "api_error")
    return {"type": "error", "error": {"type": kind, "message": complaint.message}, "request_id": request_id}


def answer(asked: Asked, turn: Turn, ident: str) -> dict[str, Any]:
    """The whole answer as one JSON object."""
    content = [_block(part) for part in turn.parts]
    head = _message(asked, turn, ident)
    return {**head, "content": content, **_ending(turn), "usage": _usage(asked, turn.output_tokens)}


def _message(asked: Asked, turn: Turn, ident: str) -> dict[str, Any]:
    return {
        "id": f"msg_simulated_{ident}",
        "type": "message",
        "role": "assistant",
        "model": turn.served,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _usage(asked, 1),
    }


def _usage(asked: Asked, output: int) -> dict[str, Any]:
    return {
        "input_tokens": asked.input_tokens - asked.cached_tokens - asked.fresh_cache_tokens,
        "cache_creation_input_tokens": asked.fresh_cache_tokens,
        "cache_read_input_tokens": asked.cached_tokens,
        "output_tokens": output,
        "service_tier": "standard",
    }


def _ending(turn: Turn) -> dict[str, Any]:
    refusal = next((part for part in turn.parts if isinstance(part, Refusal)), None)
    if refusal:
        details = {"type": "refusal", "category": None, "explanation": refusal.text}
        return {"stop_reason": "refusal", "stop_sequence": None, "stop_details": details}
    reason = "tool_use" if turn.calls else "max_tokens" if turn.truncated else "end_turn"
    return {"stop_reason": reason, "stop_sequence": None}


def _block(part: Part) -> dict[str, Any]:
    match part:
        case Thought(redacted=True):
            return {"type": "redacted_thinking", "data": seal.wrap(part.text)}
        case Thought():
            return {"type": "thinking", "thinking": part.text, "signature": seal.sign(part.text)}
        case ToolCall():
            return {"type": "tool_use", "id": _call_id(part), "name": part.tool.name, "input": _arguments(part)}
        case _:
            return {"type": "text", "text": part.text}


def _call_id(call: ToolCall) -> str:
    return f"toolu_simulated_{call.id}"


def _arguments(call: ToolCall) -> Any:
    try:
        return json.loads(call.arguments)
    except ValueError:
        return {}


def _frame(kind: str, body: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **body}, separators=(',', ':'), ensure_ascii=False)}\n\n".encode()


def frames(asked: Asked, turn: Turn, ident: str) -> Iterator[bytes]:
    """The answer as SSE events, each with its ``event:`` line."""
    yield _frame("message_start", {"message": _message(asked, turn, ident)})
    yield _frame("ping", {})
    for index, part in enumerate(turn.parts):
        yield _frame("content_block_start", {"index": index, "content_block": _opening(part)})
        for delta in _deltas(part):
            yield _frame("content_block_delta", {"index": index, "delta": delta})
        yield _frame("content_block_stop", {"index": index})
    yield _frame("message_delta", {"delta": _ending(turn), "usage": {"output_tokens": turn.output_tokens}})
    yield _frame("message_stop", {})


def _opening(part: Part) -> dict[str, Any]:
    match part:
        case Thought(redacted=True):
            return _block(part)
        case Thought():
            return {"type": "thinking", "thinking": "", "signature": ""}
        case ToolCall():
            return {**_block(part), "input": {}}
        case _:
            return {"type": "text", "text": ""}


def _deltas(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Thought(redacted=True):
            return
        case Thought():
            for chunk in Text(part.text).chunks():
                yield {"type": "thinking_delta", "thinking": chunk}
            yield {"type": "signature_delta", "signature": seal.sign(part.text)}
        case ToolCall():
            yield {"type": "input_json_delta", "partial_json": ""}
            for chunk in part.chunks():
                yield {"type": "input_json_delta", "partial_json": chunk}
        case Text():
            for chunk in part.chunks():
                yield {"type": "text_delta", "text": chunk}
        case Refusal():
            yield {"type": "text_delta", "text": part.text}


def failure(asked: Asked, turn: Turn, ident: str) -> bytes:
    """The event by which a stream that has begun fails."""
    del asked
    kind = turn.faults.error_kind or "overloaded_error"
    body = {"error": {"type": kind, "message": f"Overloaded (simulated; message msg_simulated_{ident})"}}
    return _frame("error", {**body, "request_id": f"req_simulated_{ident}"})
