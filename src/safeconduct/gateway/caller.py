"""One caller's connection: bytes to events, commands to bytes. Decides nothing.

``request`` reads, ``reply`` writes, the machine of ``exchange`` says what to do; here they meet the socket. Backpressure runs
both ways: a slow caller pauses the provider, and nothing is read ahead of what is being answered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

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
)
from safeconduct.exchange.machine import Exchange
from safeconduct.gateway import edge, routes
from safeconduct.gateway.edge import EdgeFault
from safeconduct.gateway.reply import Reply
from safeconduct.gateway.request import Head, NotHttp, RequestReader
from safeconduct.gateway.routes import Kind, Route
from safeconduct.terms.call import Answer
from safeconduct.upstreams.pool import Headers, Ticket

if TYPE_CHECKING:
    from safeconduct.gateway.worker import Worker

LINGER_SECONDS = 2.0  # after a no to an unfinished upload: read on and drop, or a reset would eat the answer
BODY_RATE = 32 * 1024  # bytes a second an upload must average after its grace
INFINITE = float("inf")
SESSION_HEADERS = frozenset({b"x-claude-code-session-id", b"session_id", b"session-id"})
MAX_SESSION = 256

NOT_HTTP = EdgeFault(400, "not_http", "The request is not well-formed HTTP/1.1.", "Check the client or proxy in front.")
NO_ROUTE = EdgeFault(404, "route_unknown", "This gateway does not serve this path.", "See the documented routes.")
FULL = EdgeFault(503, "gateway_full", "The gateway holds too many large requests at once.", "Try again shortly.")
SLOW = EdgeFault(408, "too_slow", "The request did not arrive in time.", "Check the network and try again.")


class CallerConnection(asyncio.Protocol):
    """The server side of one connection."""

    __slots__ = (
        "_buffered",
        "_close_after",
        "_closing",
        "_discard",
        "_exchange",
        "_head",
        "_opened",
        "_parts",
        "_paused",
        "_reader",
        "_reply",
        "_route",
        "_size",
        "_ticket",
        "_transport",
        "_worker",
        "deadline",
    )

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._reader = RequestReader(self)
        self._transport: asyncio.Transport | None = None
        self._reply: Reply | None = None
        self._exchange: Exchange | None = None
        self._ticket: Ticket | None = None
        self._opened = 0  # seq of the call's decision entry
        self._close_after = self._closing = self._paused = False
        self._buffered = 0
        self.deadline = 0.0
        self._reset()

    def _reset(self) -> None:
        self._discard = False  # answered already; the rest of the request is dropped
        self._head: Head | None = None
        self._route: Route | None = None
        self._parts: list[bytes] = []
        self._size = 0

    # the socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._reply = Reply(self._transport, self._worker.meters)
        self._worker.opened(self)
        self.deadline = self._worker.now() + self._worker.limits.header_seconds

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        reader = self._reader
        if not reader.begun:
            self.deadline = self._worker.now() + self._worker.limits.header_seconds
        try:
            reader.feed(data)
        except NotHttp:
            self._not_http()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._worker.closed(self)
        self._step(ClientGone())
        self._exchange = None
        self._release()
        self._transport = self._reply = None

    def pause_writing(self) -> None:
        self._paused = True
        self.deadline = self._worker.now() + self._worker.limits.write_seconds
        if self._ticket is not None and self._ticket.connection is not None:
            self._ticket.connection.pause()

    def resume_writing(self) -> None:
        self._paused = False
        if not self._closing:
            self.deadline = INFINITE if self._head is not None else self._worker.now() + self._worker.limits.keepalive_seconds
        if self._ticket is not None and self._ticket.connection is not None:
            self._ticket.connection.resume()

    # the request (RequestSink)

    def request_head(self, head: Head) -> None:
        self._head = head
        if not head.keep_alive:
            self._close_after = True
        self._route = route = routes.find(head.method, head.path)
        fault = edge.head_fault(head.headers, head.size, head.target)
        if fault is None and route is None:
            fault = NO_ROUTE
        if fault is not None:
            self._edge_no(fault)
        elif route is not None and route.kind is Kind.CALL:
            self._call_head(head, route)

    def request_body(self, data: bytes) -> None:
        if self._discard or self._exchange is None:
            return
        self._size += len(data)
        if self._size > self._worker.limits.max_body_bytes:
            self._refuse(self._too_large())
            return
        self._buffered += len(data)
        if not self._worker.buffer(len(data)):
            self._refuse(FULL)
            return
        self._parts.append(data)

    def request_complete(self) -> None:
        if self._discard or self._closing:
            return
        if self._exchange is not None:
            parts, self._parts = self._parts, []
            self.deadline = INFINITE
            self._worker.meters.bytes_in += self._size
            self._step(BodyArrived(parts[0] if len(parts) == 1 else b"".join(parts)))
        elif self._route is not None:
            self._answer_directly(self._route)

    def _call_head(self, head: Head, route: Route) -> None:
        worker = self._worker
        self._exchange = worker.exchange(route)
        presented, fault = edge.credential(head.headers)
        if fault is not None:
            self._refuse(fault)
            return
        length, session, expects = -1, b"", False
        for name, value in head.headers:
            if name == b"content-length":
                length = int(value)
            elif name in SESSION_HEADERS:
                session = value[:MAX_SESSION]
            elif name == b"expect":
                expects = True
        digest = worker.digest(presented) if presented else None
        self._step(HeadArrived(digest, length, tuple(head.headers), session.decode("latin-1"), head.query))
        if self._discard or self._closing:
            return
        if length > worker.limits.max_body_bytes:
            self._refuse(self._too_large())
            return
        self.deadline = worker.now() + worker.limits.body_seconds + max(length, 0) / BODY_RATE
        if expects and self._reply is not None:
            self._reply.go_on()

    def _too_large(self) -> EdgeFault:
        limit = self._worker.limits.max_body_bytes
        return EdgeFault(413, "too_large", f"The request body is larger than {limit} bytes.", "Send less context or smaller files.")

    def _answer_directly(self, route: Route) -> None:
        head = self._head
        assert head is not None
        digest = None
        if route.credential:
            presented, _ = edge.credential(head.headers)
            digest = self._worker.digest(presented) if presented else None
        self._send_answer(self._worker.direct(route, head, digest), close=False)

    def _refuse(self, fault: EdgeFault) -> None:
        self._step(EdgeRefused(fault.status, fault.code, fault.sentence, fault.mend))

    def _edge_no(self, fault: EdgeFault) -> None:
        """A no at the edge. On a call route it is an arrival like any other and gets its outcome entry."""
        self._worker.meters.edge_refused += 1
        if self._route is not None and self._route.kind is Kind.CALL:
            self._exchange = self._worker.exchange(self._route)
            self._refuse(fault)
            return
        path = self._head.path if self._head is not None else b""
        self._send_answer(self._worker.plain_no(fault, routes.dialect_of(path)), close=True)

    def _not_http(self) -> None:
        if self._reader.complete:
            self._close_after = True  # garbage after a complete request: answer that one, then close
        elif self._exchange is not None and not self._discard:
            self._worker.meters.edge_refused += 1
            self._refuse(NOT_HTTP)
        elif self._discard or self._head is not None:
            self._close()
        else:
            self._edge_no(NOT_HTTP)

    def overdue(self) -> None:
        """The deadline passed: slow headers, slow upload, slow reading, or an idle connection."""
        if self._exchange is not None and not self._paused and not self._discard:
            self._refuse(SLOW)
        else:
            self.abort()

    # the machine

    def step(self, event: Event) -> None:
        """An event from outside the connection (the view changed, the worker drains)."""
        self._step(event)

    def _step(self, event: Event) -> None:
        exchange = self._exchange
        if exchange is not None:
            for command in exchange.step(event, self._worker.clock()):
                self._perform(command)

    def _perform(self, command: Command) -> None:
        match command:
            case SendData(data=data):
                if self._reply is not None:
                    self._reply.data(data)
            case RecordDecision(entry=entry):
                self._opened = self._worker.record_decision(entry, self._recorded)
            case Forward():
                self._forward(command)
            case SendAnswer(answer=answer, close=close):
                self._send_answer(answer, close=close)
            case RecordOutcome(entry=entry, opened=opened):
                self._worker.record_outcome(entry, self._opened if opened else 0)
            case SendHead(status=status, headers=headers):
                self._send_head(status, headers)
            case SendEnd(close=close):
                self._send_end(close=close)
            case CancelUpstream():
                if self._ticket is not None:
                    self._ticket.withdraw()
                    self._ticket = None
            case Own(resource=resource, owner=owner):
                self._worker.owners.own(resource, owner)

    def _recorded(self, durable: bool) -> None:
        self._step(Recorded() if durable else RecordFailed())

    def _forward(self, command: Forward) -> None:
        pool = self._worker.pools.get(command.upstream)
        if pool is None:
            self._step(UpstreamFailed("upstream_unknown"))
            return
        self._ticket = ticket = Ticket(self)
        self._release()
        pool.send(ticket, command.path, command.headers, command.body)

    # the provider's side (CallSink)

    def upstream_head(self, status: int, headers: Headers, streams: bool) -> None:
        self._step(UpstreamHead(status, headers, streams))

    def upstream_chunk(self, data: bytes) -> None:
        self._step(UpstreamChunk(data))

    def upstream_body(self, data: bytes) -> None:
        self._ticket = None
        self._step(UpstreamBody(data))

    def upstream_end(self) -> None:
        self._ticket = None
        self._step(UpstreamEnd())

    def upstream_failed(self, why: str) -> None:
        self._ticket = None
        self._step(UpstreamFailed(why))

    # the answer

    def _send_answer(self, answer: Answer, *, close: bool) -> None:
        head, reply = self._head, self._reply
        close = close and not self._reader.complete  # a request that is whole leaves a clean connection behind
        if reply is not None and reply.open:
            closing = close or self._close_after
            reply.answer(answer, closing=closing, head_only=head is not None and head.method == b"HEAD")
            if close:
                self._linger()
                return
        self._done(close=close)

    def _send_head(self, status: int, headers: Headers) -> None:
        chunked = self._head is not None and self._head.version == "1.1"
        if not chunked:
            self._close_after = True
        if self._reply is not None:
            self._reply.head(status, headers, closing=self._close_after, chunked=chunked)

    def _send_end(self, *, close: bool) -> None:
        if self._reply is not None:
            self._reply.end()
        self._done(close=close)

    def _done(self, *, close: bool) -> None:
        """The answer is complete: the next request may come, or the connection ends."""
        self._release()
        self._exchange = None
        if close or self._close_after or self._reader.pipelined or self._worker.draining:
            self._close()
            return
        self._reset()
        self._reader.next()
        self.deadline = self._worker.now() + self._worker.limits.keepalive_seconds

    def _linger(self) -> None:
        """Half-close, read and drop for a moment, then close."""
        self._release()
        self._exchange = None
        self._discard = True
        transport = self._transport
        if transport is not None and transport.can_write_eof():
            transport.write_eof()
        self.deadline = self._worker.now() + LINGER_SECONDS

    def _close(self) -> None:
        self._closing = True
        if self._transport is not None:
            self._transport.close()
            self.deadline = self._worker.now() + self._worker.limits.write_seconds

    def abort(self) -> None:
        """End the connection at once."""
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    def _release(self) -> None:
        self._parts = []
        if self._buffered:
            self._worker.release(self._buffered)
            self._buffered = 0

    @property
    def expires(self) -> int:
        """The moment at which the call's decision lapses by the clock; 0 when there is none."""
        return self._exchange.expires if self._exchange is not None else 0

    def close_idle(self) -> None:
        """End the connection unless a request is at hand."""
        if not self._reader.begun:
            self._close()
