"""Entries to write in tests, and a clock that only moves when told."""

from __future__ import annotations

from safeconduct.audit.entries import CallDecided, CallEnded, Outcome, WriterStarted

T0 = 1_781_300_000_000_000


class Clock:
    def __init__(self, now: int = T0) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def started(role: str = "gateway") -> WriterStarted:
    return WriterStarted(at=T0, role=role, versions=("safeconduct=0.1.0",), workers=1)


def decided(call: str = "call-1", effect: str = "permit") -> CallDecided:
    return CallDecided(
        at=T0,
        call=call,
        effect=effect,
        caller="scl_0123456789abcdef",
        organization="acme",
        dialect="messages",
        operation="generate",
        requested="claude-fable-5",
        resolved="claude-fable-5",
        policy_hash="a" * 64,
        standing_hash="b" * 64,
        request_commitment="c" * 64,
        rules=("us-bis-2026-06-26/trusted-partners", "program/base"),
        reasons=("permitted",),
        body_length=2048,
        stream=True,
    )


def ended(call: str = "call-1", outcome: Outcome = Outcome.SERVED, forwarded: bool = True) -> CallEnded:
    return CallEnded(
        at=T0 + 5, call=call, outcome=outcome, forwarded=forwarded, status=200, tokens_in=10, tokens_out=20, bytes_out=900
    )
