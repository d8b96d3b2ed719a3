"""A call, from arrival to outcome: the order of things, in one file.

1. The head names a live credential, or the call ends there.
2. The body is read strictly and whole before anything is decided (P3, P4).
3. Standing, model and context are decided; unknown is never allowed (P1).
4. A permitted request is inspected: by the detectors at hand, and where a rule asks it by those in other processes; what they
   find may stop it or take something out. What cannot be inspected does not leave. (``requesting``)
5. Where a rule asks that content is kept, the request is in the vault before the decision that names it is recorded. If the
   vault cannot take it, the answer is no.
6. The decision is durable before one byte leaves (P2). If it cannot be written, the answer is no.
7. The provider's answer passes in whole events, so that a stop can always end the stream in the caller's own dialect (P5, P12),
   and none before every detector that a rule asks has let it go. (``answering``)
8. Every arrival ends in exactly one outcome entry (P2); what that takes is in ``ending``.

The machine does no I/O and knows no clock: events and the moment come in, commands go out. Whatever comes out of turn is a
fault of ours, and still a no.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from safeconduct.audit.entries import Outcome
from safeconduct.exchange import events, no, outgoing, record
from safeconduct.exchange.answering import Answering
from safeconduct.exchange.bounds import bounded
from safeconduct.exchange.commands import (
    Blind,
    CancelUpstream,
    Command,
    Forward,
    RecordDecision,
    Remember,
    Score,
)
from safeconduct.exchange.ending import LIVE
from safeconduct.exchange.ending import State as State
from safeconduct.exchange.passage import CONTENT, upstream_lines, wants_events
from safeconduct.exchange.right import Right
from safeconduct.exchange.trace import Trace
from safeconduct.terms.call import Dialect
from safeconduct.terms.moments import Moment
from safeconduct.wire.strict import Malformed


class Exchange(Answering):
    """One call. ``step`` takes what happened and returns what to do, in order."""

    @property
    def right(self) -> Right | None:
        """What a call at the provider goes on by; None when there is nothing to cut."""
        return self._right if self.state in LIVE else None

    @property
    def expires(self) -> Moment:
        """When the decision must be taken again by the clock alone; 0 when there is none to watch."""
        return 0 if self.right is None else self.right.until

    def step(self, event: events.Event, now: Moment) -> list[Command]:
        """Take one event at ``now``; return the commands to carry out, in order."""
        turn = _TURNS[self.state].get(type(event), Exchange._out_of_turn)
        return turn(self, event, now)

    def _nothing(self, event: events.Event, now: Moment) -> list[Command]:
        return []

    def _out_of_turn(self, event: events.Event, now: Moment) -> list[Command]:
        return self._stop(no.out_of_turn(self.id), Outcome.FAILED, now)

    # 1, 2 and 3: who, and what

    def _head(self, event: events.HeadArrived, now: Moment) -> list[Command]:
        if self._dialect is Dialect.RESPONSES:
            self._stream = wants_events(event.headers)  # until the body says so itself: a no may come before it
        try:
            session = None if event.digest is None else self._view.session(event.digest, now)
        except OSError:
            return self._end_refused(no.unreadable(self.id), now)
        if session is None:
            return self._end_refused(no.unauthenticated(self.id, presented=event.digest is not None), now)
        self._session = session
        self._session_id = event.session
        self._trace = Trace(event.marks)
        self._headers = event.headers
        self._query = b"?beta=true" if event.query == b"beta=true" else b""
        self.state = State.READING
        return []

    def _body(self, event: events.BodyArrived, now: Moment) -> list[Command]:
        return self._decide(event.body, now)

    def _decide(self, raw: bytes, now: Moment) -> list[Command]:
        """Read and decide; once, or once more when detectors have spoken."""
        session = self._session
        assert session is not None
        try:
            call = self._wire.read(raw, self._operation)
            bounded(call.selections)
            fresh = self._view.refreshed(session, now)  # the session may have aged while the body was on its way
        except Malformed as malformed:
            return self._end_refused(no.malformed(malformed, self.id), now)
        except OSError:
            return self._end_refused(no.unreadable(self.id), now)
        if fresh is None:
            return self._end_refused(no.unauthenticated(self.id, presented=True), now)
        self._stream = call.stream
        self._trace = self._trace.body(call)
        self._stores = self._dialect is Dialect.RESPONSES and call.tree.get("store") is not False
        self._right = right = Right(self._view, fresh, call, now)
        wait = 0 if self._charged else right.charge(now)
        self._charged = True
        resolved = right.resolved
        entry = record.decision(self.id, call, fresh, resolved, self._session_id, self._view.version, now)
        # INVARIANT: P1 - only an explicit permit without errors moves on to be inspected and recorded as a permit.
        if resolved.decision.permits and resolved.model is not None:
            return self._inspect(entry, call, fresh, resolved)
        self._refusal = no.denied(resolved.decision, self.id, self._dialect, wait)
        self.state = State.REFUSING
        self._opened = True
        return [RecordDecision(entry)]

    # 4: scan, where detectors in other processes have to speak first

    def _scanned(self, event: events.Scanned, now: Moment) -> list[Command]:
        process = self._asked[0].process
        if not self._take(event.heard):
            return self._scan_failed(events.ScanFailed(process, "error"), now)
        return self._decide(self._raw, now)

    def _scan_failed(self, event: events.ScanFailed, now: Moment) -> list[Command]:
        """INVARIANT: P1 - what has to be looked at, and cannot be, does not leave."""
        if not self._let_pass(event.process):
            self._failed = (event.process, event.why)
        return [Blind(event.process, event.why), *self._decide(self._raw, now)]

    # 5 and 6: keep, record, then forward

    def _kept(self, event: events.Kept, now: Moment) -> list[Command]:
        entry = self._keeping
        assert entry is not None
        self._keeping = None
        self.state = State.RECORDING
        return [RecordDecision(entry)]

    def _not_kept(self, event: events.KeepFailed, now: Moment) -> list[Command]:
        entry = self._keeping
        assert entry is not None
        self._keeping = None
        self._kept_class = ""
        self._refusal = no.not_kept(self.id)
        self.state = State.REFUSING
        return [RecordDecision(record.not_kept(entry))]

    def _forward(self, event: events.Recorded, now: Moment) -> list[Command]:
        """INVARIANT: P2 - the only place that forwards, reached only from RECORDING by Recorded."""
        right, out = self._right, self._outgoing
        assert right is not None
        assert out is not None
        if stopped := self._decide_again(event, now):  # rights moved while the entry was written
            return stopped
        resolved = right.resolved
        if resolved.keeps != self._kept_class:  # and not as the request is kept, or is not
            return self._stop(no.keeping_changed(self.id), Outcome.REFUSED, now)
        if resolved.plan != self._plan:
            return self._stop(no.safeguards_changed(self.id), Outcome.REFUSED, now)
        model = resolved.model
        assert model is not None
        out = outgoing.renewed(self._wire, self._operation, out, right.session.standing, model)
        headers = CONTENT + (upstream_lines(self._headers) if self._lines is None else self._lines)
        self._headers = ()
        self._outgoing = None  # a stream may last hours; its request need not stay in memory
        self.state = State.FORWARDED
        forward = Forward(model.upstream, self._path + self._query, headers, out.body)
        later, self._later = self._later, ()
        if told := self._told:
            self._told = ()
            return [forward, Remember(told), *([Score(self.id, later)] if later else [])]
        return [forward, Score(self.id, later)] if later else [forward]

    def _refuse(self, event: events.Recorded | events.RecordFailed, now: Moment) -> list[Command]:
        refusal = self._refusal
        assert refusal is not None
        return self._end_refused(refusal, now)

    def _upstream_failed(self, event: events.UpstreamFailed, now: Moment) -> list[Command]:
        return self._stop(no.upstream(event.why, self.id), Outcome.FAILED, now)

    def _unrecorded(self, event: events.RecordFailed, now: Moment) -> list[Command]:
        return self._end_refused(no.unrecorded(self.id), now)

    def _edge_refused(self, event: events.EdgeRefused, now: Moment) -> list[Command]:
        return self._end_refused(no.edge(event, self.id), now)

    def _draining(self, event: events.Draining, now: Moment) -> list[Command]:
        return self._stop(no.draining(self.id), Outcome.CUT, now)

    # 8: ends

    def _client_gone(self, event: events.ClientGone, now: Moment) -> list[Command]:
        facts = self._reader.facts if self._reader is not None else None
        cancel: list[Command] = [CancelUpstream()] if self.state in LIVE else []
        return [*cancel, *self._end(Outcome.DISCONNECTED, "client_gone", now, facts)]


Turn = Callable[[Exchange, Any, Moment], list[Command]]


def _recorded(turn: Turn) -> Turn:
    """The same turn for a decision that waits for the vault: if it ends the call, the decision is recorded all the same."""

    def act(exchange: Exchange, event: events.Event, now: Moment) -> list[Command]:
        entry = exchange._keeping
        asked = turn(exchange, event, now)
        return [RecordDecision(entry), *asked] if exchange.state is State.DONE and entry is not None else asked

    return act


_ANY_TIME: dict[type, Turn] = {
    events.UpstreamFailed: Exchange._upstream_failed,
    events.ClientGone: Exchange._client_gone,
    events.Draining: Exchange._draining,
    events.Tick: Exchange._nothing,
}
_BEFORE: dict[type, Turn] = {**_ANY_TIME, events.EdgeRefused: Exchange._edge_refused, events.ViewChanged: Exchange._nothing}
_AFTER: dict[type, Turn] = {**_ANY_TIME, events.ViewChanged: Exchange._decide_again}

# Which event is expected in which state, and what it leads to; any other is out of turn. Indexed by State.
_TURNS: tuple[dict[type, Turn], ...] = (
    {**_BEFORE, events.HeadArrived: Exchange._head},
    {**_BEFORE, events.BodyArrived: Exchange._body},
    {
        **_ANY_TIME,
        events.ViewChanged: Exchange._nothing,  # it is decided again in any case
        events.Scanned: Exchange._scanned,
        events.ScanFailed: Exchange._scan_failed,
    },
    {
        **{kind: _recorded(_AFTER.get(kind, Exchange._out_of_turn)) for kind in events.Event.__args__},
        events.Kept: Exchange._kept,
        events.KeepFailed: Exchange._not_kept,
    },
    {**_AFTER, events.Recorded: Exchange._forward, events.RecordFailed: Exchange._unrecorded},
    {
        **_ANY_TIME,
        events.ViewChanged: Exchange._nothing,
        events.Recorded: Exchange._refuse,
        events.RecordFailed: Exchange._refuse,
    },
    {**_AFTER, events.UpstreamHead: Exchange._answer_head},
    {**_AFTER, events.UpstreamBody: Exchange._answer_body},
    {**_AFTER, events.UpstreamChunk: Exchange._pass_on, events.UpstreamEnd: Exchange._stream_end, events.Tick: Exchange._tick},
    dict.fromkeys(events.Event.__args__, Exchange._nothing),
)
