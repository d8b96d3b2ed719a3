"""Which headers pass: what is named, and nothing else, in either direction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.exchange.passage import answer_headers, upstream_lines

IDENTITY = (
    b"authorization",
    b"proxy-authorization",
    b"x-api-key",
    b"api-key",
    b"x-goog-api-key",
    b"cookie",
    b"host",
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-user",
    b"x-real-ip",
    b"x-user-id",
    b"x-remote-user",
    b"openai-organization",
    b"openai-project",
    b"anthropic-organization-id",
    b"anthropic-workspace-id",
    b"anthropic-account-id",
    b"anthropic-user-profile-id",
    b"anthropic-organization_id",  # many servers read an underscore as a hyphen
    b"anthropic-workspace_id",
    b"chatgpt-account-id",
    b"helicone-auth",
    b"x-portkey-config",
    b"x-safeconduct-call",
)
FRAMING = (
    b"content-length",
    b"content-type",  # the body was read as JSON, and is named so by ourselves
    b"transfer-encoding",
    b"connection",
    b"te",
    b"trailer",
    b"upgrade",
    b"expect",
    b"content-encoding",
)
PASSING = (
    b"anthropic-version",
    b"anthropic-beta",
    b"anthropic-something-new",
    b"x-codex-turn-state",
    b"x-stainless-lang",
    b"accept",
    b"user-agent",
    b"openai-beta",
    b"session_id",
    b"originator",
)


@pytest.mark.parametrize("name", [*IDENTITY, *FRAMING])
def test_p11_what_chooses_identity_account_or_host_never_passes(name: bytes) -> None:
    assert upstream_lines(((name, b"mallory"),)) == b""


@pytest.mark.parametrize("name", PASSING)
def test_what_the_client_contract_names_passes_verbatim(name: bytes) -> None:
    assert upstream_lines(((name, b"a, b; c=\xe9"),)) == name + b": a, b; c=\xe9\r\n"


def test_order_and_repetition_are_kept() -> None:
    headers = ((b"anthropic-beta", b"one"), (b"cookie", b"x"), (b"accept", b"*/*"), (b"anthropic-beta", b"two"))
    assert upstream_lines(headers) == b"anthropic-beta: one\r\naccept: */*\r\nanthropic-beta: two\r\n"


PLAIN = frozenset(
    b"accept user-agent openai-beta session_id session-id conversation_id thread_id thread-id "
    b"originator version x-client-request-id x-app".split()
)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=24).map(str.encode)


@given(st.lists(st.tuples(st.one_of(names, st.sampled_from([*IDENTITY, *FRAMING, *PASSING])), st.just(b"canary"))))
def test_p11_only_listed_names_reach_the_provider(headers: list[tuple[bytes, bytes]]) -> None:
    sent = [line.split(b": ")[0] for line in upstream_lines(tuple(headers)).split(b"\r\n") if line]
    listed = (b"anthropic-", b"x-codex-", b"x-stainless-")
    assert not set(sent) & {*IDENTITY, *FRAMING}
    for name in sent:
        assert name.startswith(listed) or name in PLAIN
        assert name in {header for header, _ in headers}


def test_the_providers_cookies_and_accounts_stay_outside() -> None:
    kept = answer_headers(
        ((b"set-cookie", b"a=b"), (b"server", b"x"), (b"cf-ray", b"1"), (b"content-type", b"application/json")),
        b"call_1",
    )
    assert [name for name, _ in kept] == [b"content-type", b"request-id", b"x-request-id", b"x-safeconduct-call"]


@pytest.mark.parametrize("given_name", [b"request-id", b"x-request-id", b""])
def test_both_request_ids_are_always_there(given_name: bytes) -> None:
    headers = ((given_name, b"req_9"),) if given_name else ()
    kept = answer_headers(headers, b"call_1")
    expected = b"req_9" if given_name else b"call_1"
    assert sorted(kept) == [(b"request-id", expected), (b"x-request-id", expected), (b"x-safeconduct-call", b"call_1")]


def test_a_provider_cannot_name_our_call() -> None:
    kept = answer_headers(((b"x-safeconduct-call", b"forged"), (b"x-safeconduct-reason", b"forged")), b"call_1")
    assert (b"x-safeconduct-call", b"call_1") in kept
    assert b"forged" not in {value for _, value in kept}


@pytest.mark.parametrize(
    "name",
    [
        b"anthropic-ratelimit-requests-remaining",
        b"x-ratelimit-limit-tokens",
        b"openai-model",
        b"retry-after",
        b"x-codex-turn-state",
    ],
)
def test_what_clients_read_comes_back(name: bytes) -> None:
    assert (name, b"7") in answer_headers(((name, b"7"),), b"call_1")


@pytest.mark.parametrize("name", [b"content-length", b"transfer-encoding", b"connection", b"content-encoding", b"keep-alive"])
def test_framing_is_ours(name: bytes) -> None:
    assert name not in {kept for kept, _ in answer_headers(((name, b"1"),), b"call_1")}
