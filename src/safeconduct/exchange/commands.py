"""What the machine asks its door to do. Pure rooms are called directly; only I/O is a command."""

from __future__ import annotations

import msgspec

from safeconduct.audit.entries import CallDecided, CallEnded
from safeconduct.safeguards.ports import Wanted
from safeconduct.terms.call import Answer
from safeconduct.terms.held import Held
from safeconduct.terms.signals import CallSignal


class RecordDecision(msgspec.Struct, frozen=True):
    """Make this entry durable, then answer with Recorded or RecordFailed. It opens the call in the log."""

    entry: CallDecided


class Keep(msgspec.Struct, frozen=True):
    """Put the request into the vault, then answer with Kept or KeepFailed. The entry names class and caller; where the request
    lies is filled into it. What a later ``RecordDecision`` or ``RecordOutcome`` asks waits until the vault has spoken.
    """

    entry: CallDecided
    data: bytes


class RecordOutcome(msgspec.Struct, frozen=True):
    """Append this entry; no caller waits. It closes the call when ``opened`` is true.

    Where it names a ``kept_class``, what was sent to the caller is put into the vault first, and where it lies, or that it could
    not be kept, is filled into the entry.
    """

    entry: CallEnded
    opened: bool


class Scan(msgspec.Struct, frozen=True):
    """Ask detectors in other processes about these texts, then answer with Scanned or ScanFailed. The call waits."""

    texts: tuple[Wanted, ...]


class Score(msgspec.Struct, frozen=True):
    """Ask about these texts for the watch alone. Nobody waits; what is heard is remembered, and told to the watch."""

    call: str
    texts: tuple[Wanted, ...]


class Remember(msgspec.Struct, frozen=True):
    """Tell the detector of reappearing output these texts of a call. Nobody waits; what is lost is counted and in the log."""

    texts: tuple[Wanted, ...]


class Blind(msgspec.Struct, frozen=True):
    """Tell the operator that a detector (or the process of several) failed: in the log, in the meters, on the readiness page."""

    detector: str
    why: str


class TellHeld(msgspec.Struct, frozen=True):
    """Tell those who can release it that something is held. Nobody waits for it."""

    held: Held


class Announce(msgspec.Struct, frozen=True):
    """Tell the watch how a call ended. Nobody waits for it; one that cannot be told is counted as lost."""

    signal: CallSignal


class Forward(msgspec.Struct, frozen=True):
    """Send the call to the provider. ``headers`` are ready header lines; host, credential and length are the sender's."""

    upstream: str
    path: bytes
    headers: bytes
    body: bytes


class SendAnswer(msgspec.Struct, frozen=True):
    """A complete answer to the caller. ``close`` ends the connection after it."""

    answer: Answer
    close: bool = False


class SendHead(msgspec.Struct, frozen=True):
    """Status and headers of a stream to the caller."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]


class SendData(msgspec.Struct, frozen=True):
    """Bytes of a stream to the caller."""

    data: bytes


class SendEnd(msgspec.Struct, frozen=True):
    """The caller's stream is complete."""

    close: bool = False


class CancelUpstream(msgspec.Struct, frozen=True):
    """Break off the provider's side."""


class Own(msgspec.Struct, frozen=True):
    """Remember that this provider-side id belongs to this caller."""

    resource: str
    owner: str


Command = (
    Keep
    | Scan
    | Score
    | Remember
    | Blind
    | RecordDecision
    | RecordOutcome
    | Forward
    | SendAnswer
    | SendHead
    | SendData
    | SendEnd
    | CancelUpstream
    | Own
    | TellHeld
    | Announce
)
