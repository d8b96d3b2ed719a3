"""Which entries does the bench of the log write? Decisions and outcomes as the gateway makes them, in one chain a writer."""

from __future__ import annotations

from safeconduct.audit.entries import CallDecided, CallEnded, Outcome, WriterStarted, encode
from safeconduct.audit.tree import leaf_hash

T0 = 1_781_300_000_000_000
WRITERS = 8


class Chain:
    """One writer's entries, from templates."""

    def __init__(self, number: int) -> None:
        self.boot = f"{number:012x}"
        self.seq = 0
        self.prev = ""
        self.decision = CallDecided(
            at=0,
            body_length=2048,
            call="",
            caller="",
            dialect="messages",
            effect="permit",
            operation="generate",
            organization="acme",
            policy_hash="a" * 64,
            project="p-research",
            reasons=("permitted",),
            registry_version=1_200_345,
            request_commitment="c" * 64,
            requested="claude-fable-5",
            resolved="claude-fable-5",
            rules=("us-bis-2026-06-26/trusted-partners", "program/base"),
            session_commitment="d" * 64,
            standing_hash="b" * 64,
            stream=True,
        )
        self.outcome = CallEnded(
            at=0,
            bytes_out=1_900,
            duration_us=1_234_567,
            first_byte_us=234_567,
            forwarded=True,
            outcome=Outcome.SERVED,
            served_model="claude-fable-5-20260501",
            status=200,
            stop_reason="end_turn",
            tokens_in=812,
            tokens_out=344,
        )

    def start(self) -> tuple[bytes, bytes]:
        return self._chained(WriterStarted(at=T0, role="gateway", versions=("safeconduct=0.1.0",), workers=WRITERS))

    def call(self, number: int) -> list[tuple[bytes, bytes]]:
        """A decision and its outcome: leaf hash and bytes of each."""
        at, decision, outcome = T0 + number * 40, self.decision, self.outcome
        decision.at, outcome.at = at, at + 20
        decision.call = outcome.call = f"call_{number:024x}"
        decision.caller = f"sc_{number % 40_000:040x}"
        first = self._chained(decision)
        outcome.closes_boot, outcome.closes_seq = self.boot, self.seq
        return [first, self._chained(outcome)]

    def _chained(self, entry: CallDecided | CallEnded | WriterStarted) -> tuple[bytes, bytes]:
        self.seq += 1
        entry.boot, entry.node, entry.seq, entry.prev = self.boot, "node-1", self.seq, self.prev
        data = encode(entry)
        leaf = leaf_hash(data)
        self.prev = leaf.hex()
        return leaf, data
