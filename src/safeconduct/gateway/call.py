"""What does one call ask for, and who does it? Carries out the machine's commands: the journal, the provider, the caller's door.

One object a call, so that whatever comes late (a disk that reports, a provider that answers) finds its own call or nothing.
Decides nothing; the order is the machine's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from safeconduct.exchange import commands, events
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
    def abort(self) -> None: ...


class Call:
    """A call at hand: its machine, its decision entry, and where it was forwarded."""

    __slots__ = ("_door", "_exchange", "_opened", "_ticket", "_worker")

    def __init__(self, worker: Worker, door: Door, route: Route) -> None:
        self._worker = worker
        self._door = door
        self._exchange = worker.exchange(route)
        self._opened = 0  # seq of the decision entry
        self._ticket: Ticket | None = None

    @property
    def expires(self) -> Moment:
        """When the decision lapses by the clock; 0 when there is none to watch."""
        return self._exchange.expires

    def step(self, event: events.Event) -> None:
        """Let something happen to the call, and do what follows."""
        exchange, worker = self._exchange, self._worker
        try:
            asked = exchange.step(event, worker.clock())
        except Exception as fault:  # noqa: BLE001 - a door: a fault of ours is told, and still a no with an outcome (P12)
            worker.fault(fault)
            asked = exchange.step(events.RecordFailed(), worker.clock())
        for command in asked:
            try:
                self._perform(command)
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

    def _perform(self, command: commands.Command) -> None:
        match command:
            case commands.SendData(data=data):
                self._door.stream_data(data)
            case commands.RecordDecision(entry=entry):
                self._opened = self._worker.record_decision(entry, self._recorded)
            case commands.Forward():
                self._forward(command)
            case commands.SendAnswer(answer=answer, close=close):
                self._door.answer(answer, close=close)
            case commands.RecordOutcome(entry=entry, opened=opened):
                self._worker.record_outcome(entry, self._opened if opened else 0)
            case commands.SendHead(status=status, headers=headers):
                self._door.stream_head(status, headers)
            case commands.SendEnd(close=close):
                self._door.stream_end(close=close)
            case commands.CancelUpstream():
                if self._ticket is not None:
                    self._ticket.withdraw()
                    self._ticket = None
            case commands.Own(resource=resource, owner=owner):
                self._worker.owners.own(resource, owner)

    def _recorded(self, durable: bool) -> None:
        self.step(events.Recorded() if durable else events.RecordFailed())

    def _forward(self, command: commands.Forward) -> None:
        pool = self._worker.pools.get(command.upstream)
        if pool is None:
            self.step(events.UpstreamFailed("upstream_unknown"))
            return
        self._ticket = pool.send(self, command.path, command.headers, command.body)

    # the provider's side (Answered)

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
