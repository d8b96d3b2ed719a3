"""A call, from arrival to outcome: the order of things, in one file.

1. The head names a live credential, or the call ends there.
2. The body is read strictly and whole before anything is decided (P3, P4).
3. Standing, model and context are decided; unknown is never allowed (P1).
4. The decision is durable before one byte leaves (P2). If it cannot be written, the answer is no.
5. The provider's answer passes in whole events, so that a stop can always end the stream in the caller's own dialect (P5, P12).
6. Every arrival ends in exactly one outcome entry (P2).

The machine does no I/O and knows no clock: events and the moment come in, commands go out. Whatever comes out of turn is a
fault of ours, and still a no.
"""

from __future__ import annotations

import hashlib
from enum import Enum

from safeconduct.audit import commitment
from safeconduct.audit.entries import CallDecided, CallEnded, Outcome, clip
from safeconduct.exchange import no
from safeconduct.exchange.commands import (
    CancelUpstream,
    Command,
    Forward,
    Own,
    RecordDecision,
    RecordOutcome,
    SendAnswer,
    SendData,
    SendEnd,
    SendHead,
)
from safeconduct.exchange.events import (
    BodyArrived,
    ClientGone,
    Draining,
    EdgeRefused,
    Event,
    HeadArrived,
    Recorded,
    RecordFailed,
    UpstreamBody,
    UpstreamChunk,
    UpstreamEnd,
    UpstreamFailed,
    UpstreamHead,
    ViewChanged,
)
from safeconduct.exchange.passage import Headers, answer_headers, upstream_lines
from safeconduct.exchange.view import Resolved, Session, View
from safeconduct.terms.call import AnswerFacts, CallView, Dialect, Operation, Refusal
from safeconduct.terms.moments import Moment
from safeconduct.wire import dialect as dialects
from safeconduct.wire.sse import StreamReader
from safeconduct.wire.strict import Malformed


class State(Enum):
    WAITING = "waiting"  # for the head
    READING = "reading"  # head accepted, body outstanding
    RECORDING = "recording"  # a permit waits to be durable
    REFUSING = "refusing"  # a no waits to be durable
    FORWARDED = "forwarded"  # at the provider, nothing back yet
    ANSWERING = "answering"  # a JSON answer is on its way, nothing sent yet
    STREAMING = "streaming"  # the caller has the head of a stream
    DONE = "done"


