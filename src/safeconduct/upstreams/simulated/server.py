"""The simulated provider itself: which path is which dialect, and what goes wrong on the way out.

Routes, key check, faults. How requests read and answers look is in ``messages``, ``chat``, ``responses``.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from safeconduct.upstreams.simulated import catalog, chat, messages, responses, script
from safeconduct.upstreams.simulated.arrivals import Arrival, Ring
from safeconduct.upstreams.simulated.connection import Connection, Request, chunk, head
from safeconduct.upstreams.simulated.turn import Asked, Complaint, Faults, Turn

Headers = list[tuple[str, str]]
BACKLOG = 4096  # a gateway that lets a crowd in connects for all at once; who finds no room tries again a second later
_LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


@dataclass(frozen=True, slots=True)
class _Dialect:
    read: Callable[[dict[str, Any]], Asked]
    answer: Callable[[Asked, Turn, str], dict[str, Any]]
    frames: Callable[[Asked, Turn, str], Iterator[bytes]]
    failure: Callable[[Asked, Turn, str], bytes]
    error: Callable[[Complaint, str], dict[str, Any]]
    request_id: str


_MESSAGES = _Dialect(messages.read, messages.answer, messages.frames, messages.failure, messages.error, "request-id")
_CHAT = _Dialect(chat.read, chat.answer, chat.frames, chat.failure, chat.error, "x-request-id")
_RESPONSES = _Dialect(responses.read, responses.answer, responses.frames, responses.failure, responses.error, "x-request-id")
_GENERATE = {"/v1/messages": _MESSAGES, "/v1/chat/completions": _CHAT, "/v1/responses": _RESPONSES}
_COUNT = "/v1/messages/count_tokens"
_KINDS = {400: "invalid_request", 401: "authentication", 403: "permission", 404: "not_found", 413: "too_large", 429: "rate_limit"}


class SimulatedProvider:
    """A provider on one port. ``ring`` shows what arrived; ``GET /_simulated/requests`` shows the same, on loopback only.

    ``plan`` decides what is answered, by a request, the script header, the number of answers so far, and how often it was asked.
    """

    def __init__(self, plan: Callable[[Asked, str, int, int], Turn] = script.plan) -> None:
        self.ring = Ring()
        self._plan = plan
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._calls = 0

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """The last arrivals, oldest first."""
        return self.ring.all()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def start(self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> int:
        """Listen, and return the port. Raises OSError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._serve, self._connections), host, port, ssl=tls, backlog=BACKLOG
        )
        address = self._server.sockets[0].getsockname()
        return int(address[1])

    async def stop(self) -> None:
        """Stop listening, cut what is open, and wait until it is gone."""
        if self._server:
            self._server.close()
        tasks = [connection.task for connection in self._connections if connection.task]
        for connection in list(self._connections):
            connection.tear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server:
            await self._server.wait_closed()

    async def _serve(self, request: Request, wire: Connection) -> None:
        if request.path == "/_simulated/requests" and wire.peer in _LOOPBACK:
            await self._inspect(request, wire)
            return
        body = bytes(request.body)
        arrival = self.ring.note(request.method, request.path, request.query, request.headers, body)
        dialect = _dialect_of(request)
        try:
            await self._route(request, body, arrival, dialect, wire)
        except Complaint as complaint:
            await self._complain(complaint, arrival, dialect, wire)
        except asyncio.CancelledError:
            arrival.outcome = "torn" if arrival.outcome == "torn" else "left"
            raise

    async def _inspect(self, request: Request, wire: Connection) -> None:
        body = json.dumps({"simulated": True, "requests": [arrival.as_json() for arrival in self.arrivals]}).encode()
        if request.method == "DELETE":
            self.ring.clear()
        await wire.whole(200, [("content-type", "application/json")], body)

    async def _route(self, request: Request, body: bytes, arrival: Arrival, dialect: _Dialect, wire: Connection) -> None:
        if request.method == "HEAD" and request.path == "/":
            arrival.status, arrival.outcome = 200, "done"
            await wire.whole(200, [], b"", bare=True)
            return
        _check_key(request)
        if request.method == "GET" and (request.path == "/v1/models" or request.path.startswith("/v1/models/")):
            await self._json(arrival, wire, dialect, 200, _models(request))
            return
        if request.upgrade:
            raise Complaint(426, "invalid_request", "This server does not upgrade connections; use HTTP.")
        if request.method != "POST" or (request.path not in _GENERATE and request.path != _COUNT):
            raise Complaint(404, "not_found", f"Unknown request URL: {request.method} {request.path}.", "unknown_url")
        tree = _decode(request, body)
        arrival.model, arrival.stream = str(tree.get("model", ""))[:200], tree.get("stream") is True
        if dialect is _MESSAGES and not request.header("anthropic-version"):
            raise Complaint(400, "invalid_request", "anthropic-version: header is required")
        if request.path == _COUNT:
            await self._json(arrival, wire, dialect, 200, messages.count(messages.read_count(tree)))
            return
        asked = dialect.read(tree)
        self._calls += 1
        seen = self.ring.seen_before(request.path, script.gist(asked.prompt), len(asked.results))
        turn = self._plan(asked, request.header("x-simulate"), self._calls, seen)
        await self._generate(asked, turn, arrival, dialect, wire)

    async def _generate(self, asked: Asked, turn: Turn, arrival: Arrival, dialect: _Dialect, wire: Connection) -> None:
        faults, ident = turn.faults, f"{self._calls:08d}"
        await asyncio.sleep(faults.first_byte)
        if faults.status:
            kind = _KINDS.get(faults.status, "overloaded" if faults.status in {503, 529} else "server")
            complaint = Complaint(faults.status, kind, f"Status {faults.status} as the script asked (simulated).")
            await self._complain(complaint, arrival, dialect, wire, _limits(dialect, faults))
        elif asked.stream:
            await self._stream(asked, turn, ident, arrival, dialect, wire)
        else:
            await self._whole(asked, turn, ident, arrival, dialect, wire)
        if faults.stale:
            wire.hang_up()

    async def _whole(self, asked: Asked, turn: Turn, ident: str, arrival: Arrival, dialect: _Dialect, wire: Connection) -> None:
        """One JSON answer. Torn, stalled and unreadable ones end in the middle of the body."""
        faults, body = turn.faults, json.dumps(dialect.answer(asked, turn, ident), ensure_ascii=False).encode()
        arrival.status = 200
        headers = [*_common(arrival, dialect, turn.served), ("content-type", "application/json")]
        if faults.bad_json:
            arrival.outcome = "done"
            await wire.whole(200, headers, body[:-1] + b",]}")
        elif faults.torn_after >= 0 or faults.stall_after >= 0:
            await wire.write(head(200, [*headers, ("content-length", str(len(body)))]) + body[: len(body) // 2])
            await self._break(faults.torn_after >= 0, arrival, wire)
        elif faults.error_after >= 0:
            complaint = Complaint(500, "server", "Internal server error (simulated).", "server_error")
            await self._complain(complaint, arrival, dialect, wire)
        else:
            arrival.outcome = "done"
            await wire.whole(200, headers, body)

    async def _stream(self, asked: Asked, turn: Turn, ident: str, arrival: Arrival, dialect: _Dialect, wire: Connection) -> None:
        """Server-sent events, chunked; each fault strikes after its number of events."""
        faults = turn.faults
        arrival.status = 200
        headers = [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")]
        await wire.write(head(200, [*_common(arrival, dialect, turn.served), *headers, ("transfer-encoding", "chunked")]))
        for frame in dialect.frames(asked, turn, ident):
            if arrival.events in (faults.torn_after, faults.stall_after):
                await self._break(arrival.events == faults.torn_after, arrival, wire)
                return
            if arrival.events == faults.error_after:
                arrival.outcome = "done"
                await wire.write(chunk(dialect.failure(asked, turn, ident)) + chunk(b""))
                return
            if faults.bad_json and arrival.events == 2:
                frame = frame.replace(b"}\n", b",]\n")
            await wire.write(chunk(frame))
            arrival.events += 1
            await asyncio.sleep(faults.per_event)
        arrival.outcome = "done"  # before the last bytes, so that whoever has read them finds it written down
        await wire.write(chunk(b""))

    async def _break(self, torn: bool, arrival: Arrival, wire: Connection) -> None:
        """Tear the connection, or fall silent until the caller hangs up."""
        if torn:
            arrival.outcome = "torn"
            wire.hang_up()
        else:
            await asyncio.Event().wait()

    async def _complain(
        self, complaint: Complaint, arrival: Arrival, dialect: _Dialect, wire: Connection, extra: Headers | None = None
    ) -> None:
        request_id = f"req_simulated_{arrival.seq:08d}"
        await self._json(arrival, wire, dialect, complaint.status, dialect.error(complaint, request_id), extra)

    async def _json(
        self,
        arrival: Arrival,
        wire: Connection,
        dialect: _Dialect,
        status: int,
        body: dict[str, Any],
        extra: Headers | None = None,
    ) -> None:
        arrival.status, arrival.outcome = status, "done"
        headers = [*_common(arrival, dialect, ""), ("content-type", "application/json"), *(extra or [])]
        await wire.whole(status, headers, json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))


def _dialect_of(request: Request) -> _Dialect:
    """By path; where both vendors use the same path, by what only Anthropic's clients send."""
    if request.path in _GENERATE:
        return _GENERATE[request.path]
    anthropic = request.path == _COUNT or request.header("anthropic-version") or request.header("x-api-key")
    return _MESSAGES if anthropic else _CHAT


def _check_key(request: Request) -> None:
    """Any key will do, but there must be one; it is never repeated."""
    scheme, _, token = request.header("authorization").partition(" ")
    if not request.header("x-api-key") and not (scheme.lower() == "bearer" and token.strip()):
        raise Complaint(401, "authentication", "An API key is required (simulated: any key will do).", "invalid_api_key")


def _decode(request: Request, body: bytes) -> dict[str, Any]:
    if request.too_large:
        raise Complaint(413, "too_large", "Request exceeds the maximum size")
    if request.header("content-encoding") not in {"", "identity"}:
        raise Complaint(415, "invalid_request", "Unsupported content-encoding")
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Complaint(400, "invalid_request", "The request body is not valid JSON") from fault
    if not isinstance(tree, dict):
        raise Complaint(400, "invalid_request", "The request body must be a JSON object")
    return tree


def _models(request: Request) -> dict[str, Any]:
    anthropic = _dialect_of(request) is _MESSAGES
    name = request.path.removeprefix("/v1/models").removeprefix("/")
    if not name:
        return catalog.claude_models() if anthropic else catalog.gpt_models()
    if name not in (catalog.CLAUDE if anthropic else catalog.GPT):
        raise Complaint(404, "not_found", f"The model '{name}' does not exist", "model_not_found")
    return catalog.claude_model(name) if anthropic else catalog.gpt_model(name)


def _common(arrival: Arrival, dialect: _Dialect, served: str) -> Headers:
    pairs = [(dialect.request_id, f"req_simulated_{arrival.seq:08d}")]
    if served and dialect is not _MESSAGES:
        pairs.append(("openai-model", served))
    return pairs


def _limits(dialect: _Dialect, faults: Faults) -> Headers:
    """The headers by which each vendor says when to come back."""
    pairs = [("retry-after", faults.retry_after)] if faults.retry_after else []
    if faults.status == 429 and dialect is _MESSAGES:
        pairs += [("anthropic-ratelimit-requests-limit", "50"), ("anthropic-ratelimit-requests-remaining", "0")]
    elif faults.status == 429:
        pairs += [("x-ratelimit-limit-requests", "50"), ("x-ratelimit-remaining-requests", "0")]
    return pairs
