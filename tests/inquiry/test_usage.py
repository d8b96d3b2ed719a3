"""What passed by the gateway shows; what is only unsure is called unsure; agreement is silent."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit.entries import CallDecided, CallEnded, Outcome
from safeconduct.inquiry.usage import HOUR, SLACK, WIDTHS, Tally, Used, compare, gathered
from safeconduct.terms.moments import SECOND, Moment, parse

T0 = parse("2026-06-01T00:00:00Z")


class Traffic:
    """Calls through a gateway, and what the provider would count of them."""

    def __init__(self, provider: str = "openai", width: int = HOUR) -> None:
        self.tally = Tally(provider, width)
        self.width = width
        self.seq = 0
        self.used: list[Used] = []

    def call(self, at: Moment, tokens: int = 100, *, lasts: int = SECOND, counted_at: Moment = 0, **more: Any) -> None:
        """One call; the provider counts it at ``counted_at`` (when it ends)."""
        self.seq += 2
        dialect = "messages" if self.tally.provider == "anthropic" else "chat"
        decided = {"dialect": dialect, "operation": "generate", "effect": "permit", "resolved": "m"}
        ended = {"outcome": Outcome.SERVED, "status": 200, "forwarded": True, "tokens_in": tokens, "tokens_out": tokens // 2}
        for name, value in more.items():
            (decided if name in decided else ended)[name] = value
        self.tally.take(CallDecided(at=at, call="c", boot="b", seq=self.seq, **decided))
        self.tally.take(
            CallEnded(at=at + lasts, boot="b", seq=self.seq + 1, closes_boot="b", closes_seq=self.seq, served_model="m", **ended)
        )
        self.count(counted_at or at + lasts, tokens)

    def count(self, at: Moment, tokens: int) -> None:
        """What the provider counts, whoever called it."""
        since = at - at % HOUR
        self.used.append(Used(since, since + HOUR, "m", tokens, tokens // 2, -1, 1))

    def found(self) -> list[tuple[str, Moment]]:
        spans = gathered(self.used, self.width)
        return [(each.code, each.since) for each in compare(spans, [T0 - T0 % self.width], self.tally)]


MIDDLE = T0 + HOUR // 2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(WIDTHS)))
def test_what_passed_the_gateway_agrees_whatever_the_edges(seed: int, bucket: str) -> None:
    chance, traffic = random.Random(seed), Traffic(width=WIDTHS[bucket])
    for _ in range(60):
        at, lasts = T0 + chance.randrange(5 * HOUR), chance.randrange(HOUR)
        traffic.call(at, chance.randrange(1, 5000), lasts=lasts, counted_at=at + chance.randint(-SLACK, lasts + SLACK))
    assert traffic.found() == []
    traffic.count(MIDDLE, 10**6)
    assert [code for code, _ in traffic.found()] == ["bypassed"], "one call of a size that no edge explains"


def test_one_call_that_bypassed_is_named_with_its_hour() -> None:
    traffic = Traffic()
    for hour in range(4):
        traffic.call(MIDDLE + hour * HOUR)
    traffic.count(MIDDLE + 2 * HOUR, 1)
    assert traffic.found() == [("bypassed", T0 + 2 * HOUR)]


def test_calls_of_unknown_usage_may_explain_tokens_and_are_named_but_never_more_requests_than_there_were() -> None:
    traffic = Traffic()
    traffic.call(MIDDLE, outcome=Outcome.CUT, tokens_out=-1)
    assert traffic.found() == [("perhaps_bypassed", T0)]
    assert (traffic.tally.calls, traffic.tally.unknown) == (1, 1)
    traffic.count(MIDDLE, 0)
    assert traffic.found() == [("bypassed", T0)]


@pytest.mark.parametrize(
    "more",
    [
        {"forwarded": False, "outcome": Outcome.REFUSED},
        {"effect": "deny"},
        {"operation": "count_tokens"},
        {"dialect": "messages"},
    ],
)
def test_what_never_left_or_is_not_billed_explains_nothing(more: dict[str, Any]) -> None:
    traffic = Traffic()
    traffic.call(MIDDLE, **more)
    assert traffic.found() == [("bypassed", T0)]


def test_less_than_passed_is_named() -> None:
    traffic = Traffic()
    traffic.call(MIDDLE)
    traffic.used.clear()
    assert traffic.found() == [("uncounted", T0)]


def test_an_error_of_the_provider_need_not_be_billed() -> None:
    traffic = Traffic()
    traffic.call(MIDDLE, status=529)
    traffic.used.clear()
    assert traffic.found() == []


def test_an_export_without_models_is_compared_as_a_whole() -> None:
    traffic = Traffic()
    traffic.tally.by_model = False
    traffic.call(MIDDLE)
    traffic.used = [Used(T0, T0 + HOUR, "", 100, 50)]
    assert traffic.found() == []


def test_spans_are_put_together_and_never_taken_apart() -> None:
    hours = [Used(T0 + hour * HOUR, T0 + (hour + 1) * HOUR, "m", 1, 2, 3, 4) for hour in range(24)]
    assert gathered(hours, 24 * HOUR) == {(T0, "m"): Used(T0, T0 + 24 * HOUR, "m", 24, 48, 72, 96)}
    with pytest.raises(ValueError, match="does not fit"):
        gathered([Used(T0, T0 + 24 * HOUR, "m", 1, 1)], HOUR)


@pytest.mark.parametrize(
    ("upstream", "dialect", "provider", "counted"),
    [
        ("", "chat", "openai", 1),
        ("", "messages", "openai", 1),  # spoken in another dialect, and billed by it all the same
        ("", "chat", "local", 0),  # another provider that speaks the dialect
        ("local", "chat", "local", 1),
        ("local", "chat", "openai", 0),
        ("local", "chat", "", 1),  # of before upstreams were noted
        ("", "messages", "", 0),
    ],
)
def test_calls_count_by_the_upstream_that_they_went_to(upstream: str, dialect: str, provider: str, counted: int) -> None:
    tally = Tally("openai", HOUR, upstream=upstream)
    tally.take(
        CallDecided(at=T0, call="c", boot="b", seq=2, dialect=dialect, provider=provider, operation="generate", effect="permit")
    )
    tally.take(CallEnded(at=T0, boot="b", seq=3, closes_boot="b", closes_seq=2, outcome=Outcome.SERVED, forwarded=True))
    assert tally.calls == counted
