"""Does somebody hold a connection to the witness without asking? Then it is closed: the head of a request has ten seconds.

Connections are few (a bound of the server), and whoever opens them and says nothing, or a byte now and then, would keep every log
from its witness. Idle time between two requests is the server's keep-alive; the body's time is the door's.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0


class PromptProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 with a deadline for each request's head, from the connection or the head's first byte on."""

    head_seconds = HEAD_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._headed = False  # between the end of a head and the end of its body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if not self._headed:
            self._await_head()
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._await_head()  # of a request behind another one in the same bytes
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._headed = True
        self._forget()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._headed = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        """The first byte decides: more bytes buy no time."""
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.head_seconds, self.transport.close)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
