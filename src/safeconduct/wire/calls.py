"""Which tool calls does an answer ask for? Whole ones, in each dialect; whether they may be made is judged elsewhere.

Calls of the provider's own tools count, too: what they did is done, but the answer that tells of it can still be stopped.
"""

from __future__ import annotations

from typing import Any

import msgspec

from safeconduct.terms.blocks import ToolCall
from safeconduct.wire.sse import member, members, word

_encode = msgspec.json.Encoder().encode
_FRAME = frozenset({"id", "call_id", "type", "status", "namespace", "output", "outputs", "results", "result", "error"})


def messages(tree: dict[str, Any]) -> list[ToolCall]:
    """The calls of a Messages answer."""
    return [call for block in members(tree, "content") if (call := of_block(block)) is not None]


def chat(tree: dict[str, Any]) -> list[ToolCall]:
    """The calls of a Chat answer, of all its choices."""
    found = []
    for choice in members(tree, "choices"):
        message = member(choice, "message")
        found += [of_chat(call) for call in members(message, "tool_calls")]
        if message.get("function_call"):
            found.append(of_chat({"function": message["function_call"]}))
    return found


def responses(tree: dict[str, Any]) -> list[ToolCall]:
    """The calls of a Responses answer."""
    return [call for item in members(tree, "output") if (call := of_item(item)) is not None]


def of_block(block: dict[str, Any]) -> ToolCall | None:
    """The call in a content block of Messages; None when it is none."""
    if not word(block, "type").endswith("tool_use"):
        return None
    return ToolCall(word(block, "id"), _named(block), spelled(block.get("input")))


def of_chat(call: dict[str, Any]) -> ToolCall:
    """A call of Chat: of a function, or of a custom tool, whose input is free text."""
    inner = member(call, "function") or member(call, "custom")
    given = inner.get("arguments", inner.get("input"))
    return ToolCall(word(call, "id"), word(inner, "name") or word(call, "type"), spelled(given))


def of_item(item: dict[str, Any]) -> ToolCall | None:
    """The call in an item of Responses; None when it is none. Built-in tools are named by their item's type."""
    kind = word(item, "type")
    if not kind.endswith(("_call", "_approval_request")):
        return None
    given = item.get("arguments", item.get("input", item.get("action")))
    if given is None:
        given = {name: value for name, value in item.items() if name not in _FRAME}
    return ToolCall(word(item, "call_id") or word(item, "id"), _named(item) or kind, spelled(given))


def spelled(given: Any) -> str:
    """Arguments as JSON text: as the model wrote them, or written by us where the dialect carries them as an object."""
    return given if type(given) is str else _encode({} if given is None else given).decode()


def _named(call: dict[str, Any]) -> str:
    """A tool of a remote server is named with its server, as Claude Code does."""
    server, name = word(call, "server_label") or word(call, "server_name"), word(call, "name")
    return f"mcp__{server}__{name}" if server else name
