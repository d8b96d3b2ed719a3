"""How does a call reach its provider? Kept-alive connections, last used first; one call on one connection at a time.

Callbacks only: a task exists while a connection opens and at no other time. A call is tried a second time only when its
connection could not be opened, that is before any byte of the body has left; a provider may act on whatever it received.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol, cast

from safeconduct.upstreams.http1 import AnswerParser, AnswerSink, Broken, Headers
from safeconduct.upstreams.provider import Provider
from safeconduct.upstreams.tunnel import Tunnel

IDLE_SECONDS = 20.0  # below the keep-alive of every provider seen: a stale connection would lose a call that has left
CONNECT_TRIES = 2
INFINITE = float("inf")


class CallSink(AnswerSink, Protocol):
    """The door's side of one forwarded call.

    ``upstream_open``: a connection was opened, and the call is about to leave unless it is withdrawn now. ``upstream_taken``:
    its bytes have left our memory, but for a little.
    """

    def upstream_open(self) -> None: ...
    def upstream_taken(self) -> None: ...
    def upstream_failed(self, why: str) -> None: ...


class Connection:
    """One connection to a provider. An ``asyncio.Protocol`` by shape only: what is compiled cannot derive from it."""

    __slots__ = ("_full", "_held", "_parser", "_pool", "_sink", "_transport", "deadline", "idle_since", "lost")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        self._sink: CallSink | None = None
        self._parser: AnswerParser | None = None
        self._full = False  # more is written than the provider takes at once
        self._held = False  # reading stands still, because the caller does
        self.deadline = 0.0
        self.idle_since = 0.0
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def send(self, sink: CallSink, data: bytes, body: bytes) -> None:
        """Put one call on the wire."""
        transport = self._transport
        assert transport is not None
        self._sink = sink
        self._parser = AnswerParser(sink, self._answered)
        self.deadline = self._pool.now() + self._pool.provider.timeouts.first_byte
        if len(body) < 65536:
            transport.write(data + body)
        else:
            transport.writelines((data, body))
        if not self._full:
            sink.upstream_taken()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._sink is not None:
            self._sink.upstream_taken()

    def data_received(self, data: bytes) -> None:
        parser = self._parser
        if parser is None:  # bytes nobody asked for
            self.abandon()
            return
        if not self._held:
            self.deadline = self._pool.now() + self._pool.provider.timeouts.idle
        try:
            parser.feed(data)
        except Broken as broken:
            self._fail(str(broken))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # why it went does not matter here
        self.lost = True
        self._pool.forget(self)
        parser = self._parser
        if parser is None:
            return
        try:
            parser.eof()
        except Broken as broken:
            self._fail("upstream_closed_before_answer" if not parser.started else str(broken))

    def pause(self) -> None:
        """Stop reading: the caller is slower than the provider."""
        if self._transport is not None and not self.lost:
            self._held = True
            self._transport.pause_reading()
            self.deadline = INFINITE  # the caller's deadline runs instead

    def resume(self) -> None:
        if self._held and self._transport is not None and not self.lost:
            self._held = False
            self._transport.resume_reading()
            self.deadline = self._pool.now() + self._pool.provider.timeouts.idle

    def abandon(self) -> None:
        """Break off without a word to the sink."""
        self._sink = self._parser = None
        if self._transport is not None and not self.lost:
            self._transport.abort()
        self.lost = True  # known before the loop says so: nobody may pick it up in between
        self._pool.forget(self)

    def expire(self) -> None:
        """The deadline passed."""
        started = self._parser is not None and self._parser.started
        self._fail("upstream_idle_timeout" if started else "upstream_first_byte_timeout")

    def _answered(self) -> None:
        parser, self._parser, self._sink = self._parser, None, None
        self.deadline = 0.0
        self.resume_idle()
        transport = self._transport
        unsent = transport is not None and not self.lost and transport.get_write_buffer_size() > 0
        # An answer before our body has left: whatever is still to come must not become the head of the next call.
        if parser is not None and parser.reusable and not self.lost and not unsent:
            self._pool.put_back(self)
        elif transport is not None and unsent:
            transport.abort()
        elif transport is not None and not self.lost:
            transport.close()

    def resume_idle(self) -> None:
        """The answer is whole; from here on only the provider's hanging up is of interest, and that wants reading."""
        if self._held and self._transport is not None and not self.lost:
            self._held = False
            self._transport.resume_reading()

    def _fail(self, why: str) -> None:
        sink = self._sink
        self.abandon()
        if sink is not None:
            sink.upstream_failed(why)


