"""How does OpenAI Responses look? Reads requests, draws answers as JSON or as its numbered events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from safeconduct.upstreams.simulated import catalog, seal
from safeconduct.upstreams.simulated.chat import cached, error, known_model
from safeconduct.upstreams.simulated.reading import characters, number, record, records, required, string, text_of
from safeconduct.upstreams.simulated.turn import Asked, Complaint, Part, Refusal, Text, Thought, Tool, ToolCall, Turn, tokens

__all__ = ["answer", "error", "failure", "frames", "read"]

_TEXT = frozenset({"input_text", "output_text", "text"})
_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output", "local_shell_call_output", "shell_call_output"})


def read(tree: dict[str, Any]) -> Asked:
    """Read a request. Raises Complaint as the provider would answer 400 or 404."""
    required(tree, "model", "input")
    model = string(tree["model"])
    known_model(model)
    _check_seals(records(tree["input"]))
    prompt, results, images = _last_turn(tree["input"])
    items = records(tree["input"])
    older = tokens(characters([tree.get("instructions"), tree.get("tools"), items[:-1]]))
    return Asked(
        model=model,
        stream=tree.get("stream") is True,
        prompt=prompt,
        results=results,
        tools=_tools(records(tree.get("tools"))),
        input_tokens=tokens(characters([tree.get("instructions"), tree.get("tools"), tree["input"]])),
        cached_tokens=cached(older, len(items) > 2),
        images=images,
        thinks=bool(record(tree.get("reasoning")).get("summary")),
        limit=number(tree.get("max_output_tokens")),
        wants_json=record(record(tree.get("text")).get("format")).get("type") in {"json_schema", "json_object"},
    )


def _tools(declared: list[dict[str, Any]], namespace: str = "") -> dict[str, Tool]:
    found = {}
    for tool in declared:
        kind = string(tool.get("type"))
        if kind == "namespace":
            found.update(_tools(records(tool.get("tools")), string(tool.get("name"))))
            continue
        name, properties = string(tool.get("name")) or kind, record(record(tool.get("parameters")).get("properties"))
        found[name] = Tool(name, kind, frozenset(properties), namespace)
    return found


def _last_turn(given: Any) -> tuple[str, tuple[str, ...], int]:
    if isinstance(given, str):
        return given, (), 0
    results: list[str] = []
    for item in reversed(records(given)):
        if item.get("role") == "user":
            content = item.get("content")
            images = sum(1 for block in records(content) if block.get("type") == "input_image")
            return text_of(content, _TEXT), tuple(results), images
        if item.get("type") in _OUTPUTS:
            results.insert(0, text_of(item.get("output"), _TEXT))
    return "", tuple(results), 0


def _check_seals(items: list[dict[str, Any]]) -> None:
    for item in items:
        sealed = item.get("encrypted_content")
        if item.get("type") == "reasoning" and isinstance(sealed, str) and not seal.wrapped(sealed):
            sentence = "The encrypted content could not be verified. Reason: Encrypted content could not be decrypted or parsed."
            raise Complaint(400, "invalid_request", sentence, "invalid_encrypted_content")


def answer(asked: Asked, turn: Turn, ident: str) -> dict[str, Any]:
    """The whole answer as one JSON object."""
    output = [_item(part, ident, at) for at, part in enumerate(turn.parts)]
    return _response(asked, turn, ident, "incomplete" if turn.truncated else "completed", output)


def _response(asked: Asked, turn: Turn, ident: str, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    ended = status in {"completed", "incomplete"}
    return {
        "id": f"resp_simulated_{ident}",
        "object": "response",
        "created_at": catalog.CREATED,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": None,
        "metadata": {},
        "model": turn.served,
        "output": output,
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": _usage(asked, turn) if ended else None,
    }


def _usage(asked: Asked, turn: Turn) -> dict[str, Any]:
    return {
        "input_tokens": asked.input_tokens,
        "input_tokens_details": {"cached_tokens": asked.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": turn.output_tokens,
        "output_tokens_details": {"reasoning_tokens": turn.reasoning_tokens},
        "total_tokens": asked.input_tokens + turn.output_tokens,
    }


def _item(part: Part, ident: str, at: int, done: bool = True) -> dict[str, Any]:
    """One output item; not yet done it has its frame but no content."""
    name = f"simulated_{ident}_{at}"
    status = "completed" if done else "in_progress"
    match part:
        case Thought():
            summary = [{"type": "summary_text", "text": part.text}] if done and not part.redacted else []
            return {"id": f"rs_{name}", "type": "reasoning", "summary": summary, "encrypted_content": seal.wrap(part.text)}
        case ToolCall():
            return {"id": f"fc_{name}", "status": status, **_call(part, done)}
        case _:
            content = [_content(part, done)] if done else []
            return {"id": f"msg_{name}", "type": "message", "role": "assistant", "status": status, "content": content}


def _call(call: ToolCall, done: bool) -> dict[str, Any]:
    call_id = f"call_simulated_{call.id}"
    if call.tool.kind == "local_shell":
        action = {"type": "exec", "env": {}, **json.loads(call.arguments)}
        return {"type": "local_shell_call", "call_id": call_id, "action": action}
    inside = "input" if call.tool.kind == "custom" else "arguments"
    body = {"call_id": call_id, "name": call.tool.name, inside: call.arguments if done else ""}
    if call.tool.namespace:
        body["namespace"] = call.tool.namespace
    return {"type": "custom_tool_call" if call.tool.kind == "custom" else "function_call", **body}


def _content(part: Text | Refusal, done: bool) -> dict[str, Any]:
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.text if done else ""}
    return {"type": "output_text", "text": part.text if done else "", "annotations": [], "logprobs": []}


Event = tuple[str, dict[str, Any]]


def frames(asked: Asked, turn: Turn, ident: str) -> Iterator[bytes]:
    """The answer as events with ``sequence_number``, ended by ``response.completed`` or ``response.incomplete``."""
    for number_, (kind, body) in enumerate(_events(asked, turn, ident)):
        yield _frame(kind, body, number_)


def _frame(kind: str, body: dict[str, Any], at: int) -> bytes:
    data = json.dumps({"type": kind, "sequence_number": at, **body}, separators=(",", ":"), ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def _events(asked: Asked, turn: Turn, ident: str) -> Iterator[Event]:
    begun = _response(asked, turn, ident, "in_progress", [])
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for at, part in enumerate(turn.parts):
        yield "response.output_item.added", {"output_index": at, "item": _item(part, ident, at, done=False)}
        item = _item(part, ident, at)
        yield from _inner(part, {"item_id": item["id"], "output_index": at})
        yield "response.output_item.done", {"output_index": at, "item": item}
    whole = answer(asked, turn, ident)
    yield f"response.{whole['status']}", {"response": whole}


def _inner(part: Part, where: dict[str, Any]) -> Iterator[Event]:
    match part:
        case Thought(redacted=True):
            return
        case Thought():
            place = {**where, "summary_index": 0}
            yield "response.reasoning_summary_part.added", {**place, "part": {"type": "summary_text", "text": ""}}
            for text in Text(part.text).chunks():
                yield "response.reasoning_summary_text.delta", {**place, "delta": text}
            yield "response.reasoning_summary_text.done", {**place, "text": part.text}
            yield "response.reasoning_summary_part.done", {**place, "part": {"type": "summary_text", "text": part.text}}
        case ToolCall() if part.tool.kind == "local_shell":
            return
        case ToolCall():
            free = part.tool.kind == "custom"
            kind, inside = ("custom_tool_call_input", "input") if free else ("function_call_arguments", "arguments")
            for text in part.chunks():
                yield f"response.{kind}.delta", {**where, "delta": text}
            yield f"response.{kind}.done", {**where, inside: part.arguments}
        case Text() | Refusal():
            yield from _message(part, {**where, "content_index": 0})


def _message(part: Text | Refusal, place: dict[str, Any]) -> Iterator[Event]:
    yield "response.content_part.added", {**place, "part": _content(part, done=False)}
    if isinstance(part, Refusal):
        yield "response.refusal.delta", {**place, "delta": part.text}
        yield "response.refusal.done", {**place, "refusal": part.text}
    else:
        for text in part.chunks():
            yield "response.output_text.delta", {**place, "delta": text, "logprobs": []}
        yield "response.output_text.done", {**place, "text": part.text, "logprobs": []}
    yield "response.content_part.done", {**place, "part": _content(part, done=True)}


def failure(asked: Asked, turn: Turn, ident: str) -> bytes:
    """The event by which a stream that has begun fails."""
    failed = _response(asked, turn, ident, "failed", [])
    failed["error"] = {
        "code": turn.faults.error_kind or "server_error",
        "message": f"The server had an error (simulated; {ident})",
    }
    return _frame("response.failed", {"response": failed}, 10**6)
