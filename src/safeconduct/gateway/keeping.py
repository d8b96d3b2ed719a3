"""What of one call goes into the vault? Its request, and what its caller is sent: a door before the door.

Only a call whose content a rule wants kept has one, so that all others pass without a question asked. When the request is
safe, and what follows from that, is the machine's; what lies where is the vault's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from safeconduct.audit.entries import CallDecided, CallEnded
from safeconduct.exchange import commands
from safeconduct.gateway.deposits import Content
from safeconduct.gateway.ports import Headers
from safeconduct.terms.call import Answer
from safeconduct.terms.content import ANSWER, REQUEST

if TYPE_CHECKING:
    from safeconduct.gateway.call import Door
    from safeconduct.gateway.worker import Worker

MAX_ANSWER = 32 * 1024 * 1024  # bytes kept of one answer, as many as a request may have by default


class Keeping:
    """The caller's door, with everything that leaves by it put aside. ``waits`` is true until the vault has the request."""

    __slots__ = ("_caller", "_cut", "_door", "_pieces", "_size", "_worker", "held", "waits")

    def __init__(self, worker: Worker, door: Door, entry: CallDecided) -> None:
        self._worker = worker
        self._door = door
        self._caller = (entry.caller, entry.organization)
        self._pieces: list[bytes] = []
        self._size = 0
        self._cut = False
        self.waits = False
        self.held: list[commands.Command] = []  # what is recorded once the vault has spoken

    def request(self, command: commands.Keep, then: Callable[[bool], None]) -> None:
        """Put the request into the vault."""
        self.waits = True
        entry = command.entry
        self._worker.deposits.keep(self._content(entry, REQUEST, command.data), entry, then)

    def answered(self, entry: CallEnded, then: Callable[[bool], None]) -> bool:
        """Put what was sent into the vault, if there is any; ``then`` hears whether it is there. Says so in the entry."""
        data = b"".join(self._pieces)
        self._forget()
        if not data:
            entry.kept_class = ""
            return False
        entry.kept_cut = self._cut

        def told(durable: bool) -> None:
            entry.kept_failed = not durable
            entry.kept_cut = entry.kept_cut and durable
            then(durable)

        self._worker.deposits.keep(self._content(entry, ANSWER, data), entry, told)
        return True

    def _content(self, entry: CallDecided | CallEnded, part: str, data: bytes) -> Content:
        return Content(entry.call, part, *self._caller, entry.kept_class, entry.at, data)

    def _take(self, data: bytes) -> None:
        room = MAX_ANSWER - self._size
        if len(data) > room:
            self._cut = True
            data = data[:room]
        if data:
            self._pieces.append(data)
            self._size += len(data)
            self._worker.buffer(len(data))

    def _forget(self) -> None:
        self._worker.release(self._size)
        self._pieces, self._size = [], 0

    # the caller's side (Door)

    def answer(self, answer: Answer, *, close: bool) -> None:
        self._take(answer.body)
        self._door.answer(answer, close=close)

    def stream_head(self, status: int, headers: Headers) -> None:
        self._door.stream_head(status, headers)

    def stream_data(self, data: bytes) -> None:
        self._take(data)
        self._door.stream_data(data)

    def stream_end(self, *, close: bool) -> None:
        self._door.stream_end(close=close)

    def body_left(self) -> None:
        self._door.body_left()

    def unsent(self) -> int:
        return self._door.unsent()

    def abort(self) -> None:
        self._door.abort()
