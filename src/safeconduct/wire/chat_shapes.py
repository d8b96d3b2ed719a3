"""Which parts of a Chat answer do we decode by type, and not as any object? The shapes; ``chat`` reads their meaning.

They stand alone because ``chat`` is compiled and ``msgspec`` builds its classes while Python runs.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Delta(msgspec.Struct, gc=False):
    tool_calls: Any = None
    function_call: Any = None
    refusal: Any = None
    audio: Any = None


class Choice(msgspec.Struct, gc=False):
    delta: Delta
    finish_reason: Any = None


class Chunk(msgspec.Struct, gc=False):
    """What of a chunk could carry facts; decoding only this is cheaper than looking for names in the bytes."""

    choices: list[Choice]
    usage: Any = None
    error: Any = None


class Details(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class Usage(msgspec.Struct, gc=False):
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: Details | None = None


class Message(msgspec.Struct, gc=False):
    content: str
    tool_calls: None = None
    function_call: None = None
    refusal: None = None


class Said(msgspec.Struct, gc=False):
    message: Message
    finish_reason: str


class Completion(msgspec.Struct, gc=False):
    """The everyday answer: text, no tools, no error. Any other shape is read the thorough way."""

    id: str
    model: str
    choices: list[Said]
    usage: Usage
    error: None = None
