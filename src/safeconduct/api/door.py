"""How does an officer's program reach the desk? A plain ASGI application: strict JSON in and out, an officer key as bearer.

1. The host named in the request must be one of ours: no page in a browser reaches it by a name that it chose itself.
2. The key comes first; what is asked without one learns nothing but that a key is wanted. Guesses are bounded (``guesses``).
3. The body is bounded, has its time, and is JSON without doubles and unknown members.
4. The desk judges the act; refusals come with every fault and how to mend it.

INVARIANT (P11): who acts is told by the key alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import AbstractContextManager
from typing import Any, Final

import msgspec

from safeconduct.api.guesses import Guesses
from safeconduct.api.openapi import description
from safeconduct.api.route import Desk, Route
from safeconduct.api.routes import ROUTES, find
from safeconduct.terms.faults import Fault, Refused

MAX_BODY: Final = 262_144  # a case with a thousand calls is some 40 KB
BODY_SECONDS: Final = 10.0
MAX_KEY: Final = 256

Sit = Callable[[str], AbstractContextManager[Desk]]
"""The desk with the holder of an officer key at it. Raises Refused when the key is nobody's. May block."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_JSON: Final = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


MADE_UP: Final = Fault("no_officer", "this is the key of no officer", "key", "look for a slip of the pen")
TOO_MANY: Final = Fault("too_many_guesses", "too many wrong keys that begin like this came from there", "key", "wait a minute")


class Door:
    """The application. ``hosts`` are the names, with ports, that it answers to."""

    def __init__(self, sit: Sit, hosts: Collection[str], clock: Callable[[], float], routes: tuple[Route, ...] = ROUTES) -> None:
        self._sit = sit
        self._hosts = frozenset(host.lower() for host in hosts)
        self._guesses = Guesses(clock)
        self._routes = routes
        self._one = asyncio.Lock()  # the desk is for one officer at a time, as the registry is for one writer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, body = await self._answer(scope, receive)
        await _send(send, status, body)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        headers = _headers(scope)
        if headers is None or headers.get(b"host", b"").decode("latin-1").lower() not in self._hosts:
            return 421, _faults(Fault("foreign_host", "this is not the host you named", "host", "use the address it listens at"))
        method, path = scope["method"], scope["path"]
        if (method, path) == ("GET", "/healthz"):
            return 200, {"ok": True}
        key = _key(headers.get(b"authorization", b""))
        if not key:
            return 401, _faults(Fault("no_key", "no officer key was sent", "authorization", "send it as a bearer token"))
        if not self._guesses.formed(key):
            return 401, _faults(MADE_UP)
        source = _source(scope)
        if not self._guesses.may(source, key):
            return 429, _faults(TOO_MANY)
        if scope.get("query_string"):
            return 400, _faults(Fault("bad_query", "nothing here takes a query", path[:200], "leave it out"))
        body = await _body(headers, receive)
        if isinstance(body, Fault):
            return (413 if body.code == "too_large" else 400), _faults(body)
        if body is None:
            return 400, _faults(Fault("gone", "the request was not whole", "body", "send it again"))
        async with self._one:
            if not self._guesses.may(source, key):  # others were tried while this one waited
                return 429, _faults(TOO_MANY)
            return await asyncio.to_thread(self._judged, source, key, method, path, body)

    def _judged(self, source: str, key: str, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """In a thread: the desk waits for disks."""
        try:
            with self._sit(key) as desk:
                self._guesses.right(key)
                if (method, path) == ("GET", "/openapi.json"):
                    return 200, description(self._routes)
                found = find(method, path, self._routes)
                if found is None:
                    return 404, _faults(Fault("unknown_route", "there is nothing there", path[:200], "see: GET /openapi.json"))
                route, name = found
                return 200, route.does(desk, name, _form(route, body))
        except Refused as refused:
            return self._status(refused, source, key), _faults(*refused.faults)
        except OSError as wrong:
            mend = "try again; if it stays so, look at the disk"
            return 503, _faults(
                Fault("unavailable", f"the registry or the log failed ({type(wrong).__name__})", path[:200], mend)
            )

    def _status(self, refused: Refused, source: str, key: str) -> int:
        codes = {fault.code for fault in refused.faults}
        if "no_officer" in codes and any(fault.where == "officer key" for fault in refused.faults):
            self._guesses.wrong(source, key)
            return 401
        if "bad_body" in codes:
            return 400
        return 404 if any(code.startswith("unknown_") for code in codes) else 409


def _source(scope: Scope) -> str:
    """Where the request comes from, by its connection; headers of proxies are anybody's to write."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _headers(scope: Scope) -> dict[bytes, bytes] | None:
    """The headers; None where one of those that decide is there twice."""
    seen: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in seen and name in (b"host", b"authorization", b"content-length", b"content-type"):
            return None
        seen[name] = value
    return seen


def _key(authorization: bytes) -> str:
    kind, _, key = authorization.partition(b" ")
    if kind.lower() != b"bearer" or not 0 < len(key) <= MAX_KEY:
        return ""
    return key.decode("ascii", "replace")


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes | Fault | None:
    """The whole body; None when the caller hung up."""
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        return Fault("bad_body", "the body is encoded", "content-encoding", "send it as it is")
    pieces: list[bytes] = []
    length = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                pieces.append(message.get("body", b""))
                length += len(pieces[-1])
                if length > MAX_BODY:
                    return Fault("too_large", f"a body has at most {MAX_BODY} bytes", "body", "send less at once")
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError:
        return Fault("too_slow", "the body did not arrive in time", "body", "send it again")


def _form(route: Route, body: bytes) -> Any:
    """What the body says. Raises Refused."""
    mend = "see: GET /openapi.json"
    try:
        if not body:
            return msgspec.convert({}, route.form)
        json.loads(body, object_pairs_hook=_single)  # the decoder below would take the last of two members of one name
        return msgspec.json.decode(body, type=route.form, strict=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        what = str(wrong)[:200] if isinstance(wrong, msgspec.MsgspecError) else "the body is not strict JSON"
        raise Refused(Fault("bad_body", what, "body", mend)) from None


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _faults(*faults: Fault) -> dict[str, Any]:
    return {"faults": [{"code": each.code, "what": each.what, "where": each.where, "mend": each.mend} for each in faults]}


async def _send(send: Send, status: int, body: Any) -> None:
    data = msgspec.json.encode(body)
    length = (b"content-length", str(len(data)).encode())
    more = [(b"www-authenticate", b"Bearer")] if status == 401 else []
    more += [(b"connection", b"close")] if status == 413 else []
    await send({"type": "http.response.start", "status": status, "headers": [*_JSON, length, *more]})
    await send({"type": "http.response.body", "body": data})
