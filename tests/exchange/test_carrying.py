"""Headers that travel along are read like any other text: in both directions, each once, and never in part."""

from __future__ import annotations

import pytest

from safeconduct.exchange import events
from safeconduct.exchange.carrying import MOST, Clean, blocks, look
from safeconduct.exchange.commands import Command, Forward, RecordDecision, RecordOutcome, SendAnswer, SendHead
from safeconduct.exchange.machine import Exchange
from safeconduct.exchange.passage import upstream_lines
from safeconduct.safeguards.ports import Enabled
from safeconduct.terms.call import Dialect, Operation
from support.exchange_play import EVENTS, JSON, STREAMS
from support.exchange_walk import ANSWERS
from support.exchange_world import NAMED, Scene, instrument, request, scene
from support.fake_detectors import NAME, TOKEN, FakeDetectors
from support.guards import inline

Headers = tuple[tuple[bytes, bytes], ...]
every_dialect = pytest.mark.parametrize("dialect", list(Dialect))
USUAL: Headers = ((b"user-agent", b"claude-cli/2.1.19 (external, cli)"), (b"anthropic-beta", b"one,two"), (b"host", b"h"))
SAYING = TOKEN.encode()


def asking(asked: str) -> tuple[Scene, FakeDetectors]:
    detectors = FakeDetectors()
    at = scene(safeguards=Enabled(detectors, {NAME: "1"}))
    models = ", ".join(f'"{name}"' for name in sorted(set(NAMED.values())))
    duty = f'duties = [{{ name = "safeguard", value = "{NAME} {asked}" }}]'
    rule = f'id = "all"\nmodels = [{models}]\neffect = "oblige"\ncohort = "true"\nsay = "We look."\n{duty}\n'
    at.enter("asking", instrument("asking", rule))
    return at, detectors


def sent(at: Scene, dialect: Dialect, headers: Headers, *, stream: bool = True) -> tuple[Exchange, RecordDecision, Command]:
    """A call with these headers: its machine, what was recorded, and what followed."""
    body = request(dialect, stream=stream)
    call = Exchange(at.view, dialect, Operation.GENERATE, b"/", "call_1", at.now)
    call.step(events.HeadArrived(at.ann, len(body), headers), at.now)
    (recorded,) = call.step(events.BodyArrived(body), at.now)
    assert isinstance(recorded, RecordDecision)
    return call, recorded, call.step(events.Recorded(), at.now)[0]


@every_dialect
@pytest.mark.parametrize("name", [b"user-agent", b"anthropic-new", b"x-codex-turn-metadata", b"session_id", b"x-stainless-os"])
def test_p4_a_header_that_leaves_is_read_like_any_other_text(dialect: Dialect, name: bytes) -> None:
    at, _ = asking("request block")
    _, recorded, answer = sent(at, dialect, (*USUAL, (name, b"a " + SAYING)))
    assert recorded.entry.reasons[0] == "safeguard_canaries"
    assert isinstance(answer, SendAnswer)
    assert b"$headers." in answer.answer.body
    assert SAYING not in answer.answer.body


@every_dialect
def test_p4_a_name_is_read_with_its_value(dialect: Dialect) -> None:
    at, _ = asking("request block")
    _, recorded, _ = sent(at, dialect, (*USUAL, (b"x-codex-" + SAYING, b"1")))
    assert recorded.entry.reasons[0] == "safeguard_canaries"


@every_dialect
def test_p4_a_header_that_holds_what_is_taken_out_stays_behind_and_the_call_goes_on(dialect: Dialect) -> None:
    at, _ = asking("request redact")
    call, recorded, forward = sent(at, dialect, (*USUAL, (b"x-codex-note", b"see " + SAYING), (b"x-codex-note", b"two")))
    assert isinstance(forward, Forward)
    assert b"x-codex-note" not in forward.headers
    assert forward.headers.endswith(b"user-agent: claude-cli/2.1.19 (external, cli)\r\nanthropic-beta: one,two\r\n")
    assert recorded.entry.redacted == ("canaries=1",)
    (head, *_) = call.step(events.UpstreamHead(200, EVENTS, True), at.now)
    assert isinstance(head, SendHead)
    assert (b"x-safeconduct-redacted", b"canaries=1") in head.headers


@every_dialect
def test_headers_that_do_not_leave_are_not_read(dialect: Dialect) -> None:
    at, _ = asking("request block")
    _, recorded, forward = sent(at, dialect, (*USUAL, (b"x-mine", SAYING), (b"cookie", SAYING)))
    assert recorded.entry.effect == "permit"
    assert isinstance(forward, Forward)


def test_what_a_caller_repeats_is_read_once_and_what_is_new_is_read() -> None:
    at, detectors = asking("request log")
    sent(at, Dialect.MESSAGES, USUAL)
    first = detectors.asked
    sent(at, Dialect.MESSAGES, USUAL)
    assert detectors.asked == first + 1, "the body alone"
    sent(at, Dialect.MESSAGES, (*USUAL, (b"x-app", b"cli")))
    assert detectors.asked == first + 3


