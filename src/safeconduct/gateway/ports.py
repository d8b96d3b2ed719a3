"""What does the gateway need from its neighbors? Ports; assembly puts journal files and provider pools behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from safeconduct.audit.entries import Entry
from safeconduct.registry.changes import News
from safeconduct.terms.content import Kept
from safeconduct.terms.moments import Moment

Headers = tuple[tuple[bytes, bytes], ...]


class Journal(Protocol):
    """Where entries become durable. ``append`` numbers and chains; ``then`` hears whether it is on disk."""

    @property
    def healthy(self) -> bool: ...
    @property
    def boot(self) -> str: ...
    def append(
        self, entry: Entry, *, opens: bool = False, closes: int | None = None, then: Callable[[bool], None] | None = None
    ) -> int: ...


Feed = Callable[[int], News | None]
"""What happened to the registry after a version; None when nothing did. Raises OSError or Refused when it cannot be read."""


class Answered(Protocol):
    """Who hears of a forwarded call.

    ``upstream_open``: its connection was opened just now, and it leaves unless it is withdrawn. ``upstream_taken``: its bytes
    have left our memory, but for a little.
    """

    def upstream_open(self) -> None: ...
    def upstream_taken(self) -> None: ...
    def upstream_head(self, status: int, headers: Headers, streams: bool) -> None: ...
    def upstream_chunk(self, data: bytes) -> None: ...
    def upstream_body(self, data: bytes) -> None: ...
    def upstream_end(self) -> None: ...
    def upstream_failed(self, why: str) -> None: ...


class Ticket(Protocol):
    """One forwarded call: how to take it back, and how to slow its answer down."""

    def withdraw(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class Pool(Protocol):
    """The way to one provider."""

    def send(self, sink: Answered, path: bytes, headers: bytes, body: bytes) -> Ticket: ...
    def sweep(self) -> None: ...
    def close(self) -> None: ...


class Vault(Protocol):
    """Where content is kept, encrypted, apart from the log."""

    def keep(
        self,
        *,
        call: str,
        part: str,
        subject: str,
        organization: str,
        kept_class: str,
        at: Moment,
        data: bytes,
        then: Callable[[bool], None],
    ) -> Kept | None:
        """Seal ``data`` at once; ``then`` hears on the loop whether it is on disk. None when it cannot: ``then`` hears nothing.

        ``part`` is ``request`` or ``answer``, ``subject`` the caller's leaf pseudonym, ``kept_class`` the retention class.
        """
        ...
