"""Realistic provider streams per dialect, with the facts a reader must find in them.

Written after the shapes the providers document: text, parallel tool calls with split JSON, signed and redacted thinking,
refusals, errors in the middle. Each entry of ``STREAMS`` is ``(name, dialect, bytes, facts)``.
"""

from __future__ import annotations

import json
from typing import Any

from safeconduct.terms.call import AnswerFacts, Dialect

SIGNATURE = "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds+/ZÜ=="


def messages_event(kind: str, **fields: Any) -> bytes:
    """One event as Anthropic sends it: a named event whose data repeats the name."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields}, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def blank(index: int) -> bytes:
    """The empty block that comes before a no in a Messages stream of which no block is complete."""
    start = messages_event("content_block_start", index=index, content_block={"type": "text", "text": ""})
    return start + messages_event("content_block_stop", index=index)


def responses_event(kind: str, number: int, **fields: Any) -> bytes:
    """One event as OpenAI Responses sends it."""
    body = {"type": kind, "sequence_number": number, **fields}
    return f"event: {kind}\ndata: {json.dumps(body, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def chat_chunk(delta: dict[str, Any], finish: str | None = None, **fields: Any) -> bytes:
    """One chunk as OpenAI Chat sends it."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_780_000_000,
        "model": "gpt-5.5-2026-04-01",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
        **fields,
    }
    return f"data: {json.dumps(body, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def _started(model: str = "claude-opus-4-8") -> bytes:
    usage = {"input_tokens": 12, "cache_creation_input_tokens": 30, "cache_read_input_tokens": 400, "output_tokens": 1}
    message = {"id": "msg_01", "type": "message", "role": "assistant", "model": model, "content": []}
    return messages_event("message_start", message=message | {"stop_reason": None, "stop_sequence": None, "usage": usage})


def _ended(reason: str, output: int) -> bytes:
    delta = {"stop_reason": reason, "stop_sequence": None}
    return messages_event("message_delta", delta=delta, usage={"output_tokens": output}) + messages_event("message_stop")


def _block(index: int, block: dict[str, Any], *deltas: dict[str, Any]) -> bytes:
    parts = [messages_event("content_block_start", index=index, content_block=block)]
    parts += [messages_event("content_block_delta", index=index, delta=delta) for delta in deltas]
    return b"".join((*parts, messages_event("content_block_stop", index=index)))


def _text(text: str) -> dict[str, Any]:
    return {"type": "text_delta", "text": text}


def _input(text: str) -> dict[str, Any]:
    return {"type": "input_json_delta", "partial_json": text}


