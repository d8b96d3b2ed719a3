"""The request types of the official SDKs, by dialect, and small requests for tests."""

from __future__ import annotations

from typing import Any

import anthropic.types
import anthropic.types.beta.message_count_tokens_params as beta_count
import anthropic.types.beta.message_create_params as beta_create
import msgspec
from openai.types.chat.completion_create_params import CompletionCreateParams
from openai.types.responses.response_create_params import ResponseCreateParams

from safeconduct.terms.call import CallView, Dialect, Operation, Refusal
from safeconduct.wire.dialect import of

# Name, dialect, operation and request type of every call the SDKs can send through us.
REQUEST_TYPES: tuple[tuple[str, Dialect, Operation, Any], ...] = (
    ("messages", Dialect.MESSAGES, Operation.GENERATE, anthropic.types.MessageCreateParams),
    ("messages_beta", Dialect.MESSAGES, Operation.GENERATE, beta_create.MessageCreateParams),
    ("count_tokens", Dialect.MESSAGES, Operation.COUNT_TOKENS, anthropic.types.MessageCountTokensParams),
    ("count_tokens_beta", Dialect.MESSAGES, Operation.COUNT_TOKENS, beta_count.MessageCountTokensParams),
    ("chat", Dialect.CHAT, Operation.GENERATE, CompletionCreateParams),
    ("responses", Dialect.RESPONSES, Operation.GENERATE, ResponseCreateParams),
)

DENIED = Refusal(403, "instrument_forbids", "A license is required.", "Ask your access officer.", "req_7")
PAUSED = Refusal(429, "throttled", "Too many calls.", "Wait a moment.", "req_8", retry_after=3)


def read(dialect: Dialect, request: dict[str, Any], operation: Operation = Operation.GENERATE) -> CallView:
    """Read a request given as a tree; a model is added where it names none."""
    return of(dialect).read(msgspec.json.encode({"model": "m"} | request), operation)
