"""Moments: how the house writes time.

A moment is an integer count of microseconds since 1970-01-01T00:00:00Z. It orders, subtracts and compares without
surprises and stays below 2**53, so it survives JSON in every language (RFC 8785 section 3.2.2.3).
Intervals are half-open: ``[since, until)``.
"""

from __future__ import annotations

from datetime import UTC, datetime

Moment = int
SECOND: int = 1_000_000
FOREVER: int = 2**53 - 1  # sorts after every real moment, still exact in a double


def parse(text: str) -> Moment:
    """Read an RFC 3339 timestamp that carries a zone.

    Raises ValueError when the text is no timestamp, or names no zone: a time without a zone is ambiguous to a court.
    """
    stamp = datetime.fromisoformat(text)
    return from_datetime(stamp)


def from_datetime(stamp: datetime) -> Moment:
    """Convert an aware datetime. Raises ValueError for a naive one."""
    if stamp.tzinfo is None:
        raise ValueError("the time names no zone; write it like 2026-06-12T17:21:00-04:00")
    delta = stamp.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def show(at: Moment) -> str:
    """RFC 3339 in UTC, microseconds only when there are any."""
    if at >= FOREVER:
        return "open"
    seconds, micros = divmod(at, SECOND)
    stamp = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
    return stamp.isoformat().replace("+00:00", "Z")
