"""What do answers of ours have in common? Headers, the joined sentence and status words; their shape is the dialects' part.

INVARIANT P12 (no hang, no silence): a refusal always says ``x-should-retry``. ``false`` stops the official SDKs from
sending the call again; ``true`` appears only together with a short ``retry-after``: some clients sleep for whatever they are
told, and their users would see nothing meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from safeconduct.terms.call import Answer, Refusal

JSON = b"application/json"
EVENTS = b"text/event-stream; charset=utf-8"
SHORT = 10  # seconds that a client may sleep before it shows anything
encode = msgspec.json.Encoder().encode

# Error type words of the Messages API by HTTP status; OpenAI's clients read any word here.
_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def error_type(status: int) -> str:
    """The Messages API's word for a status: https://docs.claude.com/en/api/errors lists them."""
    return _TYPES.get(status) or ("invalid_request_error" if status < 500 else "api_error")


def sentence(refusal: Refusal) -> str:
    """What and why, then what to do next, as one line."""
    return f"{refusal.sentence} {refusal.mend}".strip()


def openai_error(refusal: Refusal) -> dict[str, Any]:
    """The error object of the OpenAI API, used by Chat and by JSON answers of Responses."""
    return {"message": sentence(refusal), "type": error_type(refusal.status), "param": None, "code": refusal.code}


def headers(request_id: str, content_type: bytes) -> list[tuple[bytes, bytes]]:
    """Both request id headers, because each SDK family reads its own. The gateway adds length or framing."""
    identity = _header(request_id)
    return [(b"content-type", content_type), (b"request-id", identity), (b"x-request-id", identity)]


def refusal_headers(refusal: Refusal, content_type: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Headers of a no: the ids, the stable reason code, and whether sending it again can help."""
    pairs = headers(refusal.request_id, content_type)
    pairs.append((b"x-safeconduct-reason", _header(refusal.code)))
    if refusal.retry_after > 0:
        pairs.append((b"retry-after", b"%d" % refusal.retry_after))
    pairs.append((b"x-should-retry", b"true" if worth_waiting(refusal) else b"false"))
    return tuple(pairs)


def worth_waiting(refusal: Refusal) -> bool:
    """Whether the client is to send the call again by itself, after a wait that nobody has to be told of."""
    return 0 < refusal.retry_after <= SHORT


def json_answer(status: int, pairs: Sequence[tuple[bytes, bytes]], body: dict[str, Any]) -> Answer:
    """A complete JSON answer."""
    return Answer(status, tuple(pairs), encode(body))


def plain_refusal(refusal: Refusal) -> Answer:
    """A no where no dialect is known (an unknown route): one JSON object that both SDK families can read."""
    error = {"type": error_type(refusal.status), "message": sentence(refusal), "param": None, "code": refusal.code}
    body = {"type": "error", "error": error, "request_id": refusal.request_id}
    return json_answer(refusal.status, refusal_headers(refusal, JSON), body)


def _header(text: str) -> bytes:
    """A header value from text of ours; anything but visible ASCII becomes ``?``, so a header can never be split."""
    return "".join(char if "!" <= char <= "~" else "?" for char in text).encode()
