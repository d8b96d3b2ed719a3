"""A call, as read: what the caller asked for, in which dialect, and which fields choose something.

These are msgspec structs: a call makes one of each, and they cost a fifth of a frozen dataclass.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec


class Dialect(StrEnum):
    MESSAGES = "messages"
    CHAT = "chat"
    RESPONSES = "responses"


class Operation(StrEnum):
    GENERATE = "generate"
    COUNT_TOKENS = "count_tokens"


_CALLERS: Final = frozenset({"function", "custom"})  # types of tools that only the caller's program runs


class Selections(msgspec.Struct, frozen=True):
    """Fields that choose something and are therefore decided, never passed on unread (P4).

    fallbacks: models the provider may use instead. hosts: host names the provider is asked to contact (remote tools,
    URLs of images and files). resources: ids of things stored at the provider (files, containers, previous responses,
    conversations, vector stores, prompts). programs: access programs the client claims. tools: declared tool names and types.
    """

    fallbacks: tuple[str, ...] = ()
    hosts: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    programs: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()

    @property
    def unseen(self) -> bool:
        """Whether the model may read texts that the request does not hold: stored ones, and what tools of the provider find."""
        return bool(self.resources or self.hosts) or any(each.partition(":")[0] not in _CALLERS for each in self.tools)


class CallView(msgspec.Struct, frozen=True):
    """One request body, read strictly. ``tree`` is the decoded JSON of exactly ``body``; nobody edits it in place."""

    dialect: Dialect
    operation: Operation
    body: bytes
    tree: dict[str, Any]
    model: str
    stream: bool
    selections: Selections
    max_output_tokens: int


class Refusal(msgspec.Struct, frozen=True):
    """A no, before it is put into a dialect. ``status`` is the HTTP status for a JSON answer.

    ``sentence`` says what and why; ``mend`` what to do next. ``retry_after`` in seconds only where a wait helps.
    """

    status: int
    code: str
    sentence: str
    mend: str
    request_id: str
    retry_after: int = 0


class Answer(msgspec.Struct, frozen=True):
    """A complete HTTP answer of ours: status, header pairs (lower-case names) and body."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class AnswerFacts(msgspec.Struct):
    """What was read from a provider's answer, filled while it passes. Tokens are -1 while unknown.

    ``stored`` holds ids of things the provider stored for this caller while it answered (containers, files, audio). ``blocks``
    is how many content blocks of a Messages answer have begun.
    """

    served_model: str = ""
    response_id: str = ""
    stop_reason: str = ""
    input_tokens: int = -1
    output_tokens: int = -1
    cached_tokens: int = -1
    tool_calls: int = 0
    blocks: int = 0
    refused: bool = False
    terminal: bool = False  # the dialect's own end was seen
    error_type: str = ""
    unreadable: bool = False
    stored: list[str] = []
