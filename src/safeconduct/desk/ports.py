"""What does the desk need from the outside? Two ports; assembly puts a store and a journal behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO, Protocol

from safeconduct.registry.changes import Change, Draft, Intent, News
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import Moment


class Drafts(Protocol):
    """Planned changes in order; a sequence, or a stack of them on the disk."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Draft]: ...


class Store(Protocol):
    """The registry's history. ``append`` and ``intend`` raise OSError when nothing was written."""

    def registry(self, pseudonym_key: bytes, *, until: Moment | None = None) -> Registry:
        """The registry as it is now, or as it was known at ``until``."""
        ...

    def news(self, since: int) -> News | None:
        """What happened after version ``since``; None when nothing did."""
        ...

    def scratch(self) -> IO[bytes]:
        """An empty file without a name, on the disk that the history is on."""
        ...

    def about(self, person: str) -> Iterator[Change]: ...
    def exclusive(self) -> AbstractContextManager[None]: ...
    def intent(self) -> Intent | None: ...
    def intend(self, intent: Intent) -> None: ...
    def give_up(self) -> None: ...
    def append(self, drafts: Drafts, name: str, salt: bytes, digest: str) -> int:
        """Add the changes, all or none. Returns the ``seq`` of the first."""
        ...


class ActJournal(Protocol):
    """Where acts are recorded. Both return only when the entry is durable and raise OSError when it cannot be.

    Everything given is fit for the log: ``actor`` and ``second`` are pseudonyms, ``about`` names no person,
    ``subject_commitment``, ``changes_digest`` and ``changes_hashes`` are salted (the salts stay in the registry's
    ``act`` and ``change`` tables).
    """

    def performed(
        self,
        *,
        at: Moment,
        act: str,
        actor: str,
        subject_commitment: str,
        changes_digest: str,
        changes_hashes: tuple[str, ...],
        first_change: int,
        changes: int,
        about: str = "",
        organization: str = "",
        second: str = "",
    ) -> int:
        """Record an act before its changes. Returns the number of the entry, for ``failed``."""
        ...

    def failed(self, *, at: Moment, act: str, actor: str, changes_digest: str, code: str, failed_seq: int) -> None:
        """Record that an act recorded earlier did not take effect. ``failed_seq`` is 0 when another process recorded it."""
        ...
