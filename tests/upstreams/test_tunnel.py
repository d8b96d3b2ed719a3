"""A proxy's answer to CONNECT opens the way, or is an error that says why."""

from __future__ import annotations

import asyncio

import pytest

from safeconduct.upstreams.http1 import Broken
from safeconduct.upstreams.tunnel import Tunnel


def ask(*pieces: bytes, lost: bool = False) -> None:
    """Feed an answer in pieces; raises what the tunnel raises."""

    async def run() -> None:
        tunnel = Tunnel(asyncio.get_running_loop())
        for piece in pieces:
            tunnel.data_received(piece)
        if lost:
            tunnel.connection_lost(None)
        await asyncio.wait_for(tunnel.ready, 1)

    asyncio.run(run())


def test_any_2xx_opens_the_way() -> None:
    ask(b"HTTP/1.1 200 Connection established\r\n\r\n")
    ask(b"HTTP/1.0 2", b"00 OK\r\nvia: proxy\r\n", b"\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        b"SSH-2.0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nbytes before TLS",
    ],
)
def test_anything_else_is_refused(answer: bytes) -> None:
    with pytest.raises(Broken, match="proxy_refused"):
        ask(answer)


def test_an_endless_answer_is_bounded() -> None:
    with pytest.raises(Broken, match="proxy_answer_too_large"):
        ask(*[b"x" * 4096] * 5)


def test_a_proxy_that_hangs_up_is_an_error() -> None:
    with pytest.raises(OSError, match="closed the connection"):
        ask(b"HTTP/1.1 20", lost=True)
