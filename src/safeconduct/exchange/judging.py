"""How is a judge model asked over a provider's dialect, and how is its answer read there? Bytes in, bytes out."""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.safeguards.judging import Judgment, Question, judgment
from safeconduct.terms.call import Dialect
from safeconduct.wire.sse import json_object, members, word
from safeconduct.wire.sse import member as within

MOST_TOKENS: Final = 120  # of an answer that is one small JSON object
PATHS: Final = {
    Dialect.MESSAGES: b"/v1/messages",
    Dialect.CHAT: b"/chat/completions",
    Dialect.RESPONSES: b"/responses",
}
HEADERS: Final = b"content-type: application/json\r\naccept: application/json\r\n"
MESSAGES_HEADERS: Final = HEADERS + b"anthropic-version: 2023-06-01\r\n"
_encode = msgspec.json.Encoder().encode


def asked(dialect: Dialect, model: str, question: Question) -> tuple[bytes, bytes, bytes]:
    """Path, header lines and body of the call to the judge. ``model`` is the name that the provider knows it by.

    INVARIANT (P11): nothing in it tells who is judged.
    """
    match dialect:
        case Dialect.MESSAGES:
            said: dict[str, object] = {
                "model": model,
                "max_tokens": MOST_TOKENS,
                "system": question.system,
                "messages": [{"role": "user", "content": question.user}],
            }
            return PATHS[dialect], MESSAGES_HEADERS, _encode(said)
        case Dialect.CHAT:
            said = {
                "model": model,
                "max_completion_tokens": MOST_TOKENS,
                "messages": [{"role": "system", "content": question.system}, {"role": "user", "content": question.user}],
            }
        case Dialect.RESPONSES:
            said = {
                "model": model,
                "max_output_tokens": MOST_TOKENS,
                "instructions": question.system,
                "input": [{"role": "user", "content": question.user}],
                "store": False,
            }
    return PATHS[dialect], HEADERS, _encode(said)


def judged(dialect: Dialect, status: int, raw: bytes) -> Judgment | None:
    """What the judge said; None when that is no judgment: an error, a refusal, an unfinished or a longer answer."""
    if status != 200:
        return None
    tree = json_object(raw)
    if tree is None:
        return None
    match dialect:
        case Dialect.MESSAGES:
            done = word(tree, "stop_reason") == "end_turn"
            texts = [word(block, "text") for block in members(tree, "content") if block.get("type") == "text"]
        case Dialect.CHAT:
            choices = members(tree, "choices")
            done = len(choices) == 1 and word(choices[0], "finish_reason") == "stop"
            texts = [word(within(choice, "message"), "content") for choice in choices]
        case Dialect.RESPONSES:
            done = word(tree, "status") == "completed"
            items = [item for item in members(tree, "output") if item.get("type") == "message"]
            texts = [
                word(part, "text") for item in items for part in members(item, "content") if part.get("type") == "output_text"
            ]
    return judgment("".join(texts)) if done else None
