"""How much of a request may stand in memory? One caller's upload: gathered, bounded, and accounted for until it has left.

Bytes are gathered in one growing buffer, not in a list: a body that comes in a million tiny chunks costs no more than its size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safeconduct.gateway.edge import EdgeFault

if TYPE_CHECKING:
    from safeconduct.gateway.worker import Worker

FULL = EdgeFault(503, "gateway_full", "The gateway holds too many large requests at once.", "Try again shortly.")


class Upload:
    """The body of the request at hand. ``size`` counts its bytes."""

    __slots__ = ("_accounted", "_first", "_more", "_worker", "size")

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._first = b""
        self._more: bytearray | None = None
        self._accounted = 0
        self.size = 0

    def announced(self, length: int) -> EdgeFault | None:
        """Whether a body of ``length`` bytes (-1: not said) may come."""
        return self._too_large() if length > self._worker.limits.max_body_bytes else None

    def add(self, data: bytes) -> EdgeFault | None:
        """Take a piece; the fault when it may not stay."""
        size = len(data)
        if self.size + size > self._worker.limits.max_body_bytes:
            return self._too_large()
        self.size += size
        self._accounted += size
        if not self._worker.buffer(size):
            return FULL
        if self._more is not None:
            self._more += data
        elif self._first:
            self._more = bytearray(self._first)
            self._more += data
            self._first = b""
        else:
            self._first = data
        return None

    def take(self) -> bytes:
        """The whole body, handed over; it stays accounted for until ``release``."""
        body = self._first if self._more is None else bytes(self._more)
        self._first, self._more, self.size = b"", None, 0
        return body

    def release(self) -> None:
        """The body is no longer in memory for this caller's sake."""
        self._first, self._more, self.size = b"", None, 0
        if self._accounted:
            self._worker.release(self._accounted)
            self._accounted = 0

    def _too_large(self) -> EdgeFault:
        limit = self._worker.limits.max_body_bytes
        return EdgeFault(
            413, "too_large", f"The request body is larger than {limit} bytes.", "Send less context or smaller files."
        )
