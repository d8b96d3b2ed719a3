"""What does one call ask for, and who does it? Carries out the machine's commands: the journal, the provider, the caller's door.

One object a call, so that whatever comes late (a disk that reports, a provider that answers) finds its own call or nothing.
Decides nothing; the order is the machine's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from safeconduct.audit.entries import Outcome
from safeconduct.exchange import commands, events, no, record
from safeconduct.gateway.keeping import Keeping
from safeconduct.gateway.ports import Headers, Ticket
from safeconduct.gateway.routes import Route
from safeconduct.terms.call import Answer
from safeconduct.terms.moments import Moment

if TYPE_CHECKING:
    from safeconduct.gateway.worker import Worker


class Door(Protocol):
    """The caller's side, as a call sees it."""

    def answer(self, answer: Answer, *, close: bool) -> None: ...
    def stream_head(self, status: int, headers: Headers) -> None: ...
    def stream_data(self, data: bytes) -> None: ...
    def stream_end(self, *, close: bool) -> None: ...
    def body_left(self) -> None: ...
    def unsent(self) -> int: ...
    def abort(self) -> None: ...


class Call:
    """A call at hand: its machine, its decision entry, and where it was forwarded."""

    __slots__ = ("_door", "_exchange", "_keeping", "_opened", "_ticket", "_worker")

    def __init__(self, worker: Worker, door: Door, route: Route) -> None:
        self._worker = worker
        self._door = door
        self._exchange = worker.exchange(route)
        self._opened = 0  # seq of the decision entry
        self._ticket: Ticket | None = None
        self._keeping: Keeping | None = None  # there when content is kept; then it is the door, too

    @property
    def expires(self) -> Moment:
        """When the decision lapses by the clock; 0 when there is none to watch."""
        return self._exchange.expires

    @property
    def live(self) -> bool:
        """Whether it is at the provider, so that a stop has something to cut."""
        return self._exchange.right is not None

    @property
    def waits(self) -> bool:
        """Whether something of the answer is held back."""
        return self._exchange.waits

    def stands(self, now: Moment) -> bool:
        """Whether nothing has moved that its decision rests on."""
        right = self._exchange.right
        return right is None or right.stands(now)

    @property
    def seat(self) -> tuple[str, str, str]:
        """Who is served, for which organization, by which model; of a live call."""
        right = self._exchange.right
        assert right is not None
        return right.seat

    def step(self, event: events.Event) -> None:
        """Let something happen to the call, and do what follows."""
        exchange, worker = self._exchange, self._worker
        now = worker.clock()
        if now >= worker.watch.due:  # this process stood still: ask what was missed before anything goes on (P5)
            worker.watch.look()
            now = worker.clock()
        try:
            asked = exchange.step(event, now)
        except Exception as fault:  # noqa: BLE001 - a door: a fault of ours is told, and still a no with an outcome (P12)
            worker.fault(fault)
            asked = exchange.step(events.RecordFailed(), worker.clock())
        for command in asked:
            try:
                _PERFORM[type(command)](self, command)
            except Exception as fault:  # noqa: BLE001 - one that fails must not keep the outcome from being recorded (P2)
                worker.fault(fault)
                self._door.abort()

    def pause(self) -> None:
        """The caller does not read; so the provider is not read either."""
        if self._ticket is not None:
            self._ticket.pause()

    def resume(self) -> None:
        if self._ticket is not None:
            self._ticket.resume()

    # commands

    def _send_data(self, command: commands.SendData) -> None:
        self._door.stream_data(command.data)

    def _keep(self, command: commands.Keep) -> None:
        self._door = self._keeping = Keeping(self._worker, self._door, command.entry)
        self._keeping.request(command, self._kept)

    def _scan(self, command: commands.Scan) -> None:
        self._worker.scanning.scan(
            command.texts,
            lambda heard: self.step(events.Scanned(heard)),
            lambda process, why: self.step(events.ScanFailed(process, why)),
        )

    def _score(self, command: commands.Score) -> None:
        worker = self._worker
        worker.announcer.expect(command.call)
        worker.scanning.score(command.texts, lambda heard: worker.heard(command.call, command.texts, heard))

    def _remember(self, command: commands.Remember) -> None:
        self._worker.remember(command.texts)

    def _blind(self, command: commands.Blind) -> None:
        self._worker.blind(command.detector, command.why)

    def _kept(self, durable: bool) -> None:
        """INVARIANT: P2 - what is recorded of a call names only what is durable in the vault: the records waited for this."""
        keeping = self._keeping
        assert keeping is not None
        keeping.waits = False
        self.step(events.Kept() if durable else events.KeepFailed())
        held, keeping.held = keeping.held, []
        for command in held:  # it ended while the vault was at work
            if isinstance(command, commands.RecordDecision) and not durable:
                record.not_kept(command.entry)
            _PERFORM[type(command)](self, command)

    def _record_decision(self, command: commands.RecordDecision) -> None:
        if self._keeping is not None and self._keeping.waits:
            self._keeping.held.append(command)
            return
        self._opened = self._worker.record_decision(command.entry, self._recorded)

    def _record_outcome(self, command: commands.RecordOutcome) -> None:
        if self._keeping is None or not self._held_back(self._keeping, command):
            self._worker.record_outcome(command.entry, self._opened if command.opened else 0)
        cut = command.entry.outcome is Outcome.CUT and command.entry.code != no.DRAINING
        if cut and not self._exchange.objected:  # a stop, and not what a detector saw
            self._worker.watch.cut(self._door)

    def _held_back(self, keeping: Keeping, command: commands.RecordOutcome) -> bool:
        """Whether the vault has to speak before the outcome can be recorded, of the request or of the answer."""
        if keeping.waits:
            keeping.held.append(command)
            return True
        entry, closes = command.entry, self._opened if command.opened else 0
        return bool(entry.kept_class) and keeping.answered(entry, lambda _: self._worker.record_outcome(entry, closes))

    def _send_answer(self, command: commands.SendAnswer) -> None:
        self._door.answer(command.answer, close=command.close)

    def _send_head(self, command: commands.SendHead) -> None:
        self._door.stream_head(command.status, command.headers)

    def _send_end(self, command: commands.SendEnd) -> None:
        self._door.stream_end(close=command.close)

    def _cancel(self, command: commands.CancelUpstream) -> None:  # noqa: ARG002 - one signature for every command
        if self._ticket is not None:
            self._ticket.withdraw()
            self._ticket = None

    def _own(self, command: commands.Own) -> None:
        self._worker.owners.own(command.resource, command.owner)

    def _tell_held(self, command: commands.TellHeld) -> None:
        self._worker.held.tell(command.held)

    def _announce(self, command: commands.Announce) -> None:
        self._worker.announcer.announce(command.signal)

    def _recorded(self, durable: bool) -> None:
        self.step(events.Recorded() if durable else events.RecordFailed())

    def _forward(self, command: commands.Forward) -> None:
        pool = self._worker.pools.get(command.upstream)
        if pool is None:
            self.step(events.UpstreamFailed("upstream_unknown"))
            return
        self._ticket = pool.send(self, command.path, command.headers, command.body)

    # the provider's side (Answered)

    def upstream_open(self) -> None:
        self._worker.watch.look_if_late()

    def upstream_taken(self) -> None:
        self._door.body_left()

    def upstream_head(self, status: int, headers: Headers, streams: bool) -> None:
        self.step(events.UpstreamHead(status, headers, streams))

    def upstream_chunk(self, data: bytes) -> None:
        self.step(events.UpstreamChunk(data))

    def upstream_body(self, data: bytes) -> None:
        self._ticket = None
        self.step(events.UpstreamBody(data))

    def upstream_end(self) -> None:
        self._ticket = None
        self.step(events.UpstreamEnd())

    def upstream_failed(self, why: str) -> None:
        self._ticket = None
        self.step(events.UpstreamFailed(why))


# Who carries out which command. A table, because one is looked up for every piece of every stream.
_PERFORM: dict[type, Callable[[Call, Any], None]] = {
    commands.SendData: Call._send_data,  # noqa: SLF001 - the class's own methods
    commands.RecordDecision: Call._record_decision,  # noqa: SLF001
    commands.Keep: Call._keep,  # noqa: SLF001
    commands.Scan: Call._scan,  # noqa: SLF001
    commands.Score: Call._score,  # noqa: SLF001
    commands.Remember: Call._remember,  # noqa: SLF001
    commands.Blind: Call._blind,  # noqa: SLF001
    commands.Forward: Call._forward,  # noqa: SLF001
    commands.SendAnswer: Call._send_answer,  # noqa: SLF001
    commands.RecordOutcome: Call._record_outcome,  # noqa: SLF001
    commands.SendHead: Call._send_head,  # noqa: SLF001
    commands.SendEnd: Call._send_end,  # noqa: SLF001
    commands.CancelUpstream: Call._cancel,  # noqa: SLF001
    commands.Own: Call._own,  # noqa: SLF001
    commands.Announce: Call._announce,  # noqa: SLF001
    commands.TellHeld: Call._tell_held,  # noqa: SLF001
}