def _tool(name: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": {}}


PING = b'event: ping\ndata: {"type": "ping"}\n\n'
MESSAGES_TEXT = (
    _started() + PING + _block(0, {"type": "text", "text": ""}, _text("Grüße, "), _text("世界 🌍")) + _ended("end_turn", 15)
)
MESSAGES_TOOLS = (
    _started()
    + _block(0, {"type": "thinking", "thinking": "", "signature": ""}, {"type": "signature_delta", "signature": SIGNATURE})
    + _block(1, {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix/LafPsn4="})
    + _block(2, _tool("a"), _input(""), _input('{"city": "Mün'), _input('chen"}'))
    + _block(3, _tool("b"), _input('{"x":'), _input(' "message_stop"}'))
    + _ended("tool_use", 88)
)
MESSAGES_REFUSED = _started() + _block(0, {"type": "text", "text": ""}, _text("I can")) + _ended("refusal", 3)
MESSAGES_ERROR = (
    _started()
    + messages_event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    + messages_event("error", error={"type": "overloaded_error", "message": "Overloaded"})
)
MESSAGES_FALLBACK = (
    _started("claude-fable-5")
    + _block(0, {"type": "fallback", "from": {"model": "claude-fable-5"}, "to": {"model": "claude-opus-4-8"}})
    + _block(1, {"type": "text", "text": ""}, _text("Hello"))
    + _ended("end_turn", 9)
)

_CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}
_OTHER = {"index": 1, "id": "call_2", "type": "function", "function": {"name": "g", "arguments": "{}"}}
_MORE = {"index": 0, "function": {"arguments": '{"a"'}}
_USAGE = {
    "prompt_tokens": 50,
    "completion_tokens": 7,
    "total_tokens": 57,
    "prompt_tokens_details": {"cached_tokens": 32, "audio_tokens": 0},
}
DONE = b"data: [DONE]\n\n"
CHAT_TEXT = (
    chat_chunk({"role": "assistant", "content": "", "refusal": None})
    + chat_chunk({"content": "Grüße"}, obfuscation="x7")
    + chat_chunk({"content": ' "usage":{ 🌍'})
    + chat_chunk({}, "stop")
    + chat_chunk({}, choices=[], usage=_USAGE)
    + DONE
)
CHAT_TOOLS = (
    chat_chunk({"role": "assistant", "content": None, "tool_calls": [_CALL]})
    + chat_chunk({"tool_calls": [_MORE]})
    + chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": ': "é"}'}}]})
    + chat_chunk({"tool_calls": [_OTHER]})
    + chat_chunk({}, "tool_calls")
    + DONE
)
CHAT_REFUSED = (
    chat_chunk({"role": "assistant", "content": ""}) + chat_chunk({"refusal": "I cannot"}) + chat_chunk({}, "stop") + DONE
)
CHAT_ERROR = chat_chunk({"role": "assistant", "content": "x"}) + (
    b'data: {"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}\n\n'
)


def _response(status: str, **fields: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "status": status, "model": "gpt-5.5-2026-04-01", "output": []} | fields


_RUSAGE = {
    "input_tokens": 70,
    "input_tokens_details": {"cached_tokens": 64},
    "output_tokens": 21,
    "output_tokens_details": {"reasoning_tokens": 12},
    "total_tokens": 91,
}
_REASONING = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAAABm/+=="}
_FUNCTION = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "shell", "arguments": '{"cmd":"ls"}'}
_MESSAGE = {"type": "message", "id": "m_1", "role": "assistant", "content": [{"type": "output_text", "text": "Grüße 🌍"}]}
_REFUSAL = {"type": "message", "id": "m_1", "role": "assistant", "content": [{"type": "refusal", "refusal": "No"}]}
_OPENED = responses_event("response.created", 0, response=_response("in_progress")) + responses_event(
    "response.in_progress", 1, response=_response("in_progress")
)
RESPONSES_TEXT = (
    _OPENED
    + responses_event("response.output_item.added", 2, output_index=0, item=_MESSAGE | {"content": []})
    + responses_event("response.output_text.delta", 3, item_id="m_1", output_index=0, content_index=0, delta="Grüße")
    + responses_event("response.output_text.delta", 4, item_id="m_1", output_index=0, content_index=0, delta=" 🌍")
    + responses_event("response.output_item.done", 5, output_index=0, item=_MESSAGE)
    + responses_event("response.completed", 6, response=_response("completed", output=[_MESSAGE], usage=_RUSAGE))
)
RESPONSES_TOOLS = (
    _OPENED
    + responses_event("response.output_item.done", 2, output_index=0, item=_REASONING)
    + responses_event("response.function_call_arguments.delta", 3, item_id="fc_1", output_index=1, delta='{"cmd":')
    + responses_event("response.function_call_arguments.delta", 4, item_id="fc_1", output_index=1, delta='"ls"}')
    + responses_event("response.output_item.done", 5, output_index=1, item=_FUNCTION)
    + responses_event("response.output_item.done", 6, output_index=2, item=_FUNCTION | {"id": "fc_2", "call_id": "call_2"})
    + responses_event("response.completed", 7, response=_response("completed", usage=_RUSAGE))
)
RESPONSES_REFUSED = (
    _OPENED
    + responses_event("response.refusal.delta", 2, item_id="m_1", output_index=0, content_index=0, delta="No")
    + responses_event("response.completed", 3, response=_response("completed", output=[_REFUSAL], usage=_RUSAGE))
)
RESPONSES_FILTERED = _OPENED + responses_event(
    "response.incomplete", 2, response=_response("incomplete", incomplete_details={"reason": "content_filter"})
)
RESPONSES_ERROR = _OPENED + responses_event(
    "response.failed", 2, response=_response("failed", error={"code": "server_error", "message": "x"})
)


def _facts(model: str, identity: str, reason: str, counts: tuple[int, int, int], **more: Any) -> AnswerFacts:
    return AnswerFacts(model, identity, reason, *counts, terminal=more.pop("terminal", True), **more)


_GPT = ("gpt-5.5-2026-04-01", "chatcmpl-1")
_RESP = ("gpt-5.5-2026-04-01", "resp_1")
_CLAUDE = ("claude-opus-4-8", "msg_01")
_UNKNOWN = (-1, -1, -1)

STREAMS: tuple[tuple[str, Dialect, bytes, AnswerFacts], ...] = (
    ("text", Dialect.MESSAGES, MESSAGES_TEXT, _facts(*_CLAUDE, "end_turn", (442, 15, 400), blocks=1)),
    ("tools", Dialect.MESSAGES, MESSAGES_TOOLS, _facts(*_CLAUDE, "tool_use", (442, 88, 400), tool_calls=2, blocks=4)),
    ("refused", Dialect.MESSAGES, MESSAGES_REFUSED, _facts(*_CLAUDE, "refusal", (442, 3, 400), refused=True, blocks=1)),
    ("error", Dialect.MESSAGES, MESSAGES_ERROR, _facts(*_CLAUDE, "", (442, 1, 400), error_type="overloaded_error", blocks=1)),
    ("fallback", Dialect.MESSAGES, MESSAGES_FALLBACK, _facts(*_CLAUDE, "end_turn", (442, 9, 400), blocks=2)),
    ("text", Dialect.CHAT, CHAT_TEXT, _facts(*_GPT, "stop", (50, 7, 32))),
    ("tools", Dialect.CHAT, CHAT_TOOLS, _facts(*_GPT, "tool_calls", _UNKNOWN, tool_calls=2)),
    ("refused", Dialect.CHAT, CHAT_REFUSED, _facts(*_GPT, "stop", _UNKNOWN, refused=True)),
    ("error", Dialect.CHAT, CHAT_ERROR, _facts(*_GPT, "", _UNKNOWN, error_type="server_error")),
    ("text", Dialect.RESPONSES, RESPONSES_TEXT, _facts(*_RESP, "completed", (70, 21, 64))),
    ("tools", Dialect.RESPONSES, RESPONSES_TOOLS, _facts(*_RESP, "completed", (70, 21, 64), tool_calls=2)),
    ("refused", Dialect.RESPONSES, RESPONSES_REFUSED, _facts(*_RESP, "completed", (70, 21, 64), refused=True)),
    ("filtered", Dialect.RESPONSES, RESPONSES_FILTERED, _facts(*_RESP, "content_filter", _UNKNOWN, refused=True)),
    ("error", Dialect.RESPONSES, RESPONSES_ERROR, _facts(*_RESP, "failed", _UNKNOWN, error_type="server_error")),
)
