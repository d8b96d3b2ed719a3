"""Which texts does a request or an answer hold, and where? Every string, once, under a path that names it alone.

INVARIANT P4 (every field): no field is skipped, neither unknown ones nor tool arguments, results and schemas.

Who wrote a part is ``origins``' question; changing a text is ``edits``'. A path is ``$``, then ``.name`` or ``[index]`` for each
step down; a name that is no plain word stands as ``["name"]``, so that no two strings share a path. ``path~`` is the name of a
member itself, at its first occurrence; ``path#`` is JSON inside a string, spelled without needless escapes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from safeconduct.terms.blocks import Block, Origin

# Members of a part that identify, sort or seal it. What they hold is text, too, but nobody's words.
LABELS = frozenset(
    {
        "id",
        "type",
        "role",
        "name",
        "status",
        "model",
        "index",
        "tool_use_id",
        "tool_call_id",
        "call_id",
        "item_id",
        "server_name",
        "server_label",
        "signature",
        "encrypted_content",
        "encrypted_index",
        "stop_reason",
        "finish_reason",
        "object",
        "system_fingerprint",
        "service_tier",
        "phase",
        "detail",
        "media_type",
    }
)
# Words of the dialects and of JSON Schema. As a name or a whole value they say nothing that a detector could object to.
WORDS = frozenset(
    [
        *LABELS,
        *("content", "text", "messages", "message", "input", "output", "system", "user", "assistant", "developer", "tool"),
        *("tools", "function", "functions", "arguments", "parameters", "description", "properties", "required", "items"),
        *("string", "number", "integer", "boolean", "array", "null", "enum", "default", "anyOf", "oneOf", "allOf", "$schema"),
        *("additionalProperties", "input_schema", "strict", "stream", "max_tokens", "max_output_tokens", "temperature"),
        *("top_p", "top_k", "stop", "stop_sequences", "metadata", "user_id", "thinking", "budget_tokens", "enabled", "disabled"),
        *("cache_control", "ephemeral", "ttl", "5m", "1h", "tool_use", "tool_result", "tool_choice", "auto", "none", "any"),
        *("tool_calls", "function_call", "function_call_output", "input_text", "output_text", "input_image", "image", "source"),
        *("base64", "url", "image_url", "low", "medium", "high", "instructions", "reasoning", "effort", "summary", "store"),
        *("include", "parallel_tool_calls", "response_format", "stream_options", "include_usage", "max_completion_tokens"),
        *("prompt_cache_key", "is_error", "refusal", "annotations", "citations", "logprobs", "usage", "choices", "delta"),
        *("input_tokens", "output_tokens", "cached_tokens", "total_tokens", "prompt_tokens", "completion_tokens"),
        *("cache_creation_input_tokens", "cache_read_input_tokens", "input_tokens_details", "output_tokens_details"),
        *("content_block_start", "content_block_delta", "content_block_stop", "message_start", "message_delta", "message_stop"),
        *("text_delta", "input_json_delta", "thinking_delta", "signature_delta", "citations_delta", "ping"),
        *("chat.completion", "chat.completion.chunk", "created", "created_at", "completed_at", "default", "standard", "priority"),
        *("prompt_tokens_details", "completion_tokens_details", "reasoning_tokens", "audio_tokens", "image_tokens"),
        *("text_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens", "cache_creation"),
        *("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens", "server_tool_use", "web_search_requests"),
        *("end_turn", "stop_sequence", "completed", "in_progress", "incomplete", "response", "custom", "title", "format"),
    ]
)
_LONGEST = max(map(len, WORDS))
_LONG_NUMBER = 99_999_999  # from nine digits on a number may be an account or a card

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def below(path: str, name: str) -> str:
    """The path of a member. Two members never share one."""
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{_encode(name).decode()}]"


class Reading:
    """Gathers blocks in document order; labels, names and unknown fields come last, so that texts of neighbors stay neighbors.

    Iterative where depth is a stranger's choice. Nothing is raised on content.
    """

    __slots__ = ("_names", "labels", "texts")

    def __init__(self) -> None:
        self.texts: list[Block] = []
        self.labels: list[Block] = []
        self._names: set[str] = set()

    def done(self) -> list[Block]:
        """All blocks."""
        return self.texts + self.labels

    def name(self, path: str, name: str) -> None:
        """Take in a member's name, each once."""
        if name not in WORDS and name not in self._names:
            self._names.add(name)
            self.labels.append(Block(below(path, name) + "~", name, Origin.OTHER))

    def label(self, path: str, text: str) -> None:
        """Take in a word that identifies something."""
        if text and not (len(text) <= _LONGEST and text in WORDS):
            self.labels.append(Block(path, text, Origin.OTHER))

    def text(self, path: str, text: str, origin: Origin, turn: int = -1, tool: str = "") -> None:
        """Take in one text."""
        if not text or (len(text) <= _LONGEST and text in WORDS):
            return
        (self.labels if origin is Origin.OTHER else self.texts).append(Block(path, text, origin, turn, tool))

    def json(self, path: str, text: str, turn: int, tool: str) -> None:
        """Take in a tool's arguments as JSON text. Where escapes could hide something, also as the tool will read it."""
        self.text(path, text, Origin.TOOL_CALL, turn, tool)
        plain = unescaped(text)
        if plain is not None:
            self.text(path + "#", plain, Origin.TOOL_CALL, turn, tool)

    def part(self, path: str, part: dict[str, Any], origin: Origin, turn: int, tool: str = "") -> None:
        """Take in one part of a message: its labels as such, all else as written by ``origin``."""
        for name, value in part.items():
            self.name(path, name)
            kind = type(value)
            if kind is str:
                if name in LABELS:
                    self.label(below(path, name), value)
                else:
                    self.text(below(path, name), value, origin, turn, tool)
            elif counts(value):
                quoted = name == "citations" or name == "annotations"
                self.under(below(path, name), value, Origin.DOCUMENT if quoted else origin, turn, tool)

    def under(self, path: str, node: Any, origin: Origin, turn: int = -1, tool: str = "") -> None:
        """Take in every string from ``node`` down."""
        stack: list[tuple[str, Any]] = [(path, node)]
        while stack:
            path, node = stack.pop()
            kind = type(node)
            if kind is str:
                self.text(path, node, origin, turn, tool)
            elif kind is dict:
                children = []
                for name, child in node.items():
                    self.name(path, name)
                    if counts(child):
                        children.append((below(path, name), child))
                children.reverse()
                stack.extend(children)
            elif kind is list:
                stack.extend([(f"{path}[{at}]", node[at]) for at in range(len(node) - 1, -1, -1)])
            elif kind is int and (node > _LONG_NUMBER or node < -_LONG_NUMBER):
                self.text(path, str(node), origin, turn, tool)


def counts(node: Any) -> bool:
    """Whether there may be text in a value: there is none in small numbers, truth values and null, as most of a usage is."""
    kind = type(node)
    return kind is str or kind is dict or kind is list or (kind is int and (node > _LONG_NUMBER or node < -_LONG_NUMBER))


def unescaped(text: str) -> str | None:
    r"""JSON text spelled plainly, where ``\u`` or ``\/`` escapes hide what it says; None where they do not, or it is no JSON."""
    if "\\u" not in text and "\\/" not in text:
        return None
    try:
        plain = _encode(_decode(text)).decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return None if plain == text else plain
