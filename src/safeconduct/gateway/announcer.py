"""When does a signal leave for the watch? At once, or as soon as the call was scored, or three seconds after it ended.

What a signal says is the machine's; how it is put down is the spool's. Nothing here holds up a call: announcing appends to a
list, and the worker's own rhythm empties it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol

import msgspec

from safeconduct.audit import commitment
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.signals import Beat, CallSignal, Scored, Signal

SCORE_WAIT: Final[Moment] = 3 * SECOND
BEAT_EVERY: Final[Moment] = SECOND
MOST_EXPECTED: Final = 10_000  # calls whose score is awaited; the signals of more go without
MOST_MARKS: Final = 4_096
MARK_BYTES: Final = 8
MOST_MARKED: Final = 256  # bytes of a client's name
_UNMARKED: Final = ("", "", "")


class Spool(Protocol):
    """Where signals are put down. ``lost`` counts those that could not be."""

    @property
    def lost(self) -> int: ...
    def put(self, signal: Signal) -> None: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


class Transport(Protocol):
    """A caller's socket, as far as it tells where it comes from (``asyncio.BaseTransport``)."""

    def get_extra_info(self, name: str, default: Any = None) -> Any: ...


class Announcer:
    """One worker's word to the watch. Without a spool nothing is said. ``blind`` names detectors that lost their canary.

    ``wait`` is how long the signal of a call that ended waits for its score.
    """

    def __init__(self, spool: Spool | None = None, writer: str = "", key: bytes = b"", wait: Moment = SCORE_WAIT) -> None:
        self._spool = spool
        self._writer = writer
        self._key = key
        self._wait = wait
        self._marks: dict[tuple[str, bytes], str] = {}
        self._expected: dict[str, Scored | None] = {}
        self._held: dict[str, CallSignal] = {}  # in the order of their ends
        self._announced = 0
        self._beat_at: Moment = 0
        self.blind: tuple[str, ...] = ()

    def marks(self, headers: Iterable[tuple[bytes, bytes]], session: bytes, transport: Transport | None) -> tuple[str, str, str]:
        """Which client, from which network, in which session of its own: keyed 8-byte hashes in hex, empty where not known."""
        if self._spool is None:
            return _UNMARKED
        client = b""
        for name, value in headers:
            if name == b"user-agent":
                client = value[:MOST_MARKED]
        peer = transport.get_extra_info("peername") if transport is not None else None
        address = str(peer[0]).encode() if isinstance(peer, tuple) and peer else b""
        return self._mark("client", client), self._mark("net", address), self._mark("session", session)

    def _mark(self, kind: str, value: bytes) -> str:
        if not value:
            return ""
        known = self._marks.get((kind, value))
        if known is None:
            if len(self._marks) >= MOST_MARKS:
                self._marks.clear()
            known = commitment.mac(self._key, b"mark\n" + kind.encode() + b"\n" + value)[:MARK_BYTES].hex()
            self._marks[kind, value] = known
        return known

    def expect(self, call: str) -> None:
        """A call is being scored: its signal waits for that."""
        if self._spool is not None and len(self._expected) < MOST_EXPECTED:
            self._expected[call] = None

    def scored(self, call: str, scored: Scored) -> None:
        """The score of an expected call. One that comes too late is let go."""
        if call not in self._expected:
            return
        signal = self._held.pop(call, None)
        if signal is None:
            self._expected[call] = scored  # the call is still under way
            return
        del self._expected[call]
        self._put(merged(signal, scored))

    def announce(self, signal: CallSignal) -> None:
        """A call ended."""
        if self._spool is None:
            return
        if signal.call not in self._expected:
            self._put(signal)
            return
        scored = self._expected[signal.call]
        if scored is None:
            self._held[signal.call] = signal
            return
        del self._expected[signal.call]
        self._put(merged(signal, scored))

    def tick(self, now: Moment) -> None:
        """Put down what waits; let go those that waited long enough; say now and then that this worker lives."""
        if self._spool is None:
            return
        while self._held:
            call = next(iter(self._held))
            signal = self._held[call]
            if now - signal.at < self._wait:
                break
            del self._held[call]
            self._expected.pop(call, None)
            self._put(signal)
        if now - self._beat_at >= BEAT_EVERY or now < self._beat_at:
            self._beat_at = now
            self._spool.put(Beat(now, self._writer, self._announced, self._spool.lost, self.blind))
        self._spool.flush()

    def close(self, now: Moment) -> None:
        """Say everything that is left, and goodbye."""
        if self._spool is None:
            return
        for signal in self._held.values():
            self._put(signal)
        self._held.clear()
        self._expected.clear()
        self._spool.put(Beat(now, self._writer, self._announced, self._spool.lost, self.blind, ended=True))
        self._spool.close()

    def _put(self, signal: CallSignal) -> None:
        assert self._spool is not None
        self._announced += 1
        self._spool.put(signal)


def merged(signal: CallSignal, scored: Scored) -> CallSignal:
    """The signal with what was found out about its text. What the machine knew already stays where the score is silent."""
    features = scored.features
    return msgspec.structs.replace(
        signal,
        sketch=features.sketch or signal.sketch,
        shingles=features.shingles or signal.shingles,
        language=features.language or signal.language,
        text_bytes=features.text_bytes or signal.text_bytes,
        misuse=min(signal.misuse, scored.misuse),
        injection=min(signal.injection, scored.injection),
        seen=signal.seen + scored.seen,
        repeats=signal.repeats + scored.repeats,
    )
