"""What becomes of the provider's answer? Passed on in whole events, or whole; and not before it was looked at.

1. Where no rule asks for detectors in answers, the bytes pass as they come.
2. Where rules ask only to be told, they pass, too, and are read beside that in pieces of some kilobytes.
3. Where a rule asks for more, nothing leaves that a detector may still object to (``safeguards.holdback``); what was taken out of
   the request is put back, and tool calls are reviewed before they are complete. The head leaves with the first event.
4. An answer in one piece is looked at whole. A detector that fails stops the answer.

The order of a whole call is the machine's question; what findings come to is the panel's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from safeconduct.audit.entries import CallEnded, Outcome
from safeconduct.exchange import carrying, events, holding, no, outgoing
from safeconduct.exchange.carrying import Pair
from safeconduct.exchange.commands import Blind, Command, SendAnswer, SendData, SendEnd, SendHead, TellHeld
from safeconduct.exchange.ending import State
from safeconduct.exchange.passage import Headers, answer_headers, answer_passes
from safeconduct.exchange.requesting import Requesting
from safeconduct.safeguards import panel, toolcalls
from safeconduct.safeguards.holdback import HoldBack
from safeconduct.safeguards.panel import Verdict
from safeconduct.safeguards.placing import Placing
from safeconduct.safeguards.ports import DetectorFailed
from safeconduct.safeguards.scope import Scope
from safeconduct.safeguards.stopping import Doubled, Stopped, unplaced
from safeconduct.terms.blocks import Block, Direction, Edit, Origin, ToolCall
from safeconduct.terms.call import Answer, AnswerFacts
from safeconduct.terms.findings import Action, Finding
from safeconduct.terms.held import Held
from safeconduct.terms.moments import Moment
from safeconduct.terms.streams import Heard
from safeconduct.wire.edits import NoSuchText, spliced
from safeconduct.wire.hearing import Hearing
from safeconduct.wire.sse import events_of, rewritten

PIECE: Final = 8 * 1024  # bytes of a stream that are read at once where nothing has to wait for it
WARNING: Final = b"x-safeconduct-warning"
REDACTED: Final = b"x-safeconduct-redacted"  # of the request
ANSWER_REDACTED: Final = b"x-safeconduct-answer-redacted"


FAULTS: Final = (Stopped, DetectorFailed, NoSuchText, Doubled)


class Answering(Requesting):
    """The part of a call after it was forwarded."""

    _hearing: Hearing | None = None
    objected = False  # what a detector saw, or that it could not look, ended the call
    _holds = False  # the answer waits for the guard
    _aside: list[bytes]  # whole events that have left and are yet to be read
    _aside_size = 0
    _scope: Scope | None = None
    _beside: Sequence[Pair] = ()  # headers of the answer that are yet to be looked at
    _reviewed: tuple[ToolCall, list[Finding]] | None = None  # the last tool call, and what was found about it
    _now: Moment = 0  # of this turn

    def _answer_head(self, event: events.UpstreamHead, now: Moment) -> list[Command]:
        if stopped := self._moved(event, now):
            return stopped
        self._first_byte = now - self._arrived
        self._answer_status = event.status
        self._answer_headers = answer_headers(event.headers, self.id.encode("ascii"))
        if self._right is not None and (said := self._right.said):
            self._answer_headers = (*self._answer_headers, (b"x-safeconduct-fallback", said))
        self._say(WARNING, self._warning)
        self._say(REDACTED, ", ".join(self._redacted))
        self._set_guard()
        if self._guard is not None:
            try:
                self._look_at_head(self._guard, event.headers, at_once=event.streams and self._holds)
            except (Stopped, DetectorFailed) as fault:
                return self._stopped(fault, now)
        if not event.streams:
            self.state = State.ANSWERING
            return []
        if self._guard is not None:
            self._hearing, self._aside = self._wire.hearing(), []
        self._reader, self._held = self._wire.stream_reader(), outgoing.Held()
        self.state = State.STREAMING
        begin = SendHead(event.status, self._answer_headers)
        if self._holds:  # a no may come before anything leaves, and is plainer then
            self._opening, self._sent = begin, self._wire.stream_reader()
            return []
        return [begin]

    def _say(self, name: bytes, said: str) -> None:
        if said:
            self._answer_headers = (*self._answer_headers, (name, said.encode("ascii", "replace")))

    def _answer_body(self, event: events.UpstreamBody, now: Moment) -> list[Command]:
        if stopped := self._moved(event, now):
            return stopped
        data = event.data
        facts = self._wire.read_answer(data)
        if facts.unreadable and self._answer_status == 200:  # what cannot be read cannot be inspected (P4)
            return self._stop(no.upstream("upstream_unreadable", self.id), Outcome.FAILED, now)
        if self._guard is not None:
            try:
                data = self._looked_through(self._guard, data, facts)
            except FAULTS as fault:
                return self._stopped(fault, now)
        self._bytes_out = len(data)
        sent = Answer(self._answer_status, self._answer_headers, data)  # as it is: errors of providers are theirs to word
        answer: list[Command] = [SendAnswer(sent), *self._end(Outcome.SERVED, "", now, facts)]
        if facts.stored or self._stores:
            return [*self._own(facts), *answer]
        return answer

    def _pass_on(self, event: events.UpstreamChunk, now: Moment) -> list[Command]:
        """INVARIANT: P5 - only whole events leave, so a cut can follow at any time; none by a decision that was overtaken."""
        if stopped := self._moved(event, now):
            return stopped
        data, reader = event.data, self._reader
        assert reader is not None
        reader.feed(data)
        facts = reader.facts
        if facts.unreadable:  # what cannot be read cannot be inspected (P4)
            return self._stop(no.upstream("upstream_unreadable", self.id), Outcome.FAILED, now)
        tail = reader.tail
        ready = self._held.release(data, tail) if tail or self._held else data
        if not ready:
            return []
        if self._guard is not None:
            try:
                ready = self._let_go(self._guard, ready, now)
            except FAULTS as fault:
                return self._stopped(fault, now)
        sent = self._leaving(ready)
        if self._owned < len(facts.stored) or (self._stores and facts.response_id):
            return [*self._own(facts), *sent]
        return sent

    def _stream_end(self, event: events.UpstreamEnd, now: Moment) -> list[Command]:
        if stopped := self._moved(event, now):
            return stopped
        reader = self._reader
        assert reader is not None
        reader.finish()
        facts = reader.facts
        if facts.terminal:
            rest = self._held.rest()
            if self._guard is not None:
                try:
                    rest = self._let_go(self._guard, rest, now, last=True)
                except FAULTS as fault:
                    return self._stopped(fault, now)
            return [*self._leaving(rest), SendEnd(), *self._end(Outcome.SERVED, facts.error_type, now, facts)]
        # The provider closed without the dialect's own end: say so, or the client waits or guesses (P12).
        return self._stop(no.torn(self.id), Outcome.FAILED, now)

    def _tick(self, event: events.Tick, now: Moment) -> list[Command]:
        """What need not wait any longer leaves; else the caller sees a sign of life (P12)."""
        guard = self._guard
        if guard is None or not guard.waits:
            return []
        if stopped := self._moved(event, now):
            return stopped
        try:
            ready = guard.tick(now, self._wire.keepalive())
        except FAULTS as fault:
            return self._stopped(fault, now)
        return self._leaving(ready)

    def _leaving(self, ready: bytes) -> list[Command]:
        """Whole events leave; the first ones with the head, where it waited for them."""
        if not ready:
            return []
        self._bytes_out += len(ready)
        if self._sent is not None:
            self._sent.feed(ready)
            if (begin := self._opening) is not None:
                self._opening = None
                return [begin, SendData(ready)]
        return [SendData(ready)]

    @property
    def waits(self) -> bool:
        """Whether something of the answer is held back, so that the call has to hear of time passing."""
        return self._guard is not None and self._guard.waits

    # what looks at it

    def _set_guard(self) -> None:
        """Ready what looks at this answer, where its rules ask for that."""
        right = self._right
        assert right is not None
        plan = right.resolved.plan
        asked = plan.detectors(Direction.ANSWER)
        if not asked and not self._placeholders:
            return
        self._holds = plan.holds or bool(self._placeholders)
        standing = right.session.standing
        if toolcalls.DETECTOR in asked or self._placeholders:
            self._scope = Scope.of(standing.project_assets, standing.project_hosts)
        held, scope = self._placeholders, self._scope
        self._guard = HoldBack(
            self._view.safeguards.inline,
            plan,
            rewritten,
            bounds=self._view.safeguards.bounds,
            placeholders=held,
            review=self._review,
            justified=self._trace.justified,
            released=self._released,
            placing=Placing(held, self._taint, scope, unseen=self._unseen) if held and scope else None,
        )

    def _look_at_head(self, guard: HoldBack, headers: Headers, *, at_once: bool) -> None:
        """Note the headers of the answer that were not found clean before; they are looked at now, or together with its texts.

        Raises what ``_stopped`` takes.
        """
        passing = [pair for pair in headers if answer_passes(pair[0])]
        self._beside = self._view.told.new(passing, self._view.safeguards.inline.version, guard.wanted)
        if at_once and self._beside:
            self._leave_out(guard, guard.beside(carrying.blocks(self._beside)))

    def _leave_out(self, guard: HoldBack, edits: Sequence[Edit]) -> Sequence[Edit]:
        """Take headers out of the answer that something would have to be taken out of; what else is to be changed."""
        if not guard.findings:
            self._view.told.keep(self._beside)
        self._beside = ()
        rest, names = carrying.parted(edits)
        if names:
            self._answer_headers = carrying.without(self._answer_headers, names)
        return rest

    def _review(self, call: ToolCall) -> list[Finding]:
        assert self._scope is not None
        found = toolcalls.review(call, self._scope, self._taint)
        self._reviewed = (call, found)
        return found

    def _held_call(self) -> str:
        """The id of the tool call that was reviewed last, if the plan holds it."""
        right = self._right
        if self._reviewed is None or right is None:
            return ""
        where = holding.where_of(right.session.standing, right.resolved.model)
        return holding.of_call(right.session.subject_key, where, *self._reviewed, right.resolved.plan)

    def _released(self, found: Sequence[Finding]) -> bool:
        """Whether a human let this very tool call through. A text of an answer is never the same twice: it is not released."""
        if self._reviewed is None or found is not self._reviewed[1]:
            return False
        name = self._held_call()
        return bool(name) and self._view.released(name, self._now)

    def _let_go(self, guard: HoldBack, ready: bytes, now: Moment, *, last: bool = False) -> bytes:
        """Whole events: what of them, and of those that waited, may leave. Raises what ``_stopped`` takes."""
        hearing = self._hearing
        assert hearing is not None
        if self._holds:
            heard = [(event, hearing.hear(event)) for event in events_of(ready)]
            for _, each in heard:
                if each.doubled:
                    raise Doubled
            if self._collected is not None:
                for _, each in heard:
                    self._collected.hear(each)
            return guard.take(heard, now) + guard.finish(now) if last else guard.take(heard, now)
        self._aside.append(ready)
        self._aside_size += len(ready)
        if last or self._aside_size >= PIECE:
            self._read_aside(guard, hearing)
            if last:
                guard.finish(now)
        return ready

    def _read_aside(self, guard: HoldBack, hearing: Hearing) -> None:
        whole, self._aside, self._aside_size = b"".join(self._aside), [], 0
        heard = hearing.skim(whole)
        if self._beside:
            heard = msgspec.structs.replace(heard, blocks=(*heard.blocks, *carrying.blocks(self._beside)))
        if self._collected is not None:
            self._collected.hear(heard)
        guard.note(heard)
        if self._beside:
            self._leave_out(guard, ())

    def _looked(self, guard: HoldBack, entry: CallEnded) -> None:
        """What left before the call ended early is read, too."""
        if self._hearing is not None and self._aside:
            try:
                self._read_aside(guard, self._hearing)
            except (Stopped, DetectorFailed):
                self._aside = []  # it has left; the entry tells how much was looked at
        super()._looked(guard, entry)

    def _looked_through(self, guard: HoldBack, data: bytes, facts: AnswerFacts) -> bytes:
        """An answer in one piece, as it may leave. Raises what ``_stopped`` takes."""
        if facts.unreadable:  # an error of something on the way, in no dialect
            heard = Heard(blocks=(Block("$", data.decode("utf-8", "replace"), Origin.OTHER),))
        else:
            heard = self._wire.answer(data)
        if heard.doubled and self._holds:
            raise Doubled
        if self._collected is not None:
            self._collected.read(heard.blocks)
        edits = self._leave_out(guard, guard.whole([*heard.blocks, *carrying.blocks(self._beside)], heard.calls))
        self._say(WARNING, panel.warning(Verdict(warned=guard.warned)) if guard.warned else "")
        self._say(ANSWER_REDACTED, ", ".join(guard.redacted))
        return spliced(data, edits)

    def _stopped(self, fault: Stopped | DetectorFailed | NoSuchText | Doubled, now: Moment) -> list[Command]:
        """The answer may not go on. INVARIANT: P1 - what has to be looked at, and cannot be, does not leave."""
        if isinstance(fault, Doubled):
            return self._stop(no.upstream("upstream_unreadable", self.id), Outcome.FAILED, now)
        self.objected = True
        if isinstance(fault, Stopped):
            reason = fault.verdict.reason
            assert reason is not None
            if fault.verdict.action is Action.HOLD and (told := self._told_held(fault.verdict, now)) is not None:
                reason = holding.said(reason, told.id)
                return [TellHeld(told), *self._stop(no.safeguard(reason, self.id), Outcome.CUT, now)]
            return self._stop(no.safeguard(reason, self.id), Outcome.CUT, now)
        if isinstance(fault, DetectorFailed):
            return [Blind(fault.detector, "error"), *self._stop(no.blind(fault.detector, self.id), Outcome.CUT, now)]
        seen = self._guard.findings if self._guard is not None else []
        return self._stop(no.safeguard(unplaced(seen), self.id), Outcome.CUT, now)

    def _told_held(self, verdict: Verdict, now: Moment) -> Held | None:
        """The note about a tool call that is held; None where something else of the answer is."""
        right, name = self._right, self._held_call()
        if right is None or self._reviewed is None or not name or verdict.findings[0] not in self._reviewed[1]:
            return None
        model = "" if right.resolved.model is None else right.resolved.model.id
        tool = self._reviewed[0].name
        return holding.note(name, self.id, right.session.standing, model, Direction.ANSWER, verdict, now, tool)

    # on what right it goes on

    def _decide_again(self, event: events.Event, now: Moment) -> list[Command]:  # noqa: ARG002 - a turn like any other
        """The view or the clock may have moved. Continue when the answer is still yes; otherwise stop with the new reason."""
        assert self._right is not None
        refusal = self._right.again(self.id, self._dialect, now)
        return [] if refusal is None else self._stop(refusal, Outcome.CUT, now)

    def _moved(self, event: events.Event, now: Moment) -> list[Command]:
        """Decide again if anything has moved since the call was decided; what stops it, or nothing."""
        right, self._now = self._right, now
        return self._decide_again(event, now) if right is not None and right.moved(now) else []
