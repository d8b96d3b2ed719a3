"""Streams that say a text in one particular way, for every way that a dialect has; and what a client reads from a stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from safeconduct.terms.call import Dialect
from safeconduct.wire.sse import data_of, events_of
from support.wire_streams import chat_chunk, messages_event, responses_event

Pieces = Sequence[str]


def _block(block: dict[str, Any], *deltas: dict[str, Any]) -> bytes:
    parts = [messages_event("content_block_start", index=0, content_block=block)]
    parts += [messages_event("content_block_delta", index=0, delta=delta) for delta in deltas]
    return b"".join((*parts, messages_event("content_block_stop", index=0)))


def _message(inside: bytes) -> bytes:
    start = messages_event("message_start", message={"id": "msg_01", "role": "assistant", "model": "m", "content": []})
    return start + inside + messages_event("message_delta", delta={"stop_reason": "end_turn"}) + messages_event("message_stop")


def _messages(kind: str, field: str, block: dict[str, Any]) -> Callable[[Pieces], bytes]:
    return lambda pieces: _message(_block(block, *({"type": kind, field: piece} for piece in pieces)))


def _two_blocks(pieces: Pieces) -> bytes:
    return _message(b"".join(_block({"type": "text", "text": ""}, {"type": "text_delta", "text": piece}) for piece in pieces))


def _citation(pieces: Pieces) -> bytes:
    cited = {"type": "citations_delta", "citation": {"cited_text": "".join(pieces), "document_title": "d"}}
    return _message(_block({"type": "text", "text": ""}, cited))


def _chat(make: Callable[[str], dict[str, Any]]) -> Callable[[Pieces], bytes]:
    def stream(pieces: Pieces) -> bytes:
        chunks = [chat_chunk({"role": "assistant", "content": ""}), *(chat_chunk(make(piece)) for piece in pieces)]
        return b"".join((*chunks, chat_chunk({}, "stop"), b"data: [DONE]\n\n"))

    return stream


def _chat_call(pieces: Pieces) -> bytes:
    def call(piece: str, **more: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": 0, "function": {**more, "arguments": piece}, **({"id": "c1"} if more else {})}]}

    begin = chat_chunk(call("", name="f"))
    return begin + b"".join(chat_chunk(call(piece)) for piece in pieces) + chat_chunk({}, "tool_calls") + b"data: [DONE]\n\n"


def _chat_chances(pieces: Pieces) -> bytes:
    def chunk(piece: str) -> bytes:
        chances = {"content": [{"token": piece, "logprob": -0.5, "bytes": None, "top_logprobs": []}], "refusal": None}
        return chat_chunk({"content": "x"}, choices=[{"index": 0, "delta": {"content": "x"}, "logprobs": chances}])

    return b"".join(map(chunk, pieces)) + chat_chunk({}, "stop") + b"data: [DONE]\n\n"


def _responses(stem: str, field: str, item: Callable[[str], dict[str, Any]]) -> Callable[[Pieces], bytes]:
    def stream(pieces: Pieces) -> bytes:
        at = {"item_id": "it_1", "output_index": 0, "content_index": 0}
        whole = "".join(pieces)
        events = [responses_event("response.created", 0, response={"id": "resp_1", "output": []})]
        events += [responses_event("response.output_item.added", 1, output_index=0, item=item(""))]
        events += [responses_event(f"{stem}.delta", 2 + n, delta=piece, **at) for n, piece in enumerate(pieces)]
        events += [responses_event(f"{stem}.done", 100, **{field: whole}, **at)]
        events += [responses_event("response.output_item.done", 101, output_index=0, item=item(whole))]
        response = {"id": "resp_1", "status": "completed", "output": [item(whole)]}
        return b"".join((*events, responses_event("response.completed", 102, response=response)))

    return stream


def _said(kind: str, field: str) -> Callable[[str], dict[str, Any]]:
    return lambda text: {"type": "message", "id": "it_1", "role": "assistant", "content": [{"type": kind, field: text}]}


WAYS: dict[str, tuple[Dialect, Callable[[Pieces], bytes]]] = {
    "messages text": (Dialect.MESSAGES, _messages("text_delta", "text", {"type": "text", "text": ""})),
    "messages two blocks": (Dialect.MESSAGES, _two_blocks),
    "messages citation": (Dialect.MESSAGES, _citation),
    "messages tool": (
        Dialect.MESSAGES,
        _messages("input_json_delta", "partial_json", {"type": "tool_use", "id": "t", "name": "f", "input": {}}),
    ),
    "messages unknown delta": (Dialect.MESSAGES, _messages("new_delta", "words", {"type": "new"})),
    "chat text": (Dialect.CHAT, _chat(lambda piece: {"content": piece})),
    "chat refusal": (Dialect.CHAT, _chat(lambda piece: {"refusal": piece})),
    "chat reasoning": (Dialect.CHAT, _chat(lambda piece: {"reasoning_content": piece})),
    "chat function": (Dialect.CHAT, _chat(lambda piece: {"function_call": {"arguments": piece}})),
    "chat tool": (Dialect.CHAT, _chat_call),
    "responses text": (Dialect.RESPONSES, _responses("response.output_text", "text", _said("output_text", "text"))),
    "responses refusal": (Dialect.RESPONSES, _responses("response.refusal", "refusal", _said("refusal", "refusal"))),
    "responses arguments": (
        Dialect.RESPONSES,
        _responses(
            "response.function_call_arguments",
            "arguments",
            lambda text: {"type": "function_call", "call_id": "c", "name": "f", "arguments": text},
        ),
    ),
    "responses custom tool": (
        Dialect.RESPONSES,
        _responses(
            "response.custom_tool_call_input",
            "input",
            lambda text: {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": text},
        ),
    ),
    "responses summary": (
        Dialect.RESPONSES,
        _responses(
            "response.reasoning_summary_text",
            "text",
            lambda text: {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": text}]},
        ),
    ),
}
SEALED: dict[str, tuple[Dialect, Callable[[Pieces], bytes]]] = {
    "messages thinking": (
        Dialect.MESSAGES,
        _messages("thinking_delta", "thinking", {"type": "thinking", "thinking": "", "signature": ""}),
    ),
    "chat chances": (Dialect.CHAT, _chat_chances),
}


def strings(stream: bytes) -> list[str]:
    """Every string in the events of a stream."""
    found: list[str] = []
    for event in events_of(stream):
        data, _ = data_of(event)
        stack = [msgspec.json.decode(data)] if data.startswith(b"{") else []
        while stack:
            node = stack.pop()
            if isinstance(node, dict):
                stack.extend(node.values())
            elif isinstance(node, list):
                stack.extend(node)
            elif isinstance(node, str):
                found.append(node)
    return found


def read(dialect: Dialect, stream: bytes) -> str:
    """What a client could join from the pieces of a stream, whatever channel they came on."""
    joined: dict[str, str] = {}
    for event in events_of(stream):
        data, _ = data_of(event)
        if not data.startswith(b"{"):
            continue
        tree = msgspec.json.decode(data)
        stack: list[tuple[str, Any]] = [(dialect.value, tree.get("delta", tree.get("choices", "")))]
        while stack:
            path, node = stack.pop()
            if isinstance(node, dict):
                stack.extend((f"{path}.{name}", child) for name, child in node.items() if name not in ("type", "role", "token"))
            elif isinstance(node, list):
                stack.extend((f"{path}[{at}]", child) for at, child in enumerate(node))
            elif isinstance(node, str):
                joined[path] = joined.get(path, "") + node
    return "\n".join(joined.values())
