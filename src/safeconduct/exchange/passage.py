"""Which headers may pass, in each direction?

An allow-list both ways: what is not named here does not travel (attack table 4 and 7).

INVARIANT (P11): identity, credentials, cookies, organization choice and forwarding headers of the client are never seen
upstream; an answer of the provider cannot speak in our name either.
"""

from __future__ import annotations

Headers = tuple[tuple[bytes, bytes], ...]

# Requests. The Claude Code contract asks for every anthropic-* header verbatim; Codex keeps its state in x-codex-*.
REQUEST_PREFIXES = (b"anthropic-", b"x-codex-", b"x-stainless-")
REQUEST_EXACT = frozenset(
    {
        b"accept",
        b"user-agent",
        b"openai-beta",
        b"session_id",
        b"session-id",
        b"conversation_id",
        b"thread_id",
        b"thread-id",
        b"originator",
        b"version",
        b"x-client-request-id",
        b"x-app",
    }
)
# A header of these names would choose an account, a program or a host: never taken from the client, nor with underscores,
# which many servers read as hyphens.
REQUEST_NEVER = frozenset(
    {b"anthropic-organization-id", b"anthropic-workspace-id", b"anthropic-account-id", b"anthropic-user-profile-id"}
)
# INVARIANT (P3): the body was read as JSON in UTF-8, so that is what the provider is told, whatever the client called it; a
# type or charset of the client's could make the provider read other words in the same bytes.
CONTENT = b"content-type: application/json\r\n"

ANSWER_PREFIXES = (b"anthropic-", b"x-codex-", b"x-ratelimit-", b"openai-")
ANSWER_EXACT = frozenset(
    {
        b"content-type",
        b"retry-after",
        b"retry-after-ms",
        b"x-should-retry",
        b"request-id",
        b"x-request-id",
        b"x-models-etag",
        b"x-reasoning-included",
        b"x-safeconduct-simulated",
        b"etag",
    }
)


def upstream_lines(headers: Headers) -> bytes:
    """Header lines for the provider, one CRLF-ended line each, from the client's headers (lower-case names)."""
    return b"".join(
        [
            b"%s: %s\r\n" % pair
            for pair in headers
            if pair[0] in REQUEST_EXACT
            or (pair[0].startswith(REQUEST_PREFIXES) and pair[0].replace(b"_", b"-") not in REQUEST_NEVER)
        ]
    )


def passes(name: bytes) -> bool:
    """Whether a header of the client's travels to the provider."""
    return name in REQUEST_EXACT or (name.startswith(REQUEST_PREFIXES) and name.replace(b"_", b"-") not in REQUEST_NEVER)


def wants_events(headers: Headers) -> bool:
    """Whether the client announced that it reads server-sent events. Codex does; the SDKs say so in the body alone."""
    return any(name == b"accept" and value.startswith(b"text/event-stream") for name, value in headers)


def answer_passes(name: bytes) -> bool:
    """Whether a header of the provider's travels to the caller."""
    return name in ANSWER_EXACT or name.startswith(ANSWER_PREFIXES)


def answer_headers(headers: Headers, call_id: bytes) -> Headers:
    """Headers for the caller. Both request-id names are always there, because one SDK family reads each; ours when the provider
    sent none.
    """
    kept = []
    plain = prefixed = None
    for pair in headers:
        name = pair[0]
        if name in ANSWER_EXACT:
            if name == b"request-id":
                plain = pair[1]
            elif name == b"x-request-id":
                prefixed = pair[1]
            kept.append(pair)
        elif name.startswith(ANSWER_PREFIXES):
            kept.append(pair)
    if plain is None:
        kept.append((b"request-id", prefixed or call_id))
    if prefixed is None:
        kept.append((b"x-request-id", plain or call_id))
    kept.append((b"x-safeconduct-call", call_id))
    return tuple(kept)
