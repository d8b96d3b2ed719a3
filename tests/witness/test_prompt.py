"""A connection without a whole head ends at its deadline; one that asks in time is answered, and may ask again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from safeconduct.audit.witnessing import no
from safeconduct.witness.door import Door
from safeconduct.witness.prompt import HEAD_SECONDS, PromptProtocol

ASKED = b"POST /add-checkpoint HTTP/1.1\r\nhost: w\r\ncontent-length: 2\r\n\r\n"


class Loop:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, SimpleNamespace]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def call_later(self, delay: float, then: Callable[[], None]) -> SimpleNamespace:
        handle = SimpleNamespace(then=then, live=True)
        handle.cancel = lambda: setattr(handle, "live", False)
        self.due.append((self.now + delay, handle))
        return handle

    def create_task(self, work: Any, **_: Any) -> asyncio.Task[None]:
        self.tasks.append(asyncio.get_running_loop().create_task(work))
        return self.tasks[-1]

    def passes(self, seconds: float) -> None:
        self.now += seconds
        for at, handle in self.due:
            if handle.live and at <= self.now:
                handle.live = False
                handle.then()


class Transport:
    def __init__(self) -> None:
        self.closed, self.written = False, b""

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: bytes) -> None:
        self.written += data

    def get_extra_info(self, _: str) -> None:
        return None

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


Talk = Callable[[PromptProtocol, Loop, Transport], Awaitable[None]]


def talk(scene: Talk) -> None:
    async def run() -> None:
        config = uvicorn.Config(Door(lambda _: no(400, "no")), lifespan="off", ws="none", timeout_keep_alive=60)
        config.load()
        loop, transport = Loop(), Transport()
        protocol = PromptProtocol(config, ServerState(), {}, loop)  # type: ignore[arg-type]
        protocol.connection_made(transport)  # type: ignore[arg-type]
        await scene(protocol, loop, transport)
        protocol.connection_lost(None)
        assert not [handle for _, handle in loop.due if handle.live]

    asyncio.run(run())


@pytest.mark.parametrize("said", [b"", ASKED, b"\r\n" * 5])
def test_who_says_no_whole_head_in_time_is_hung_up_on(said: bytes) -> None:
    async def scene(protocol: PromptProtocol, loop: Loop, transport: Transport) -> None:
        for place in range(9):
            loop.passes(1)
            protocol.data_received(said[place : place + 1])  # more bytes buy no time
        assert not transport.closed
        loop.passes(HEAD_SECONDS - 9)
        assert transport.closed

    talk(scene)


def test_who_asks_in_time_is_answered_and_has_as_long_for_the_next_request() -> None:
    async def scene(protocol: PromptProtocol, loop: Loop, transport: Transport) -> None:
        for answered in (1, 2):
            loop.passes(HEAD_SECONDS - 1)  # idle between two requests is no head that is late
            protocol.data_received(ASKED[:20])
            protocol.data_received(ASKED[20:])
            loop.passes(HEAD_SECONDS * 2)  # the body's time is the door's
            assert not transport.closed
            protocol.data_received(b"xx")
            await asyncio.gather(*loop.tasks)
            assert transport.written.count(b"HTTP/1.1 400") == answered
        loop.passes(HEAD_SECONDS * 2)
        assert not transport.closed
        protocol.data_received(b"\r\n")
        loop.passes(HEAD_SECONDS)
        assert transport.closed

    talk(scene)


def test_a_second_head_behind_a_whole_request_has_the_same_deadline() -> None:
    async def scene(protocol: PromptProtocol, loop: Loop, transport: Transport) -> None:
        protocol.data_received(ASKED + b"xx" + ASKED[:20])
        await asyncio.gather(*loop.tasks)
        loop.passes(HEAD_SECONDS)
        assert transport.closed

    talk(scene)
