"""Who wrote which part of a request or an answer, as far as each dialect tells? Every string of it as blocks (P4).

Source: the request types of the ``anthropic`` and ``openai`` SDKs. A part of a kind that we do not know is nobody's words
(``other``) unless its name says that a tool gave it back: then it is untrusted like any other result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from safeconduct.terms.blocks import Block, Origin
from safeconduct.wire.blocks import Reading, below, counts

_ROLES = {
    "system": Origin.SYSTEM,
    "developer": Origin.SYSTEM,
    "user": Origin.USER,
    "assistant": Origin.ASSISTANT,
    "tool": Origin.TOOL_RESULT,
    "function": Origin.TOOL_RESULT,
}
# Parts in which whoever has the role speaks.
_SPOKEN = frozenset(
    [
        *("text", "input_text", "output_text", "refusal", "message", "thinking", "redacted_thinking"),
        *("reasoning", "reasoning_text", "summary_text", "compaction", "mid_conv_system"),
    ]
)
_DOCUMENTS = frozenset(
    ["document", "search_result", "image", "image_url", "input_image", "input_file", "file", "input_audio", "container_upload"]
)
_PROGRAM = frozenset(["system", "instructions", "tools", "functions", "tool_choice", "function_call", "response_format"])
_LISTED = "mcp_list_tools"  # what a remote server says of its tools
_GIVEN_BACK = frozenset(["output", "outputs", "results", "result", "error", "logs", "tools"])  # of a call that the provider made


def messages(tree: dict[str, Any]) -> list[Block]:
    """Blocks of an Anthropic Messages request."""
    return _request(tree, "messages", _PROGRAM | {"mcp_servers"})


def chat(tree: dict[str, Any]) -> list[Block]:
    """Blocks of a Chat Completions request."""
    return _request(tree, "messages", _PROGRAM)


def responses(tree: dict[str, Any]) -> list[Block]:
    """Blocks of a Responses request."""
    return _request(tree, "input", _PROGRAM | {"text", "prompt"})


def messages_answer(tree: dict[str, Any]) -> list[Block]:
    """Blocks of a Messages answer, which is a message itself."""
    reading = Reading()
    if type(tree.get("content")) is list:
        _message(reading, "$", tree, 0, "assistant")
    else:
        reading.under("$", tree, Origin.OTHER)
    return reading.done()


def chat_answer(tree: dict[str, Any]) -> list[Block]:
    """Blocks of a Chat answer: every choice, and whatever stands beside them."""
    reading = Reading()
    for name, value in tree.items():
        reading.name("$", name)
        if name == "choices" and type(value) is list:
            _each(reading, "$.choices", value, _choice)
        elif counts(value):
            reading.under(below("$", name), value, Origin.OTHER)
    return reading.done()


def responses_answer(tree: dict[str, Any]) -> list[Block]:
    """Blocks of a Responses answer. It repeats instructions and tools of the request, which stay the program's words."""
    reading = Reading()
    response(reading, "$", tree)
    return reading.done()


def response(reading: Reading, path: str, tree: dict[str, Any]) -> None:
    """Take in a response object, wherever it stands."""
    for name, value in tree.items():
        reading.name(path, name)
        where = below(path, name)
        if name == "output" and type(value) is list:
            _each(reading, where, value, said)
        elif name in _PROGRAM or name == "text" or name == "prompt":
            reading.under(where, value, Origin.SYSTEM)
        else:
            reading.under(where, value, Origin.OTHER)


def said(reading: Reading, path: str, item: dict[str, Any], turn: int) -> None:
    """Take in one item or content block that an answer brings."""
    if "role" in item or item.get("type") == "message":
        _message(reading, path, item, turn, "assistant")
    else:
        part(reading, path, item, Origin.ASSISTANT, turn)


def part(reading: Reading, path: str, part: dict[str, Any], role: Origin, turn: int) -> None:
    """Take in one part of a message of ``role``, by its kind."""
    kind = part.get("type")
    if kind is None or (type(kind) is str and kind in _SPOKEN):
        reading.part(path, part, role, turn)
    elif type(kind) is not str:
        reading.part(path, part, Origin.OTHER, turn)
    elif kind.endswith(("_result", "_output", "_response")) or kind == _LISTED:
        origin = Origin.USER if kind == "mcp_approval_response" else Origin.TOOL_RESULT
        origin = Origin.DOCUMENT if kind in _DOCUMENTS else origin
        reading.part(path, part, origin, turn, _word(part, "tool_use_id") or _word(part, "call_id"))
    elif kind in _DOCUMENTS:
        reading.part(path, part, Origin.DOCUMENT, turn)
    elif kind.endswith(("tool_use", "_call", "_request")) or kind in ("function", "custom"):
        _call(reading, path, part, turn)
    else:
        reading.part(path, part, Origin.OTHER, turn)


