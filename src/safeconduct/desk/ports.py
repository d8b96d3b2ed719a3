"""What does the desk need from the outside? Two ports; assembly puts a store and a journal behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from safeconduct.registry.changes import Change, Draft, Intent
from safeconduct.terms.moments import Moment


class Store(Protocol):
    """The registry's history. ``append`` and ``intend`` raise OSError when nothing was written."""

    def since(self, seq: int) -> Iterator[Change]: ...
    def exclusive(self) -> AbstractContextManager[None]: ...
    def intent(self) -> Intent | None: ...
    def intend(self, intent: Intent) -> None: ...
    def give_up(self) -> None: ...
    def append(self, drafts: Sequence[Draft], name: str, salt: bytes, digest: str) -> list[Change]: ...


class ActJournal(Protocol):
    """Where acts are recorded. Both return only when the entry is durable and raise OSError when it cannot be.

    Everything given is fit for the log: ``actor`` is a pseudonym, ``subject_commitment`` and ``changes_digest`` are salted
    (the salt stays in the registry's ``act`` table).
    """

    def performed(
        self,
        *,
        at: Moment,
        act: str,
        actor: str,
        subject_commitment: str,
        changes_digest: str,
        first_change: int,
        changes: int,
    ) -> int:
        """Record an act before its changes. Returns the number of the entry, for ``failed``."""
        ...

    def failed(self, *, at: Moment, act: str, actor: str, changes_digest: str, code: str, failed_seq: int) -> None:
        """Record that an act recorded earlier did not take effect. ``failed_seq`` is 0 when another process recorded it."""
        ...