def test_clean_means_by_these_detectors_of_this_version() -> None:
    detectors, clean = FakeDetectors(), Clean()
    enabled, lines = Enabled(detectors, {}), upstream_lines(USUAL)

    def asked(*wanted: str) -> int:
        before = detectors.asked
        look(clean, USUAL, lines, enabled, frozenset(wanted))
        return detectors.asked - before

    assert (asked(NAME), asked(NAME), asked(NAME, "secrets"), asked(NAME, "secrets")) == (1, 0, 1, 0)
    detectors.version = "2"
    assert asked(NAME, "secrets") == 1


def test_what_was_objected_to_is_never_remembered_and_memory_is_bounded() -> None:
    detectors, clean = FakeDetectors(), Clean()
    enabled, bad = Enabled(detectors, {}), ((b"user-agent", SAYING),)
    for _ in range(2):
        assert look(clean, bad, upstream_lines(bad), enabled, frozenset({NAME}))[1]
    for number in range(3 * MOST):
        clean.keep([(b"x-app", b"%d" % number)])
        assert len(clean._pairs) <= MOST


@every_dialect
@pytest.mark.parametrize("stream", [True, False])
def test_p4_a_header_of_the_provider_is_read_before_it_passes(dialect: Dialect, stream: bool) -> None:
    def answered(asked: str) -> tuple[list[Command], list[Command]]:
        at, _ = asking(asked)
        call, _, _ = sent(at, dialect, USUAL, stream=stream)
        head = (*(EVENTS if stream else JSON), (b"openai-note", b"see " + SAYING))
        first = call.step(events.UpstreamHead(200, head, stream), at.now)
        if not stream:
            return first, call.step(events.UpstreamBody(ANSWERS[dialect].replace(SAYING, b"word")), at.now)
        return first, [*call.step(events.UpstreamChunk(STREAMS[dialect]), at.now), *call.step(events.UpstreamEnd(), at.now)]

    def outcome(commands: list[Command]) -> tuple[str, str]:
        (entry,) = [each.entry for each in commands if isinstance(each, RecordOutcome)]
        return entry.outcome.value, entry.code

    first, rest = answered("answer cut")
    assert outcome([*first, *rest]) == ("cut", "safeguard_canaries")
    assert not any(isinstance(each, SendHead) for each in first)
    first, rest = answered("answer redact")
    (headers,) = [
        each.headers if isinstance(each, SendHead) else each.answer.headers
        for each in (*first, *rest)
        if isinstance(each, (SendHead, SendAnswer))
    ]
    assert b"openai-note" not in {name for name, _ in headers}
    assert (b"x-safeconduct-call", b"call_1") in headers
    assert outcome([*first, *rest]) == ("served", "")
    first, rest = answered("answer log")
    (entry,) = [each.entry for each in (*first, *rest) if isinstance(each, RecordOutcome)]
    assert entry.outcome.value == "served"


CODEX: Headers = (
    (b"user-agent", b"codex_cli_rs/0.169.0 (Ubuntu 24.4.0; x86_64) xterm-256color (codex_cli_rs; 0.169.0)"),
    (b"session_id", b"0199a213-81c0-7800-8aa1-bbab2a035a53"),
    (
        b"x-codex-turn-metadata",
        (
            b'{"turn_id":"0199a213-81c0-7800-8aa1-bbab2a035a53","workspaces":{"/home/ann/widget":{"latest_git_commit_hash":'
            b'"8f1d2c3b4a5968778695a4b3c2d1e0f112233445","associated_remote_urls":{"origin":"git@github.com:acme/widget.git"}}}}'
        ),
    ),
    (b"x-codex-turn-state", b"gAAAAABo1234abcdEFGHijklMNOPqrstUVWXyz0123456789-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ=="),
)
CLAUDE: Headers = (
    (b"user-agent", b"claude-cli/2.1.19 (external, cli)"),
    (b"anthropic-beta", b"claude-code-20250219,oauth-2025-04-20,interleaved-thinking-2025-05-14"),
    (b"x-client-request-id", b"e9f2b1c8-23f2-4a63-9c61-1e93a0b9f6f1"),
    (b"x-stainless-runtime-version", b"v22.11.0"),
    (b"anthropic-dangerous-direct-browser-access", b"true"),
)
PROVIDER: Headers = (
    (b"request-id", b"req_011CSHoEeqs5C35K2UUqR7Fy"),
    (b"x-request-id", b"req_8f3b1f0bb2d94d6c9e1f8bb0e0e8d6a1"),
    (b"anthropic-ratelimit-tokens-reset", b"2026-11-23T23:40:31Z"),
    (b"anthropic-organization-id", b"e9f2b1c8-23f2-4a63-9c61-1e93a0b9f6f1"),
    (b"openai-organization", b"org-a1b2c3d4e5f6g7h8i9j0k1l2"),
    (b"x-ratelimit-reset-tokens", b"6m0s"),
)


@pytest.mark.parametrize("headers", [CODEX, CLAUDE, PROVIDER])
def test_what_clients_and_providers_send_every_day_is_no_finding(headers: Headers) -> None:
    enabled = inline()
    assert enabled.inline.scan(blocks(headers), frozenset(enabled.versions)) == []
