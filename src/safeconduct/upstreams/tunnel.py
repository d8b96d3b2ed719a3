"""Does the proxy open the way? Reads its answer to CONNECT; asking, and what goes through, is the pool's part.

Source: RFC 9110, section 9.3.6.
"""

from __future__ import annotations

import asyncio

from safeconduct.upstreams.http1 import Broken


class Tunnel(asyncio.Protocol):
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
        del exc  # why it went does not matter here
        if not self.ready.done():
            self.ready.set_exception(OSError("the proxy closed the connection"))
