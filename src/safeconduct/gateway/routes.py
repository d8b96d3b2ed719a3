"""Which requests does the gateway know? One table.

INVARIANT (P4): what is not in the table is refused; no path passes on the strength of looking like a known one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from safeconduct.terms.call import Dialect, Operation


class Kind(StrEnum):
    CALL = "call"
    MODELS = "models"
    MODEL = "model"
    PROBE = "probe"
    HEALTH = "health"
    READY = "ready"
    METRICS = "metrics"
    UPGRADE = "upgrade"
    OWN = "own"
    APPEAL = "appeal"


@dataclass(frozen=True, slots=True)
class Route:
    """One known request. ``upstream_path`` is relative to the provider's base URL in the form its SDK expects."""

    kind: Kind
    dialect: Dialect | None = None
    operation: Operation = Operation.GENERATE
    upstream_path: bytes = b""
    credential: bool = True  # whether the caller must present one


_MESSAGES = Route(Kind.CALL, Dialect.MESSAGES, Operation.GENERATE, b"/v1/messages")
_COUNT = Route(Kind.CALL, Dialect.MESSAGES, Operation.COUNT_TOKENS, b"/v1/messages/count_tokens")
_CHAT = Route(Kind.CALL, Dialect.CHAT, Operation.GENERATE, b"/chat/completions")
_RESPONSES = Route(Kind.CALL, Dialect.RESPONSES, Operation.GENERATE, b"/responses")

ROUTES: dict[tuple[bytes, bytes], Route] = {
    (b"POST", b"/v1/messages"): _MESSAGES,
    (b"POST", b"/v1/messages/count_tokens"): _COUNT,
    (b"POST", b"/v1/chat/completions"): _CHAT,
    (b"POST", b"/v1/responses"): _RESPONSES,
    (b"GET", b"/v1/models"): Route(Kind.MODELS),
    (b"GET", b"/v1/safeconduct/me"): Route(Kind.OWN),
    (b"POST", b"/v1/safeconduct/appeal"): Route(Kind.APPEAL),
    (b"GET", b"/v1/responses"): Route(Kind.UPGRADE, Dialect.RESPONSES, credential=False),
    (b"HEAD", b"/"): Route(Kind.PROBE, credential=False),
    (b"GET", b"/"): Route(Kind.PROBE, credential=False),
    (b"GET", b"/healthz"): Route(Kind.HEALTH, credential=False),
    (b"GET", b"/readyz"): Route(Kind.READY, credential=False),
    (b"GET", b"/metrics"): Route(Kind.METRICS, credential=False),
}
_MODEL = Route(Kind.MODEL)
_MODEL_PREFIX = b"/v1/models/"


def find(method: bytes, path: bytes) -> Route | None:
    """The route of a method and a path without its query; exact bytes, no decoding, no folding (attack table 8)."""
    route = ROUTES.get((method, path))
    if route is None and method == b"GET" and path.startswith(_MODEL_PREFIX) and len(path) > len(_MODEL_PREFIX):
        return _MODEL
    return route


def dialect_of(path: bytes) -> Dialect | None:
    """The dialect an unknown request most likely speaks, so that its no can be understood."""
    if path.startswith(b"/v1/messages"):
        return Dialect.MESSAGES
    if path.startswith(b"/v1/chat"):
        return Dialect.CHAT
    if path.startswith(b"/v1/responses"):
        return Dialect.RESPONSES
    return None
