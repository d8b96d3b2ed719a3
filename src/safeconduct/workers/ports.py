"""What does the keeper need from the outside? Ports; assembly puts files behind them, other stores later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from safeconduct.audit.entries import Entry
from safeconduct.audit.tiles import WIDTH

Group = tuple[int, Sequence[int], list[bytes], list[bytes]]  # first seq, words (audit.chain), leaf hashes, entries


class Tail(Protocol):
    """One writer's journal, followed. See storage.files.tail."""

    def alive(self) -> bool: ...
    def read(self) -> list[Group]: ...
    def release(self, committed: int) -> None: ...
    def remove(self) -> None: ...
    def close(self) -> None: ...


class Journals(Protocol):
    def boots(self) -> list[str]: ...
    def follow(self, boot: str, after: int) -> Tail: ...


class Store(Protocol):
    """The log folder. See storage.files.logstore."""

    def checkpoint(self) -> bytes: ...
    def tile(self, level: int, index: int, width: int) -> bytes: ...
    def bundle(self, index: int, width: int) -> bytes: ...
    def write_tile(self, level: int, index: int, hashes: bytes, width: int = WIDTH) -> None: ...
    def write_bundle(self, index: int, entries: bytes, width: int = WIDTH) -> None: ...
    def write_checkpoint(self, note: bytes) -> None: ...
    def write_vkey(self, vkey: str) -> None: ...
    def drop_partials(self, level: int | None, index: int) -> None: ...
    def sync(self) -> None: ...


class StateFile(Protocol):
    """The keeper's own memory, and the lock that makes it the only one."""

    def hold(self) -> None: ...
    def release(self) -> None: ...
    def load(self) -> bytes | None: ...
    def save(self, data: bytes) -> None: ...


class Heads(Protocol):
    """The last signed checkpoint of one log, in a store apart from the log. See storage.files.heads.

    INVARIANT: P7 - a log that was restored from before its head is not signed again.
    """

    def load(self) -> bytes | None:
        """The note, None when there never was one. Raises OSError."""

    def swap(self, old: bytes | None, new: bytes) -> bool:
        """Put ``new`` in the place of exactly ``old`` (None: of nothing), durable before this returns.

        False when something else is there: another keeper signs this log. Raises OSError when it is not known.
        """


class Writer(Protocol):
    """The keeper's own journal."""

    boot: str

    def append_sync(self, *entries: Entry) -> int: ...
    def close(self, reason: str = "stopped") -> None: ...