class Exchange:
    """One call. ``step`` takes what happened and returns what to do, in order."""

    __slots__ = (
        "_answer_headers",
        "_answer_status",
        "_arrived",
        "_bytes_out",
        "_call",
        "_opened",
        "_dialect",
        "_first_byte",
        "_headers",
        "_held",
        "_operation",
        "_owned",
        "_path",
        "_query",
        "_reader",
        "_refusal",
        "_resolved",
        "_session",
        "_session_id",
        "_stream",
        "_view",
        "_wire",
        "id",
        "state",
    )

    def __init__(self, view: View, dialect: Dialect, operation: Operation, path: bytes, call_id: str, arrived: Moment) -> None:
        self.id = call_id
        self.state = State.WAITING
        self._view = view
        self._dialect = dialect
        self._operation = operation
        self._path = path
        self._wire = dialects.of(dialect)
        self._arrived = arrived
        self._session: Session | None = None
        self._session_id = ""
        self._headers: Headers = ()
        self._query = b""
        self._call: CallView | None = None
        self._stream = False
        self._resolved: Resolved | None = None
        self._refusal: Refusal | None = None
        self._reader: StreamReader | None = None
        self._answer_headers: Headers = ()
        self._answer_status = 0
        self._opened = False
        self._bytes_out = 0
        self._first_byte = -1
        self._owned = False
        self._held = b""  # the part of an event whose end has not come yet

    @property
    def expires(self) -> Moment:
        """When the decision must be taken again by the clock alone; 0 when there is none to watch."""
        if self._resolved is None or self.state not in _LIVE:
            return 0
        return self._resolved.decision.valid_until

    def step(self, event: Event, now: Moment) -> list[Command]:  # noqa: C901, PLR0911 - the order of the house, one line a case
        """Take one event at ``now``; return the commands to carry out, in order."""
        state = self.state
        if state is State.STREAMING and type(event) is UpstreamChunk:  # the one path that runs for every event of every stream
            return self._pass_on(event.data, now)
        match state, event:
            case State.DONE, _:
                return []
            case State.WAITING, HeadArrived():
                return self._head(event, now)
            case State.READING, BodyArrived(body=body):
                return self._body(body, now)
            case State.RECORDING, Recorded():
                return self._forward(now)
            case State.REFUSING, (Recorded() | RecordFailed()):
                return self._refuse(now)
            case State.RECORDING, RecordFailed():
                return self._end_refused(no.unrecorded(self.id), now)
            case State.FORWARDED, UpstreamHead():
                return self._answer_head(event, now)
            case State.ANSWERING, UpstreamBody(data=data):
                return self._answer_body(data, now)
            case State.STREAMING, UpstreamEnd():
                return self._stream_end(now)
            case (State.WAITING | State.READING), EdgeRefused():
                return self._end_refused(no.edge(event, self.id), now)
            case _, UpstreamFailed(why=why):
                return self._upstream_failed(why, now)
            case _, ClientGone():
                return self._client_gone(now)
            case _, ViewChanged():
                return self._decide_again(now)
            case _, Draining():
                return self._stop(no.draining(self.id), Outcome.CUT, now)
            case _:
                return self._stop(no.out_of_turn(self.id), Outcome.FAILED, now)

    # 1 and 2: who, and what

    def _head(self, event: HeadArrived, now: Moment) -> list[Command]:
        session = None if event.digest is None else self._view.session(event.digest, now)
        if session is None:
            return self._end_refused(no.unauthenticated(self.id, presented=event.digest is not None), now)
        self._session = session
        self._session_id = event.session
        self._headers = event.headers
        self._query = b"?beta=true" if event.query == b"beta=true" else b""
        self.state = State.READING
        return []

    def _body(self, body: bytes, now: Moment) -> list[Command]:
        session = self._session
        assert session is not None
        try:
            call = self._wire.read(body, self._operation)
        except Malformed as malformed:
            return self._end_refused(no.malformed(malformed, self.id), now)
        # The session may have aged while the body was on its way.
        fresh = self._view.refreshed(session, now)
        if fresh is None:
            return self._end_refused(no.unauthenticated(self.id, presented=True), now)
        self._session = fresh
        self._call = call
        self._stream = call.stream
        resolved = self._view.decide(fresh, call, now)
        self._resolved = resolved
        # INVARIANT: P1 - only an explicit permit without errors moves on to recording a permit.
        if resolved.decision.permits and resolved.model is not None:
            self.state = State.RECORDING
        else:
            self._refusal = no.denied(resolved.decision, self.id)
            self.state = State.REFUSING
        self._opened = True
        return [RecordDecision(self._decision_entry(call, fresh, resolved, now))]

    # 3 and 4: record, then forward

    def _forward(self, now: Moment) -> list[Command]:
        """INVARIANT: P2 - the only place that forwards, reached only from RECORDING by Recorded."""
        session, call, resolved = self._session, self._call, self._resolved
        assert session is not None
        assert call is not None
        assert resolved is not None
        if not self._view.holds(resolved, now):  # rights moved while the entry was written
            if stopped := self._decide_again(now):
                return stopped
            session, resolved = self._session, self._resolved
            assert session is not None
            assert resolved is not None
        model = resolved.model
        assert model is not None
        # INVARIANT: P11 - identity and programs come from the registry, whatever the body said.
        standing = session.standing
        body = self._wire.edited(call, model=model.served_as, pseudonym=standing.pseudonym, programs=standing.programs)
        headers = upstream_lines(self._headers)
        self._headers = ()
        self._call = None  # a stream may last hours; its request need not stay in memory
        self.state = State.FORWARDED
        return [Forward(model.upstream, self._path + self._query, headers, body)]

    def _refuse(self, now: Moment) -> list[Command]:
        refusal = self._refusal
        assert refusal is not None
        return self._end_refused(refusal, now)

    # 5: the answer

    def _answer_head(self, event: UpstreamHead, now: Moment) -> list[Command]:
        call_id = self.id.encode("ascii")
        self._first_byte = now - self._arrived
        self._answer_status = event.status
        self._answer_headers = answer_headers(event.headers, call_id, call_id)
        if not event.streams:
            self.state = State.ANSWERING
            return []
        self._reader = self._wire.stream_reader()
        self.state = State.STREAMING
        return [SendHead(event.status, self._answer_headers)]

    def _answer_body(self, data: bytes, now: Moment) -> list[Command]:
        facts = self._wire.read_answer(data)
        self._bytes_out = len(data)
        sent = no.passed_on(self._answer_status, self._answer_headers, data)
        return [*self._own(facts), SendAnswer(sent), *self._end(Outcome.SERVED, "", now, facts)]

    def _pass_on(self, data: bytes, now: Moment) -> list[Command]:
        """INVARIANT: P5 - only whole events leave, so a terminal event can follow at any moment."""
        reader = self._reader
        assert reader is not None
        reader.feed(data)
        facts = reader.facts
        if facts.unreadable:  # what cannot be read cannot be inspected (P4)
            return self._stop(no.upstream("upstream_unreadable", self.id), Outcome.FAILED, now)
        if self._held:
            data = self._held + data
        tail = reader.tail
        if tail:
            ready, self._held = data[:-tail], data[-tail:]
        else:
            ready, self._held = data, b""
        if not ready:
            return []
        self._bytes_out += len(ready)
        if not self._owned and facts.response_id:
            return [*self._own(facts), SendData(ready)]
        return [SendData(ready)]

    def _stream_end(self, now: Moment) -> list[Command]:
        reader = self._reader
        assert reader is not None
        reader.finish()
        facts = reader.facts
        if facts.terminal:
            rest = self._held
            self._bytes_out += len(rest)
            sent: list[Command] = [SendData(rest)] if rest else []
            return [*sent, SendEnd(), *self._end(Outcome.SERVED, facts.error_type, now, facts)]
        # The provider closed without the dialect's own end: say so, or the client waits or guesses (P12).
        return self._stop(no.torn(self.id), Outcome.FAILED, now)

    def _upstream_failed(self, why: str, now: Moment) -> list[Command]:
        return self._stop(no.upstream(why, self.id), Outcome.FAILED, now)

    # 6: ends

    def _client_gone(self, now: Moment) -> list[Command]:
        facts = self._reader.facts if self._reader is not None else None
        cancel: list[Command] = [CancelUpstream()] if self.state in _LIVE else []
        return [*cancel, *self._end(Outcome.DISCONNECTED, "client_gone", now, facts)]

    def _decide_again(self, now: Moment) -> list[Command]:
        """The view or the clock moved. Continue when the answer is still yes; otherwise stop with the new reason."""
        session, resolved = self._session, self._resolved
        if session is None or self.state in {State.WAITING, State.READING, State.REFUSING}:
            return []
        assert resolved is not None
        fresh = self._view.refreshed(session, now)
        if fresh is None:
            return self._stop(no.key_ended(self.id), Outcome.CUT, now)
        again = self._view.decide_again(fresh, resolved, now)
        same = again.model is not None and resolved.model is not None and again.model.id == resolved.model.id
        if not again.decision.permits or not same:
            return self._stop(no.denied(again.decision, self.id), Outcome.CUT, now)
        self._session, self._resolved = fresh, again
        return []

    def _stop(self, refusal: Refusal, outcome: Outcome, now: Moment) -> list[Command]:
        """End the call from wherever it stands, in the caller's dialect, upstream broken off."""
        if self.state is State.STREAMING:
            reader = self._reader
            assert reader is not None
            data = self._wire.cut(refusal, reader.facts)
            self._bytes_out += len(data)
            ending = self._end(outcome, refusal.code, now, reader.facts)
            return [CancelUpstream(), SendData(data), SendEnd(close=True), *ending]
        if self.state in {State.FORWARDED, State.ANSWERING}:
            answer = self._wire.refusal(refusal, stream=self._stream and outcome is Outcome.CUT)
            ending = self._end(outcome, refusal.code, now, None)
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
        session = self._session
        if self._owned or not facts.response_id or session is None:
            return []
        self._owned = True
        return [Own(facts.response_id, session.owner)]

    def _end(self, outcome: Outcome, code: str, now: Moment, facts: AnswerFacts | None) -> list[Command]:
        """INVARIANT: P2 - the only place that makes an outcome entry, and it leaves the machine DONE."""
        forwarded = self.state in _LIVE
        self.state = State.DONE
        self._call = None
        entry = CallEnded(
            at=now,
            call=self.id,
            outcome=outcome,
            code=clip(code),
            status=self._answer_status,
            forwarded=forwarded,
            bytes_out=self._bytes_out,
            duration_us=max(0, now - self._arrived),
            first_byte_us=self._first_byte,
        )
        if facts is not None:
            entry.served_model = clip(facts.served_model)
            entry.stop_reason = clip(facts.stop_reason)
            entry.tokens_in = facts.input_tokens
            entry.tokens_out = facts.output_tokens
            entry.tokens_cached = facts.cached_tokens
            entry.tool_calls = facts.tool_calls
        return [RecordOutcome(entry, self._opened)]

    def _decision_entry(self, call: CallView, session: Session, resolved: Resolved, now: Moment) -> CallDecided:
        decision, standing = resolved.decision, session.standing
        key = session.subject_key
        body_hash = hashlib.sha256(call.body).hexdigest()
        known = resolved.model is not None
        entry = CallDecided(
            at=now,
            call=self.id,
            caller=standing.leaf_pseudonym,
            organization=standing.organization,
            project=standing.project,
            dialect=self._dialect.value,
            operation=self._operation.value,
            requested=call.model if known else "",
            resolved=resolved.model.id if resolved.model is not None else "",
            effect=decision.effect.value,
            reasons=resolved.reason_codes,
            rules=decision.rules,
            duties=resolved.duty_texts,
            context=resolved.context_texts,
            policy_hash=decision.policy_hash,
            standing_hash=decision.standing_hash,
            registry_version=self._view.version,
            body_length=len(call.body),
            stream=call.stream,
            request_commitment=self._commit(key, "request_sha256", body_hash),
        )
        if not known:
            entry.requested_commitment = self._commit(key, "requested", call.model)
        if self._session_id:
            entry.session_commitment = self._commit(key, "session", self._session_id)
        return entry

    def _commit(self, key: bytes, name: str, value: str) -> str:
        return commitment.commit(commitment.salt(key, self.id, name), name, value)


_LIVE = frozenset({State.FORWARDED, State.ANSWERING, State.STREAMING})