class Pool:
    """Connections to one provider."""

    def __init__(self, loop: asyncio.AbstractEventLoop, provider: Provider) -> None:
        self.provider = provider
        self.now = loop.time
        self._loop = loop
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()

    @property
    def open_connections(self) -> int:
        return len(self._all)

    def send(self, sink: CallSink, path: bytes, headers: bytes, body: bytes) -> Ticket:
        """Send a call. The sink hears of everything that follows, maybe before this returns; the ticket takes it back."""
        ticket = Ticket(sink)
        provider = self.provider
        head = b"POST %s%s HTTP/1.1\r\n%s%s%saccept-encoding: identity\r\ncontent-length: %d\r\n\r\n" % (
            provider.prefix,
            path,
            provider.host_line,
            provider.credential_line,
            headers,
            len(body),
        )
        while self._idle:
            connection = self._idle.pop()
            if not connection.lost:
                ticket.take(connection)
                connection.send(sink, head, body)
                return ticket
        if len(self._all) + len(self._opening) >= provider.max_connections:
            sink.upstream_failed("upstream_pool_full")
            return ticket
        task = self._loop.create_task(self._open(ticket, head, body))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)
        return ticket

    async def _open(self, ticket: Ticket, head: bytes, body: bytes) -> None:
        why = "upstream_unreachable"
        for _ in range(CONNECT_TRIES):
            try:
                async with asyncio.timeout(self.provider.timeouts.connect):
                    connection = await self._connect()
            except TimeoutError:
                why = "upstream_connect_timeout"
                continue
            except (OSError, ValueError, Broken):  # ValueError: a host name that no resolver takes
                continue
            if connection.lost:
                continue
            self._adopt(connection)
            if not ticket.withdrawn:
                ticket.sink.upstream_open()  # time has passed since it was forwarded; rights may have, too (P5)
            if ticket.withdrawn:
                self.put_back(connection)
                return
            ticket.take(connection)
            connection.send(ticket.sink, head, body)
            return
        if not ticket.withdrawn:
            ticket.sink.upstream_failed(why)

    async def _connect(self) -> Connection:
        provider = self.provider
        connection: Connection
        if provider.proxy is None:
            _, connection = await self._loop.create_connection(
                lambda: cast("Any", Connection(self)),
                provider.host,
                provider.port,
                ssl=provider.tls,
                server_hostname=provider.host if provider.tls else None,
            )
        else:
            connection = await self._tunnel()
        return connection

    async def _tunnel(self) -> Connection:
        """Open a CONNECT tunnel (RFC 9110 section 9.3.6) and speak TLS inside it. Raises OSError, Broken."""
        provider, proxy = self.provider, self.provider.proxy
        assert proxy is not None
        assert provider.tls is not None
        transport, opening = await self._loop.create_connection(lambda: Tunnel(self._loop), proxy.host, proxy.port)
        try:
            shown = f"[{provider.host}]" if ":" in provider.host else provider.host
            target = f"{shown}:{provider.port}".encode("ascii")
            transport.write(b"CONNECT %s HTTP/1.1\r\nhost: %s\r\n%s\r\n" % (target, target, proxy.authorization))
            await opening.ready
            connection = Connection(self)
            inner = await self._loop.start_tls(transport, cast("Any", connection), provider.tls, server_hostname=provider.host)
        except BaseException:
            transport.abort()
            raise
        if inner is None:
            raise OSError("the tunnel closed")
        connection.connection_made(inner)
        return connection

    def _adopt(self, connection: Connection) -> None:
        """A connection is open; it counts from now until it is lost, and what opened it counts no more.

        INVARIANT: each call counts once. Counted by both, one of the last places would be refused while it is free.
        """
        self._all.add(connection)
        self._opening.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def put_back(self, connection: Connection) -> None:
        connection.idle_since = self.now()
        self._idle.append(connection)

    def forget(self, connection: Connection) -> None:
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def sweep(self) -> None:
        """Once a second or so: end what is overdue, close what has idled too long."""
        now = self.now()
        for connection in [c for c in self._all if 0.0 < c.deadline < now]:
            connection.expire()
        stale = [c for c in self._idle if now - c.idle_since > IDLE_SECONDS]
        for connection in stale:
            self._idle.remove(connection)
            connection.abandon()

    def close(self) -> None:
        for task in list(self._opening):
            task.cancel()
        for connection in list(self._all):
            connection.abandon()
        self._idle.clear()


class Ticket:
    """One forwarded call, from the door's side: where it went, and how to take it back."""

    __slots__ = ("_held", "connection", "sink", "withdrawn")

    def __init__(self, sink: CallSink) -> None:
        self.sink = sink
        self.connection: Connection | None = None
        self.withdrawn = False
        self._held = False

    def take(self, connection: Connection) -> None:
        """The connection that carries the call."""
        self.connection = connection
        if self._held:
            connection.pause()

    def pause(self) -> None:
        """The caller does not read; so nobody reads the answer, now or once there is one."""
        self._held = True
        if self.connection is not None:
            self.connection.pause()

    def resume(self) -> None:
        self._held = False
        if self.connection is not None:
            self.connection.resume()

    def withdraw(self) -> None:
        """Break the call off; nothing more is heard of it."""
        self.withdrawn = True
        if self.connection is not None:
            self.connection.abandon()
            self.connection = None


__all__ = ["CallSink", "Connection", "Headers", "Pool", "Ticket"]
