"""The witness's door: one route, bounded bodies, and no opinion of its own."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from safeconduct.audit.witnessing import MAX_REQUEST_BYTES, SIZE_TYPE, Answer
from safeconduct.witness import door
from safeconduct.witness.door import Door

Messages = list[MutableMapping[str, Any]]


def ask(
    *pieces: bytes,
    path: str = "/add-checkpoint",
    method: str = "POST",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    end: bool = True,
) -> tuple[int, dict[bytes, bytes], bytes, list[bytes]]:
    heard: list[bytes] = []

    def judge(body: bytes) -> Answer:
        heard.append(body)
        return Answer(409, b"7\n", SIZE_TYPE)

    incoming: Messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    incoming.append({"type": "http.request", "body": b"", "more_body": False} if end else {"type": "http.disconnect"})
    sent: Messages = []

    async def receive() -> MutableMapping[str, Any]:
        return incoming.pop(0) if incoming else await asyncio.Event().wait() or {}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": headers}
    asyncio.run(Door(judge)(scope, receive, send))
    if not sent:
        return 0, {}, b"", heard
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"], heard


def test_a_request_is_judged_whole() -> None:
    status, headers, body, heard = ask(b"old ", b"0\n\n", b"note")
    assert heard == [b"old 0\n\nnote"]
    assert (status, body) == (409, b"7\n")
    assert headers[b"content-type"] == b"text/x.tlog.size"
    assert headers[b"content-length"] == b"2"


@pytest.mark.parametrize("path", ["/", "/add-checkpoint/", "/Add-checkpoint", "/x/add-checkpoint", "/add-checkpoint%20"])
def test_there_is_one_route(path: str) -> None:
    status, _, _, heard = ask(b"body", path=path)
    assert (status, heard) == (404, [])


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post"])
def test_only_post_is_heard(method: str) -> None:
    status, headers, _, heard = ask(b"body", method=method)
    assert (status, heard, headers[b"allow"]) == (405, [], b"POST")


def test_a_body_is_bounded() -> None:
    piece = b"x" * 65_536
    status, headers, _, heard = ask(*[piece] * (MAX_REQUEST_BYTES // len(piece)), b"x", end=False)
    assert (status, heard, headers[b"connection"]) == (413, [], b"close")
    assert ask(*[piece] * (MAX_REQUEST_BYTES // len(piece)))[0] == 409


def test_an_encoded_body_is_not_read() -> None:
    assert ask(b"body", headers=((b"content-encoding", b"gzip"),))[0] == 400
    assert ask(b"body", headers=((b"content-encoding", b"identity"),))[0] == 409


def test_who_hangs_up_is_not_answered() -> None:
    assert ask(b"half", end=False) == (0, {}, b"", [])


def test_who_is_too_slow_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", 0.01)

    async def never() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    sent: Messages = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(
        Door(lambda _: Answer(200, b""))(
            {"type": "http", "path": "/add-checkpoint", "method": "POST", "headers": ()}, never, send
        )
    )
    assert sent[0]["status"] == 408


def test_only_http_is_spoken() -> None:
    asyncio.run(Door(lambda _: Answer(200, b""))({"type": "websocket"}, None, None))  # type: ignore[arg-type]
