"""How does a call reach its provider? Kept-alive connections, last used first; one call on one connection at a time.

Callbacks only: a task exists while a connection opens and at no other time. A call is tried a second time only when its
connection could not be opened, that is before any byte of the body has left; a provider may act on whatever it received.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from safeconduct.upstreams.http1 import AnswerParser, AnswerSink, Broken, Headers
from safeconduct.upstreams.provider import Provider

IDLE_SECONDS = 20.0  # below the keep-alive of every provider seen: a stale connection would lose a call that has left
CONNECT_TRIES = 2


class CallSink(AnswerSink, Protocol):
    """The door's side of one forwarded call."""

    def upstream_failed(self, why: str) -> None: ...


class Connection(asyncio.Protocol):
    """One connection to a provider."""

    __slots__ = ("_parser", "_pool", "_sink", "_transport", "deadline", "idle_since", "lost")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        self._sink: CallSink | None = None
        self._parser: AnswerParser | None = None
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

    def data_received(self, data: bytes) -> None:
        parser = self._parser
        if parser is None:  # bytes nobody asked for
            self.abandon()
            return
        self.deadline = self._pool.now() + self._pool.provider.timeouts.idle
        try:
            parser.feed(data)
        except Broken as broken:
            self._fail(str(broken))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
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
            self._transport.pause_reading()
            self.deadline = float("inf")

    def resume(self) -> None:
        if self._transport is not None and not self.lost:
            self._transport.resume_reading()
            self.deadline = self._pool.now() + self._pool.provider.timeouts.idle

    def abandon(self) -> None:
        """Break off without a word to the sink."""
        self._sink = self._parser = None
        if self._transport is not None and not self.lost:
            self._transport.abort()

    def expire(self) -> None:
        """The deadline passed."""
        started = self._parser is not None and self._parser.started
        self._fail("upstream_idle_timeout" if started else "upstream_first_byte_timeout")

    def _answered(self) -> None:
        parser, self._parser, self._sink = self._parser, None, None
        self.deadline = 0.0
        if parser is not None and parser.reusable and not self.lost:
            self._pool.put_back(self)
        elif self._transport is not None and not self.lost:
            self._transport.close()

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

    def send(self, ticket: Ticket, path: bytes, headers: bytes, body: bytes) -> None:
        """Send a call. The ticket hears of everything that follows, and can take the call back."""
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
                ticket.connection = connection
                connection.send(ticket.sink, head, body)
                return
        if len(self._all) + len(self._opening) >= provider.max_connections:
            ticket.sink.upstream_failed("upstream_pool_full")
            return
        task = self._loop.create_task(self._open(ticket, head, body))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, ticket: Ticket, head: bytes, body: bytes) -> None:
        why = "upstream_unreachable"
        for _ in range(CONNECT_TRIES):
            try:
                async with asyncio.timeout(self.provider.timeouts.connect):
                    connection = await self._connect()
            except TimeoutError:
                why = "upstream_connect_timeout"
                continue
            except (OSError, Broken):
                continue
            if ticket.withdrawn:
                self.put_back(connection)
                return
            ticket.connection = connection
            connection.send(ticket.sink, head, body)
            return
        if not ticket.withdrawn:
            ticket.sink.upstream_failed(why)

    async def _connect(self) -> Connection:
        provider = self.provider
        if provider.proxy is None:
            _, connection = await self._loop.create_connection(
                lambda: Connection(self),
                provider.host,
                provider.port,
                ssl=provider.tls,
                server_hostname=provider.host if provider.tls else None,
            )
        else:
            connection = await self._tunnel()
        self._all.add(connection)
        return connection

    async def _tunnel(self) -> Connection:
        """Open a CONNECT tunnel (RFC 9110 section 9.3.6) and speak TLS inside it. Raises OSError, Broken."""
        provider, proxy = self.provider, self.provider.proxy
        assert proxy is not None
        assert provider.tls is not None
        transport, opening = await self._loop.create_connection(lambda: _Tunnel(self._loop), proxy.host, proxy.port)
        try:
            target = f"{provider.host}:{provider.port}".encode("ascii")
            transport.write(b"CONNECT %s HTTP/1.1\r\nhost: %s\r\n%s\r\n" % (target, target, proxy.authorization))
            await opening.ready
            connection = Connection(self)
            inner = await self._loop.start_tls(transport, connection, provider.tls, server_hostname=provider.host)
        except BaseException:
            transport.abort()
            raise
        if inner is None:
            raise OSError("the tunnel closed")
        connection.connection_made(inner)
        return connection

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
        for task in self._opening:
            task.cancel()
        for connection in list(self._all):
            connection.abandon()
        self._idle.clear()


class Ticket:
    """One forwarded call, from the door's side: where it went, and how to take it back."""

    __slots__ = ("connection", "sink", "withdrawn")

    def __init__(self, sink: CallSink) -> None:
        self.sink = sink
        self.connection: Connection | None = None
        self.withdrawn = False

    def withdraw(self) -> None:
        """Break the call off; nothing more is heard of it."""
        self.withdrawn = True
        if self.connection is not None:
            self.connection.abandon()
            self.connection = None


class _Tunnel(asyncio.Protocol):
    """Reads a proxy's answer to CONNECT."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.ready: asyncio.Future[None] = loop.create_future()
        self._seen = b""

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if self.ready.done():
            return
        if b"\r\n\r\n" in self._seen:
            ok = self._seen.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2")) and self._seen.endswith(b"\r\n\r\n")
            if ok:
                self.ready.set_result(None)
            else:
                self.ready.set_exception(Broken("proxy_refused"))
        elif len(self._seen) > 16384:
            self.ready.set_exception(Broken("proxy_answer_too_large"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(OSError("the proxy closed the connection"))


__all__ = ["CallSink", "Connection", "Headers", "Pool", "Ticket"]
