"""What reached the simulated provider? A bounded ring for tests to count and read; secrets only as length and hash."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

KEPT = 200  # arrivals
KEPT_PROMPTS = 10_000
KEPT_BODY = 128 * 1024  # bytes of each body; the hash covers all of it
SECRET_HEADERS = frozenset({"authorization", "x-api-key", "api-key", "cookie", "proxy-authorization", "openai-ephemeral-key"})


def fingerprint(secret: str) -> str:
    """How a secret is shown: its length and the start of its SHA-256, so that tests can tell which one it was."""
    return f"redacted:{len(secret)}:{hashlib.sha256(secret.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def shown(headers: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Header pairs with lower-case names and every secret value replaced by its fingerprint."""
    return tuple((name, _shown_value(name, value)) for name, value in headers)


def _shown_value(name: str, value: str) -> str:
    if name not in SECRET_HEADERS:
        return value
    scheme, space, secret = value.partition(" ")
    return f"{scheme} {fingerprint(secret)}" if space and scheme.lower() == "bearer" else fingerprint(value)


@dataclass(slots=True)
class Arrival:
    """One request as received. ``outcome`` is ``open``, ``done``, ``torn`` (by script) or ``left`` (the caller hung up)."""

    seq: int
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    credential: str
    body_bytes: int
    body_sha256: str
    body: bytes = field(repr=False)
    model: str = ""
    stream: bool = False
    status: int = 0
    events: int = 0
    outcome: str = "open"

    def header(self, name: str) -> str:
        """The first value of a header, or the empty text."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def as_json(self) -> dict[str, Any]:
        """For the inspection page; the body as text, cut to what is kept."""
        request = ("seq", "method", "path", "query", "credential", "body_bytes", "body_sha256", "model", "stream")
        names = (*request, "status", "events", "outcome")
        shown_body = self.body.decode("utf-8", "replace")
        return {**{name: getattr(self, name) for name in names}, "headers": [list(h) for h in self.headers], "body": shown_body}


class Ring:
    """The last KEPT arrivals, and how often each of the last KEPT_PROMPTS prompts has been asked."""

    def __init__(self) -> None:
        self._kept: deque[Arrival] = deque(maxlen=KEPT)
        self._seen: dict[str, int] = {}
        self._next = 1

    def note(self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes) -> Arrival:
        """Record a request and return its entry, whose later fields the server fills."""
        digest = hashlib.sha256(body).hexdigest()
        names = {name for name, _ in headers}
        credential = next((name for name in ("x-api-key", "authorization") if name in names), "")
        kept = (shown(headers), credential, len(body), digest, body[:KEPT_BODY])
        arrival = Arrival(self._next, method, path, query, *kept)
        self._next += 1
        self._kept.append(arrival)
        return arrival

    def seen_before(self, path: str, prompt: str, step: int) -> int:
        """How often this was asked before now. By prompt, not by bytes: a client that tries again may add what it learned."""
        digest = hashlib.sha256(f"{path} {step} {prompt}".encode("utf-8", "surrogatepass")).hexdigest()
        times = self._seen.pop(digest, 0)
        self._seen[digest] = times + 1
        if len(self._seen) > KEPT_PROMPTS:
            del self._seen[next(iter(self._seen))]
        return times

    def all(self) -> tuple[Arrival, ...]:
        return tuple(self._kept)

    def clear(self) -> None:
        self._kept.clear()
