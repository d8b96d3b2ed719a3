"""How does a call end, from wherever it stands? In its caller's own dialect, and with exactly one outcome entry (P2, P12).

What happens in which order is the machine's question; here is what all its turns share: what is known of the call, and its ends.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from safeconduct.audit.entries import CallDecided, CallEnded, Outcome
from safeconduct.exchange import announcing, inspecting, no, outgoing, record
from safeconduct.exchange.collecting import Collected
from safeconduct.exchange.commands import (
    Announce,
    CancelUpstream,
    Command,
    Own,
    RecordOutcome,
    Remember,
    SendAnswer,
    SendData,
    SendEnd,
    SendHead,
)
from safeconduct.exchange.passage import Headers
from safeconduct.exchange.right import Right
from safeconduct.exchange.sessions import Session
from safeconduct.exchange.trace import Trace
from safeconduct.exchange.view import View
from safeconduct.safeguards import taint
from safeconduct.safeguards.holdback import HoldBack
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.redaction import Placeholders
from safeconduct.terms.blocks import Direction
from safeconduct.terms.call import AnswerFacts, Dialect, Operation, Refusal
from safeconduct.terms.moments import Moment
from safeconduct.terms.signals import Scored
from safeconduct.wire import dialect as dialects
from safeconduct.wire.sse import StreamReader


class State(IntEnum):
    """Where a call stands; the numbers index the table of turns in ``machine``."""

    WAITING = 0  # for the head
    READING = 1  # head accepted, body outstanding
    SCANNING = 2  # the request of a permit waits for detectors in other processes
    KEEPING = 3  # it waits to be in the vault
    RECORDING = 4  # a permit waits to be durable
    REFUSING = 5  # a no waits to be durable
    FORWARDED = 6  # at the provider, nothing back yet
    ANSWERING = 7  # a JSON answer is on its way, nothing sent yet
    STREAMING = 8  # a stream is on its way to the caller
    DONE = 9


LIVE = frozenset({State.FORWARDED, State.ANSWERING, State.STREAMING})


class Ending:
    """What is known of one call, and how it ends."""

    # What most calls never touch stands here once, instead of being set anew for each.
    state = State.WAITING
    _session: Session | None = None
    _session_id = ""
    _headers: Headers = ()
    _query = b""
    _lines: bytes | None = None  # the headers as they leave, once they were looked at
    _redacted: tuple[str, ...] = ()  # how much was taken out of the request, for the caller
    _outgoing: outgoing.Outgoing | None = None
    _stream = False
    _charged = False  # against the measures that limit how many calls there may be
    _right: Right | None = None  # what the call was decided by, once it was
    _refusal: Refusal | None = None
    _reader: StreamReader | None = None
    _sent: StreamReader | None = None  # what of a stream has left, where a detector holds some of it
    _opening: SendHead | None = None  # the head of a stream of which nothing has left
    _held: outgoing.Held  # the part of an event whose end has not come yet; a stream has one
    _answer_headers: Headers = ()
    _answer_status = 0
    _keeping: CallDecided | None = None  # the entry that waits for the vault
    _kept_class = ""  # where a rule asks for content: the retention class that the request was kept in
    _plan = Plan.EMPTY  # the safeguards that the request was inspected by
    _placeholders: Placeholders | None = None  # what stands in the request for what was taken out of it
    _unseen = False  # whether the model may read what does not stand in the request
    _taint = taint.NONE  # what untrusted texts of the request say, where tool calls of the answer are reviewed
    _guard: HoldBack | None = None  # what looks at the answer; None where no rule asks for it
    _collected: Collected | None = None  # the words of the answer, where a rule asks that they are remembered
    _warning = ""  # findings that the caller is told of
    _trace = Trace()  # what the watch will hear besides the outcome; replaced, never changed
    _opened = False  # a decision entry was written and wants its outcome
    _bytes_out = 0
    _first_byte = -1
    _stores = False  # the provider stores the response under its id, and that was not told yet
    _owned = 0  # how many other stored things were told

    def __init__(self, view: View, dialect: Dialect, operation: Operation, path: bytes, call_id: str, arrived: Moment) -> None:
        self.id = call_id
        self._view = view
        self._dialect = dialect
        self._operation = operation
        self._path = path
        self._wire = dialects.of(dialect)
        self._arrived = arrived

    def _stop(self, refusal: Refusal, outcome: Outcome, now: Moment) -> list[Command]:
        """End the call from wherever it stands, in the caller's dialect, upstream broken off.

        Where nothing of a stream has left, not even its head, it ends like an answer in one piece.
        """
        reader = self._reader
        if reader is not None and self._opening is None:
            seen = reader if self._sent is None else self._sent
            data = self._wire.cut(refusal, seen.facts)
            self._bytes_out += len(data)
            ending = self._end(outcome, refusal.code, now, reader.facts)
            return [CancelUpstream(), SendData(data), SendEnd(close=True), *ending]
        if self.state in LIVE:
            answer = self._wire.refusal(refusal, stream=self._stream and outcome is Outcome.CUT)
            ending = self._end(outcome, refusal.code, now, None if reader is None else reader.facts)
            return [CancelUpstream(), SendAnswer(answer), *ending]
        return self._end_refused(refusal, now)

    def _end_refused(self, refusal: Refusal, now: Moment) -> list[Command]:
        """A no before anything left. Streams of Responses get theirs as a stream: Codex shows it at once (DESIGN 6)."""
        stream = self._stream and refusal.status in no.FINAL
        self._answer_status = refusal.status
        close = self.state in {State.WAITING, State.READING}  # the body may still be on its way
        answer = self._wire.refusal(refusal, stream=stream)
        return [SendAnswer(answer, close=close), *self._end(Outcome.REFUSED, refusal.code, now, None)]

    def _own(self, facts: AnswerFacts) -> list[Command]:
        """What the provider stored while it answered belongs to this caller (attack table 3)."""
        assert self._right is not None
        owner = self._right.session.owner
        found = facts.stored[self._owned :]
        self._owned += len(found)
        if self._stores and facts.response_id:
            self._stores = False
            found = [facts.response_id, *found]
        return [Own(resource, owner) for resource in found]

    def _end(self, outcome: Outcome, code: str, now: Moment, facts: AnswerFacts | None) -> list[Command]:
        """INVARIANT: P2 - the only place that makes an outcome entry, and it leaves the machine DONE."""
        forwarded = self.state in LIVE
        self.state = State.DONE
        self._outgoing = None
        entry = record.outcome(self.id, outcome, code, self._arrived, now, facts)
        entry.status = self._answer_status
        entry.forwarded = forwarded
        entry.bytes_out = self._bytes_out
        entry.first_byte_us = self._first_byte
        if self._kept_class and forwarded and self._right is not None and self._right.resolved.keeps:
            entry.kept_class = self._kept_class
        if self._guard is not None:
            self._looked(self._guard, entry)
            self._guard = None  # it asks this call about tool calls: each would keep the other until the collector came by
        recorded = RecordOutcome(entry, self._opened)
        if self._session is None:
            return [recorded]
        resolved = self._right.resolved if self._right is not None else None
        announced = Announce(announcing.signal(self._session, resolved, self._trace, entry, facts))
        collected, self._collected = self._collected, None
        if collected is not None and forwarded:
            return [recorded, announced, Remember(collected.questions())]
        return [recorded, announced]

    def _looked(self, guard: HoldBack, entry: CallEnded) -> None:
        """What the safeguards saw of the answer, for the log and for the watch."""
        entry.detectors = self._view.safeguards.asked(guard.asked)
        entry.scanned_blocks, entry.scanned_bytes = guard.scanned_blocks, guard.scanned_bytes
        entry.redacted = guard.redacted
        if guard.findings:
            scored = self._trace.scored or Scored()
            seen = (*scored.seen, *inspecting.told(guard.findings, Direction.ANSWER))
            action = guard.action.name.lower() if guard.codes else self._trace.action
            scored = msgspec.structs.replace(scored, seen=seen)
            self._trace = msgspec.structs.replace(self._trace, scored=scored, action=action)
