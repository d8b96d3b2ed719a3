"""How does a log reach the witness? A plain ASGI application with one route: POST /add-checkpoint (C2SP tlog-witness).

Nothing is read beyond the bounds of a request, and nothing about a caller is believed: the checkpoint's signature is all the
authentication there is. What is answered is decided behind ``Judge``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from safeconduct.audit.witnessing import MAX_REQUEST_BYTES, Answer, no

PATH = "/add-checkpoint"
BODY_SECONDS = 10.0

Judge = Callable[[bytes], Answer]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Door:
    """The application. ``judge`` takes the body of a request and answers; it may block for as long as the disk does."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] != PATH:
            await _send(send, no(404, "there is nothing here but /add-checkpoint"))
        elif scope["method"] != "POST":
            await _send(send, no(405, "checkpoints are sent by POST"), (b"allow", b"POST"))
        else:
            body = await _body(scope, receive)
            if body is not None:
                await _send(send, body if isinstance(body, Answer) else self._judge(body))


async def _body(scope: Scope, receive: Receive) -> bytes | Answer | None:
    """The whole body; None when the caller hung up; an answer when it is too long, too slow or encoded."""
    headers = dict(scope["headers"])
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        return no(400, "the body of a request is not encoded")
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
                if length > MAX_REQUEST_BYTES:
                    return no(413, f"a request has at most {MAX_REQUEST_BYTES} bytes")
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError:
        return no(408, "the body did not arrive in time")


async def _send(send: Send, answer: Answer, *headers: tuple[bytes, bytes]) -> None:
    fixed = [(b"content-type", answer.kind.encode()), (b"content-length", str(len(answer.body)).encode())]
    closing = [(b"connection", b"close")] if answer.status in (408, 413) else []  # the rest of the body is not read
    await send({"type": "http.response.start", "status": answer.status, "headers": [*fixed, *closing, *headers]})
    await send({"type": "http.response.body", "body": answer.body})