def _request(tree: dict[str, Any], spoken: str, program: frozenset[str]) -> list[Block]:
    reading = Reading()
    for name, value in tree.items():
        reading.name("$", name)
        path = below("$", name)
        if name == spoken:
            if type(value) is list:
                _each(reading, path, value, _message)
            else:
                reading.under(path, value, Origin.USER, 0)
        elif name in program:
            reading.under(path, value, Origin.SYSTEM)
        else:
            reading.under(path, value, Origin.OTHER)
    return reading.done()


def _each(reading: Reading, path: str, entries: list[Any], take: Callable[[Reading, str, dict[str, Any], int], None]) -> None:
    for at, entry in enumerate(entries):
        if type(entry) is dict:
            take(reading, f"{path}[{at}]", entry, at)
        else:
            reading.under(f"{path}[{at}]", entry, Origin.OTHER, at)


def _message(reading: Reading, path: str, message: dict[str, Any], turn: int, default: str | None = None) -> None:
    """A message of any dialect, or an item of Responses that is none. ``default`` is the role of one that names none."""
    role = message.get("role", default)
    if role is None:
        part(reading, path, message, Origin.ASSISTANT, turn)  # an item of Responses; the model's, unless its kind says otherwise
        return
    origin = _ROLES.get(role, Origin.OTHER) if type(role) is str else Origin.OTHER
    tool = (_word(message, "tool_call_id") or _word(message, "name")) if origin is Origin.TOOL_RESULT else ""
    for name, value in message.items():
        kind = type(value)
        if name == "content" and kind is str:
            reading.text(path + ".content", value, origin, turn, tool)
        elif name == "content" and kind is list and origin is not Origin.TOOL_RESULT:
            for at, entry in enumerate(value):
                if type(entry) is dict:
                    part(reading, f"{path}.content[{at}]", entry, origin, turn)
                else:
                    reading.under(f"{path}.content[{at}]", entry, origin, turn)
        elif name == "tool_calls" and kind is list:
            for at, call in enumerate(value):
                _tool_call(reading, f"{path}.tool_calls[{at}]", call, turn)
        elif name == "function_call" and kind is dict:
            _call(reading, path + ".function_call", value, turn)
        elif kind is not type(None):
            reading.part(path, {name: value}, origin, turn, tool)


def _tool_call(reading: Reading, path: str, call: Any, turn: int) -> None:
    """One tool call of a Chat message: the function, or the custom tool, stands in an object of its own."""
    if type(call) is not dict:
        reading.under(path, call, Origin.TOOL_CALL, turn)
        return
    for name, value in call.items():
        if type(value) is dict:
            _call(reading, below(path, name), value, turn)
        else:
            reading.part(path, {name: value}, Origin.TOOL_CALL, turn)


def _call(reading: Reading, path: str, call: dict[str, Any], turn: int) -> None:
    """A call of a tool, and what the provider's own tools gave back within it."""
    tool = _word(call, "name") or _word(call, "type")
    for name, value in call.items():
        if name == "arguments" and type(value) is str:
            reading.json(f"{path}.arguments", value, turn, tool)
        elif name in _GIVEN_BACK:
            reading.under(below(path, name), value, Origin.TOOL_RESULT, turn, _word(call, "id"))
        else:
            reading.part(path, {name: value}, Origin.TOOL_CALL, turn, tool)


def _choice(reading: Reading, path: str, choice: dict[str, Any], turn: int) -> None:
    for name, value in choice.items():
        reading.name(path, name)
        if name in ("message", "delta") and type(value) is dict:
            _message(reading, f"{path}.{name}", value, turn, "assistant")
        elif counts(value):
            reading.under(below(path, name), value, Origin.ASSISTANT if name == "logprobs" else Origin.OTHER, turn)


def _word(tree: dict[str, Any], name: str) -> str:
    value = tree.get(name)
    return value if type(value) is str else ""
