"""Which part of a stream may leave already? Keeps back the events whose text a detector may still object to.

1. Every event's texts are scanned, on each channel together with what came before on it.
2. An event leaves when no text of it lies where something could still grow into a finding, and every event before it has left.
3. What is found is decided once it cannot grow any more: it is noted, taken out of the events that hold it, or stops the stream.
4. A tool call is reviewed before the event that completes it leaves. Where it would carry what is put back into it to a
   place that no party to the call named (``placing``), the stream is stopped, whatever the plan says about tool calls.
5. What waits is bounded. Where the bound is met while something is still open, the stream is stopped: what looks like the
   beginning of a finding until the end is treated as one.

INVARIANT: nothing that a detector may still object to has been sent, whatever the events and chunks are.

Knows no dialect: events are bytes with what was heard in them, and ``rewrite`` changes strings in them. Time is an argument.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from safeconduct.safeguards import redaction
from safeconduct.safeguards.channels import Channel, Part, Span, Waiting, edits_of, joined, last_part, merged, over_seams
from safeconduct.safeguards.mixing import MIXED, Mixing
from safeconduct.safeguards.panel import CLEAN, Verdict, judge
from safeconduct.safeguards.placing import Placing
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.ports import Bounds, Detectors
from safeconduct.safeguards.redaction import SEALED, Placeholders
from safeconduct.safeguards.restoring import Restoring
from safeconduct.safeguards.stopping import UNFINISHED as UNFINISHED
from safeconduct.safeguards.stopping import Stopped as Stopped
from safeconduct.safeguards.stopping import revealed, unfinished
from safeconduct.terms.blocks import Block, Direction, Edit, ToolCall
from safeconduct.terms.findings import Action, Finding
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.streams import Heard, Said

EVENTS_PER_TEXT: Final = 16  # an event is about so much larger than its text
MOST_FINDINGS: Final = 64  # remembered for the outcome
KEEP_ALIVE: Final = SECOND  # between two signs of life
TOOLS: Final = "tools"  # the detector that is asked about whole calls, not texts

Review = Callable[[ToolCall], list[Finding]]
Rewrite = Callable[[bytes, Sequence[Edit]], bytes]


class HoldBack:
    """One answer's stream. ``take``, ``finish`` and ``tick`` give back the bytes that may leave; they raise :class:`Stopped`.

    Whatever a detector raises passes through: the caller stops the stream then.
    """

    def __init__(
        self,
        detectors: Detectors,
        plan: Plan,
        rewrite: Rewrite,
        *,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        placeholders: Placeholders | None = None,
        review: Review | None = None,
        justified: bool = False,
        released: Callable[[Sequence[Finding]], bool] | None = None,
        placing: Placing | None = None,
    ) -> None:
        """``placeholders`` are the request's, to be turned back where ``placing`` lets them; ``review`` judges tool calls;
        ``released``: a human said yes.
        """
        self._detectors = detectors
        self._plan = plan
        self.wanted = plan.detectors(Direction.ANSWER) - {TOOLS}  # the detectors that look at its texts
        self._holds = plan.holds_text
        self._rewrite = rewrite
        self._bounds = bounds
        self._restoring = Restoring(placeholders, placing) if placeholders else None
        self._taken = Placeholders()
        self._review = review if TOOLS in plan.detectors(Direction.ANSWER) else None
        self._justified = justified
        self._released = released
        self._channels: dict[str, Channel] = {}
        self._queue: deque[Waiting] = deque()
        self._bytes, self._late = 0, False  # of what waits; whether a scan was put off
        self._alive: Moment = 0
        self._mixing = Mixing()
        self.findings: list[Finding] = []
        self.warned: tuple[Finding, ...] = ()
        self.codes: dict[str, None] = {}
        self.action = Action.LOG  # the strongest that was done
        self.scanned_blocks = self.scanned_bytes = 0
        self._counts: dict[str, int] = {}  # of what was taken out

    @property
    def asked(self) -> frozenset[str]:
        """The detectors that look at this answer."""
        return self._plan.detectors(Direction.ANSWER)

    @property
    def redacted(self) -> tuple[str, ...]:
        """How much was taken out, as sorted ``DETECTOR=COUNT``."""
        return redaction.told(self._counts) if self._counts else ()

    @property
    def waits(self) -> bool:
        """Whether anything is held back."""
        return bool(self._queue)

    def take(self, events: Iterable[tuple[bytes, Heard]], now: Moment) -> bytes:
        """The next whole events; everything that may leave now."""
        touched: dict[str, Channel] = {}
        for data, heard in events:
            self._enqueue(data, heard, now, touched)
        self._judge(touched.values(), whole=False)
        if self._late and self._full:
            self._catch_up()
        return self._release(now)

    def note(self, heard: Heard) -> None:
        """Scan what has left already: for a plan that asks for nothing but to be told."""
        touched: dict[str, Channel] = {}
        self._hear(heard, touched)
        self._judge(touched.values(), whole=False)

    def whole(self, blocks: Sequence[Block], calls: Iterable[ToolCall]) -> list[Edit]:
        """An answer that came in one piece: the edits it needs."""
        for call in calls:
            self._reviewed(call)
        return self._whole(blocks)

    def beside(self, blocks: Sequence[Block]) -> Sequence[Edit]:
        """Texts that come along with an answer: the edits they need. Nothing is put back into them."""
        found = self._detectors.scan(blocks, self.wanted)
        return self._verdict(found, blocks).edits if found else ()

    def finish(self, now: Moment) -> bytes:
        """Nothing more comes: judge what is left, and let it go."""
        self._judge(self._channels.values(), whole=True)
        return self._release(now)

    def tick(self, now: Moment, keepalive: bytes) -> bytes:
        """Time passes: what need not wait any longer, or a sign of life. Raises :class:`Stopped`, too."""
        if not self._queue or now - self._queue[0].since < self._bounds.hold_ms * 1_000:
            return b""
        if self._late:
            self._catch_up()
        ready = self._release(now) or self._split(self._queue[0])
        if not ready and now - self._alive >= KEEP_ALIVE:
            ready = keepalive
        if ready:
            self._alive = now
        return ready

    def _enqueue(self, data: bytes, heard: Heard, now: Moment, touched: dict[str, Channel]) -> None:
        held = Waiting(data, now)
        held.edits = self._hear(heard, touched, held.parts)
        held.whole = bool(held.edits or heard.calls or heard.ends or len(held.parts) != 1)
        self._queue.append(held)
        self._bytes += len(data)

    def _hear(self, heard: Heard, touched: dict[str, Channel], parts: list[Part] | None = None) -> list[Edit]:
        """Take in what one event says, or several. Channels that end here are judged here; others once the chunk is through."""
        edits = self._whole(heard.blocks) if heard.blocks else []
        mixing = self._mixing
        for said in heard.said:
            channel = self._channels.get(said.channel)
            if channel is None:
                channel = self._channels[said.channel] = Channel(said)
            start = channel.end
            channel.window += said.text
            if parts is not None:
                parts.append((channel, start, channel.end, said.path))
            touched[said.channel] = channel
            if said.loose or mixing.left:
                self._mix(said, channel, touched, parts)
            mixing.last = channel
        if heard.ends:
            ended = [each for name, each in self._channels.items() if name.startswith(heard.ends)]
            self._judge(ended, whole=True)
            for channel in ended:
                channel.seam = channel.end
        for call in heard.calls:
            self._reviewed(call)
        return edits

    def _mix(self, said: Said, channel: Channel, touched: dict[str, Channel], parts: list[Part] | None) -> None:
        """Read what comes around a loose text in one, too."""
        self._channels[MIXED] = touched[MIXED] = self._mixing.take(said, channel, self._queue, parts)
        if not self._mixing.left:
            self._judge([self._channels.pop(MIXED)], whole=True)

    def _whole(self, blocks: Sequence[Block]) -> list[Edit]:
        """Judge texts that came whole; the edits they need."""
        found = self._detectors.scan(blocks, self.wanted)
        self._count(len(blocks), sum(len(block.text) for block in blocks))
        edits = list(self._verdict(found, [block for block in blocks if not block.path.endswith(SEALED)]).edits) if found else []
        return edits + self._restoring.whole(list(blocks)) if self._restoring is not None else edits

    def _reviewed(self, call: ToolCall) -> None:
        if self._review is not None:
            self._verdict(self._review(call), ())
        # INVARIANT: P1 - what was taken out is put back into no tool call that goes where no party to the call sent it.
        if self._restoring is not None and (detector := self._restoring.reveals(call)):
            raise self._stopped(revealed(detector, call.id))

    def _verdict(self, found: Sequence[Finding], blocks: Sequence[Block]) -> Verdict:
        """What findings come to. Raises :class:`Stopped`."""
        if not found:
            return CLEAN
        released = self._released is not None and self._released(found)
        verdict = judge(found, self._plan, Direction.ANSWER, blocks, self._taken, justified=self._justified, released=released)
        self.findings.extend(verdict.findings[: MOST_FINDINGS - len(self.findings)])
        self.warned += verdict.warned[: MOST_FINDINGS - len(self.warned)]
        self.codes.update(dict.fromkeys(verdict.codes))
        redaction.count(verdict.edits, self._counts)
        self.action = max(self.action, verdict.action)
        if verdict.stops:
            raise Stopped(verdict)
        return verdict

    def _judge(self, channels: Iterable[Channel], *, whole: bool) -> None:
        """Scan channels for what came since they were; one that is long open is put off until more came. Then it just waits."""
        for channel in channels:
            if channel.decided < channel.end and (whole or channel.due):
                self._judge_channel(channel, whole=whole)
            elif channel.scanned < channel.end:
                self._late = True

    def _catch_up(self) -> None:
        """Scan what was put off."""
        self._late = False
        for channel in self._channels.values():
            if channel.scanned < channel.end:
                self._judge_channel(channel, whole=False)

    def _judge_channel(self, channel: Channel, *, whole: bool) -> None:
        """Scan what a channel brought, and decide what cannot grow any more."""
        window, said = channel.window, channel.said
        done = channel.decided - channel.base
        reached = len(window)
        restoring = None if said.sealed or channel.seams is not None else self._restoring
        holds = self._holds and not whole
        found = self._detectors.scan_text(said.path, window, said.origin)
        if holds:
            reached = self._detectors.open(window)  # directly after the scan of the same text, which is remembered
        part = last_part(channel)
        if part:
            before = len(window) - len(part)
            found = joined(found, self._detectors.scan_text(said.path, part, said.origin), before, len(window))
            if holds:
                reached = min(reached, before + self._detectors.open(part))
        if not whole:
            if restoring is not None:
                reached = min(reached, restoring.open(window))
            reached = max(reached, done)
        if channel.seams is not None:
            found = over_seams(found, channel)
        if found:
            reached = self._found(channel, found, done, reached, whole=whole)
        if restoring is not None:
            reached = restoring.decided(channel, done, reached, whole=whole)
        if channel.seams is None:
            self._count(0 if channel.base or done else 1, reached - done)
        channel.scanned, channel.decided = channel.end, channel.base + reached
        channel.trim() if restoring is None else restoring.trim(channel)

    def _found(self, channel: Channel, found: list[Finding], done: int, reached: int, *, whole: bool) -> int:
        """Decide what was found and is over; give back how far the text is decided. What is not over yet waits with its text."""
        window, said = channel.window, channel.said
        found = [msgspec.structs.replace(finding, start=done, end=reached) if finding.end == 0 else finding for finding in found]
        if not whole:
            for finding in sorted(found, key=lambda each: each.start, reverse=True):
                if finding.start < reached < finding.end:
                    reached = max(finding.start, done)
        closed = [finding for finding in found if done < finding.end <= reached]
        if closed:
            blocks = () if said.sealed else (Block(said.path, window, said.origin),)
            for edit in self._verdict(closed, blocks).edits:
                channel.spans.append(Span(channel.base + edit.start, channel.base + edit.end, edit.text))
        return reached

    def _release(self, now: Moment) -> bytes:
        """Everything at the head of the queue that is decided. Raises :class:`Stopped` where the bound is met."""
        ready: list[bytes] = []
        queue = self._queue
        while queue:
            held = queue[0]
            if any(channel.decided < end for channel, _, end, _ in held.parts):
                break
            queue.popleft()
            self._bytes -= len(held.data)
            ready.append(self._written(held))
        if queue and self._full:
            ready.append(self._split(queue[0]))
            if self._full:
                raise self._unfinished(queue[0])
        if ready:
            self._alive = now
        return ready[0] if len(ready) == 1 else b"".join(ready)

    @property
    def _full(self) -> bool:
        most = self._bounds.hold_bytes
        text = sum(channel.end - channel.decided for channel in self._channels.values())
        return text > most or self._bytes > most * EVENTS_PER_TEXT

    def _unfinished(self, held: Waiting) -> Stopped:
        """Too much waits."""
        path = next((path for channel, _, end, path in held.parts if channel.decided < end), "$")
        return self._stopped(unfinished(min(self._plan.acting(Direction.ANSWER) - {TOOLS}, default="secrets"), path))

    def _stopped(self, verdict: Verdict) -> Stopped:
        """The end of the stream, whatever the plan says."""
        self.findings.extend(verdict.findings)
        self.codes.update(dict.fromkeys(verdict.codes))
        self.action = Action.CUT
        return Stopped(verdict)

    def _written(self, held: Waiting) -> bytes:
        """An event as it leaves."""
        edits, mixed = held.edits, False
        for channel, start, end, path in held.parts:
            if channel.spans:
                edits = edits + edits_of(channel.spans, start, end, path)
                channel.spans = [span for span in channel.spans if span.end > end]
                mixed = mixed or channel.seams is not None
        return self._rewrite(held.data, merged(edits) if mixed else edits) if edits else held.data

    def _split(self, held: Waiting) -> bytes:
        """The part of a waiting event that is not open, as an event of its own; the rest waits on. Nothing where that fails."""
        if held.whole:
            return b""
        channel, start, end, path = held.parts[0]
        size, at = end - start, channel.decided - start
        if not 0 < at < size:
            return b""
        edits = edits_of(channel.spans, start, channel.decided, path)
        first = self._rewrite(held.data, [*edits, Edit(path, at, size, "")])
        rest = self._rewrite(held.data, [Edit(path, 0, at, "")])
        self._bytes += len(rest) - len(held.data)
        held.data = rest
        held.parts[0] = (channel, channel.decided, end, path)
        return first

    def _count(self, blocks: int, size: int) -> None:
        self.scanned_blocks += blocks
        self.scanned_bytes += size
