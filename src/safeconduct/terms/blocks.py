"""A block: one text of a request or an answer, and who wrote it. Judging it is done elsewhere."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Origin(StrEnum):
    """Who wrote a text, as far as the dialect tells. What an origin is trusted with is a safeguard's question."""

    SYSTEM = "system"  # the caller's program: system prompts, developer messages, tool definitions
    USER = "user"
    ASSISTANT = "assistant"  # the model, now or in an earlier turn
    TOOL_CALL = "tool_call"  # arguments that the model wrote for a tool
    TOOL_RESULT = "tool_result"  # what a tool gave back: nobody who is party to the call wrote it
    DOCUMENT = "document"  # an attached file, page or search result: likewise
    OTHER = "other"  # fields that we do not know, identifiers, names of members


UNTRUSTED = frozenset({Origin.TOOL_RESULT, Origin.DOCUMENT})


class Direction(StrEnum):
    REQUEST = "request"
    ANSWER = "answer"


class Block(msgspec.Struct, frozen=True, gc=False):
    """``path`` is the JSON path in the request or answer; ``turn`` the index of the message, -1 outside of messages; ``tool``
    the tool's name (of a call), or the id of the call that a result answers.
    """

    path: str
    text: str
    origin: Origin
    turn: int = -1
    tool: str = ""


class ToolCall(msgspec.Struct, frozen=True):
    """A tool call that a model asks for, whole: ``arguments`` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


class Edit(msgspec.Struct, frozen=True):
    """In the text at ``path``, the code points from ``start`` to ``end`` become ``text``. Edits of one text do not overlap."""

    path: str
    start: int
    end: int
    text: str
