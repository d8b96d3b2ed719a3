"""What comes and goes on one caller's connection? Bytes to requests, answers to bytes, deadlines. Decides nothing.

``request`` reads, ``upload`` gathers, ``reply`` writes, ``call`` carries out what the machine asks; here they meet the socket.
Backpressure runs both ways: a slow caller pauses the provider, and nothing is read ahead of what is being answered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from safeconduct.exchange import events
from safeconduct.gateway import appeals, edge, routes
from safeconduct.gateway.call import Call
from safeconduct.gateway.edge import EdgeFault
from safeconduct.gateway.ports import Headers
from safeconduct.gateway.reply import Reply
from safeconduct.gateway.request import Head, NotHttp, RequestReader
from safeconduct.gateway.routes import Kind, Route
from safeconduct.gateway.upload import Upload
from safeconduct.terms.call import Answer
from safeconduct.terms.moments import Moment

if TYPE_CHECKING:
    from safeconduct.gateway.worker import Worker

LINGER_SECONDS = 2.0  # after a no to an unfinished upload: read on and drop, or a reset would eat the answer
BODY_RATE = 32 * 1024  # bytes a second an upload must average after its grace
INFINITE = float("inf")
SESSION_HEADERS = frozenset({b"x-claude-code-session-id", b"session_id", b"session-id"})
MAX_SESSION = 256


class CallerConnection:
    """The server side of one connection. An ``asyncio.Protocol`` by shape only: what is compiled cannot derive from it."""

    __slots__ = (
        "_call",
        "_close_after",
        "_closing",
        "_discard",
        "_head",
        "_paused",
        "_reader",
        "_reply",
        "_route",
        "_timed",
        "_transport",
        "_unread",
        "_upload",
        "_worker",
        "deadline",
    )

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._reader = RequestReader(self)
        self._upload = Upload(worker)
        self._transport: asyncio.Transport | None = None
        self._reply: Reply | None = None
        self._call: Call | None = None
        self._close_after = self._closing = self._paused = False
        self._discard = False  # answered already; whatever still comes is dropped
        self._unread = False  # reading stands still until the caller has taken its last answer
        self.deadline = 0.0
        self._reset()

    def _reset(self) -> None:
        self._head: Head | None = None
        self._route: Route | None = None
        self._timed = False  # the deadline for this request's head runs

    # the socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._reply = Reply(self._transport, self._worker.meters)
        self.deadline = self._worker.now() + self._worker.limits.header_seconds
        self._worker.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._closing or self._discard:
            return
        try:
            self._reader.feed(data)
        except NotHttp as fault:
            self._not_http(edge.HEADERS_TOO_LARGE if fault.too_large else edge.NOT_HTTP)
        if self._head is None and not self._timed and self._reader.begun:
            self._timed = True  # once a request: dripping bytes wins no time
            self.deadline = self._worker.now() + self._worker.limits.header_seconds

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why it went does not matter here
        self._closing = True
        self._worker.closed(self)
        if self._call is not None:
            self._call.step(events.ClientGone())
            self._call = None
        self._upload.release()
        self._transport = self._reply = None

    def pause_writing(self) -> None:
        self._paused = True
        self.deadline = self._worker.now() + self._worker.limits.write_seconds
        if self._call is not None:
            self._call.pause()

    def resume_writing(self) -> None:
        self._paused = False
        if self._unread and self._transport is not None:
            self._unread = False
            self._transport.resume_reading()
        if not self._closing and not self._discard:
            self.deadline = INFINITE if self._head is not None else self._worker.now() + self._worker.limits.keepalive_seconds
        if self._call is not None:
            self._call.resume()

    # the request (RequestSink)

    def request_head(self, head: Head) -> None:
        self._head = head
        if not head.keep_alive:
            self._close_after = True
        self._route = route = routes.find(head.method, head.path)
        fault = edge.head_fault(head.headers, head.size, head.target, head.version)
        if fault is None and route is None:
            fault = edge.NO_ROUTE
        if fault is None and head.upgrade and route is not None and route.kind is not Kind.UPGRADE:
            fault = edge.NO_UPGRADE
        if fault is not None:
            self._edge_no(fault)
        elif route is not None and route.kind is Kind.CALL:
            self._call_head(head, route)
        else:
            self.deadline = self._worker.now() + self._worker.limits.header_seconds

    def request_body(self, data: bytes) -> None:
        if self._discard:
            return
        if self._call is not None:
            if fault := self._upload.add(data):
                self._refuse(self._call, fault)
        elif self._route is not None and self._route.kind is Kind.APPEAL and (fault := appeals.gather(self._upload, data)):
            self._edge_no(fault)

    def request_complete(self) -> None:
        if self._discard or self._closing:
            return
        if self._call is not None:
            self.deadline = INFINITE
            self._worker.meters.bytes_in += self._upload.size
            self._call.step(events.BodyArrived(self._upload.take()))
        elif self._route is not None and self._head is not None:
            self._answer_directly(self._route, self._head)

    def _call_head(self, head: Head, route: Route) -> None:
        worker = self._worker
        self._call = call = Call(worker, self, route)
        presented, fault = edge.credential(head.headers)
        if fault is not None:
            self._refuse(call, fault)
            return
        length, session, expects = -1, b"", False
        for name, value in head.headers:
            if name == b"content-length":
                length = int(value)
            elif name in SESSION_HEADERS:
                session = value[:MAX_SESSION]
            elif name == b"expect":
                expects = head.version == "1.1"
        digest = worker.digest(presented) if presented else None
        marks = worker.announcer.marks(head.headers, session, self._transport)
        call.step(events.HeadArrived(digest, length, tuple(head.headers), session.decode("latin-1"), head.query, marks))
        if self._discard or self._closing:
            return
        if fault := self._upload.announced(length):
            self._refuse(call, fault)
            return
        self.deadline = worker.now() + worker.limits.body_seconds + max(length, 0) / BODY_RATE
        if expects and self._reply is not None:
            self._reply.go_on()

    def _answer_directly(self, route: Route, head: Head) -> None:
        presented = edge.credential(head.headers)[0] if route.credential else b""
        digest = self._worker.digest(presented) if presented else None
        self.answer(self._worker.direct(route, head, digest, self._upload.take()), close=False)

    @staticmethod
    def _refuse(call: Call, fault: EdgeFault) -> None:
        call.step(events.EdgeRefused(fault.status, fault.code, fault.sentence, fault.mend))

    def _edge_no(self, fault: EdgeFault) -> None:
        """A no at the edge. On a call route it is an arrival like any other and gets its outcome entry."""
        self._worker.meters.edge_refused += 1
        if self._route is not None and self._route.kind is Kind.CALL:
            self._call = Call(self._worker, self, self._route)
            self._refuse(self._call, fault)
            return
        path = self._head.path if self._head is not None else self._reader.target
        self.answer(self._worker.plain_no(fault, routes.dialect_of(path)), close=True)

    def _not_http(self, fault: EdgeFault) -> None:
        if self._discard or self._closing:
            return
        if self._reader.complete:
            self._close_after = True  # garbage after a complete request: answer that one, then close
        elif self._call is not None:
            self._worker.meters.edge_refused += 1
            self._refuse(self._call, fault)
        else:
            self._edge_no(fault)

    def overdue(self) -> None:
        """The deadline passed: slow headers, slow upload, slow reading, or an idle connection."""
        if self._discard or self._paused or self._closing:
            self.abort()
        elif self._call is not None:
            self._refuse(self._call, edge.SLOW)
        elif self._reader.begun:
            self._edge_no(edge.SLOW)
        else:
            self._close()

    # the answer (Door)

    def answer(self, answer: Answer, *, close: bool) -> None:
        head, reply = self._head, self._reply
        close = close and not self._reader.complete  # a request that is whole leaves a clean connection behind
        if reply is not None and reply.open:
            closing = close or self._close_after or self._reader.pipelined or self._worker.draining
            reply.answer(answer, closing=closing, head_only=head is not None and head.method == b"HEAD")
        self._done(close=close)

    def stream_head(self, status: int, headers: Headers) -> None:
        chunked = self._head is not None and self._head.version == "1.1"
        if not chunked:
            self._close_after = True
        if self._reply is not None:
            self._reply.head(status, headers, closing=self._close_after or self._worker.draining, chunked=chunked)

    def stream_data(self, data: bytes) -> None:
        if self._reply is not None:
            self._reply.data(data)

    def stream_end(self, *, close: bool) -> None:
        if self._reply is not None:
            self._reply.end()
        if close:
            self._close_after = True
        self._done(close=False)

    def _done(self, *, close: bool) -> None:
        """The answer is complete: the next request may come, or the connection ends. ``close``: more of this one may come."""
        self._upload.release()
        self._call = None
        if close or self._reader.pipelined:
            self._linger()
        elif self._close_after or self._worker.draining:
            self._close()
        elif not self._closing:
            self._reset()
            self._reader.next()
            if not self._paused:
                self.deadline = self._worker.now() + self._worker.limits.keepalive_seconds
            elif self._transport is not None:  # no next request before this answer is read: what waits stays bounded
                self._unread = True
                self._transport.pause_reading()

    def _linger(self) -> None:
        """Half-close, read and drop for a moment, then close."""
        self._discard = True
        transport = self._transport
        if transport is not None and not transport.is_closing() and transport.can_write_eof():
            transport.write_eof()
        wait = self._worker.limits.write_seconds if self._paused else LINGER_SECONDS
        self.deadline = self._worker.now() + wait

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

    def body_left(self) -> None:
        self._upload.release()

    # the worker's wishes

    @property
    def expires(self) -> Moment:
        """The moment at which the call's decision lapses by the clock; 0 when there is none."""
        return self._call.expires if self._call is not None else 0

    @property
    def live(self) -> bool:
        """Whether there is a call at the provider."""
        return self._call is not None and self._call.live

    def tick(self) -> None:
        """Time passes; whoever holds something back hears of it."""
        if self._call is not None and self._call.waits:
            self._call.step(events.Tick())

    def stands(self, now: Moment) -> bool:
        """Whether nothing has moved that the decision of the call at hand rests on."""
        return self._call is None or self._call.stands(now)

    @property
    def seat(self) -> tuple[str, str, str]:
        """Who is served, for which organization, by which model. There must be a live call."""
        assert self._call is not None
        return self._call.seat

    def unsent(self) -> int:
        """Bytes written that have not left this process; 0 once the connection is gone.

        What was written in this turn of the loop may not be counted yet; a connection that is to end once it is written out is
        gone only when it was.
        """
        if self._transport is None:
            return 0
        return max(self._transport.get_write_buffer_size(), 1 if self._closing else 0)

    def view_changed(self) -> None:
        """Rights may have moved: the call at hand is decided again."""
        if self._call is not None:
            self._call.step(events.ViewChanged())

    def cut(self) -> bool:
        """The worker cannot wait any longer: end the call in its dialect. True when there was one."""
        live = self._call is not None
        if self._call is not None:
            self._call.step(events.Draining())
        if not self._closing and not self._discard:
            self._close()
        return live

    def close_idle(self) -> None:
        """End the connection unless a request is at hand."""
        if not self._reader.begun:
            self._close()
