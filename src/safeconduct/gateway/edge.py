"""Is this HTTP as we read it? What two parsers could read differently is refused before anything else looks at it.

Bare LF, folded lines, bad chunk framing and CL+TE are refused by httptools (llhttp in strict mode); the rest is here:
doubled headers that decide something, content codings, bounds on count and size. The raw-socket cases are tests.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_HEADERS = 128  # Claude Code sends about 35, Codex about 25
MAX_HEADER_BYTES = 32 * 1024
MAX_TARGET = 2048

Headers = list[tuple[bytes, bytes]]

# Doubled, each of these could be read one way here and another way upstream (attack table 4 and 5).
SINGLE = frozenset(
    {
        b"host",
        b"authorization",
        b"x-api-key",
        b"content-length",
        b"transfer-encoding",
        b"content-type",
        b"content-encoding",
        b"expect",
        b"anthropic-version",
    }
)


@dataclass(frozen=True, slots=True)
class EdgeFault:
    """Why the edge says no, as status, stable code, sentence and way forward."""

    status: int
    code: str
    sentence: str
    mend: str


_CHECK = "Check the client or proxy in front."
NOT_HTTP = EdgeFault(400, "not_http", "The request is not well-formed HTTP/1.1.", _CHECK)
HEADERS_TOO_LARGE = EdgeFault(
    431, "headers_too_large", "The request carries too many or too large headers.", "Send fewer headers."
)
ENCODED = EdgeFault(
    415, "content_encoding", "Compressed request bodies are not accepted here.", "Send the body without content-encoding."
)
NO_ROUTE = EdgeFault(404, "route_unknown", "This gateway does not serve this path.", "See the documented routes.")
NO_UPGRADE = EdgeFault(400, "upgrade_refused", "This gateway does not change protocols.", "Send it as plain HTTP/1.1.")
SLOW = EdgeFault(408, "too_slow", "The request did not arrive in time.", "Check the network and try again.")


def head_fault(headers: Headers, size: int, target: bytes, version: str = "1.1") -> EdgeFault | None:
    """The first thing wrong with a request head, None when it can be read one way only."""
    if version not in {"1.1", "1.0"}:
        return EdgeFault(505, "http_version", "The request is not HTTP/1.1.", _CHECK)
    if len(headers) > MAX_HEADERS or size > MAX_HEADER_BYTES:
        return HEADERS_TOO_LARGE
    if len(target) > MAX_TARGET:
        return EdgeFault(414, "target_too_long", "The request target is too long.", "Use the documented paths.")
    seen: set[bytes] = set()
    for name, value in headers:
        if name in SINGLE:
            if name in seen:
                return _bad("header_repeated", f"The header {name.decode('ascii', 'replace')} stands twice.")
            seen.add(name)
            if fault := _value_fault(name, value):
                return fault
        elif b"_" in name and name.replace(b"_", b"-") in SINGLE:
            return _bad("header_lookalike", "A header name imitates another one with an underscore.")
    if b"transfer-encoding" in seen:
        if version == "1.0":
            return _bad("framing", "A transfer coding does not exist in HTTP/1.0.")
        if b"content-length" in seen:
            return _bad("framing", "The request has both a content length and a transfer coding.")
    if b"host" not in seen:
        return _bad("host_missing", "The request names no host.")
    return None


def _value_fault(name: bytes, value: bytes) -> EdgeFault | None:
    """What is wrong with the value of one header that decides something."""
    if name == b"transfer-encoding":
        if value.lower() != b"chunked":
            return _bad("transfer_encoding", "The transfer coding is not chunked.")
    elif name == b"content-length":
        if not value.isdigit() or len(value) > 15:
            return _bad("content_length", "The content length is not a number.")
    elif name == b"content-encoding":
        if value.lower() not in {b"", b"identity"}:
            return ENCODED
    elif name == b"expect" and value.lower() != b"100-continue":
        return EdgeFault(417, "expectation", "The expectation cannot be met.", "Send the request without expect.")
    return None


def credential(headers: Headers) -> tuple[bytes, EdgeFault | None]:
    """The presented credential: ``authorization: Bearer`` or ``x-api-key``; both only when they are equal (apiKeyHelper)."""
    bearer = api_key = b""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            if scheme.lower() != b"bearer":
                return b"", EdgeFault(
                    401,
                    "credential_scheme",
                    "The authorization header is not a bearer token.",
                    "Send your key as a bearer token.",
                )
            bearer = rest.strip()
        elif name == b"x-api-key":
            api_key = value.strip()
    if bearer and api_key and bearer != api_key:
        return b"", EdgeFault(401, "credential_conflict", "Two different credentials were sent.", "Send exactly one key.")
    return bearer or api_key, None


def _bad(code: str, sentence: str) -> EdgeFault:
    return EdgeFault(400, code, sentence, _CHECK)
