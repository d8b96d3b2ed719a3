"""What does the keeper need from the outside? Ports; assembly puts files behind them, other stores later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from safeconduct.audit.entries import Entry
from safeconduct.audit.tiles import WIDTH
from safeconduct.terms.moments import Moment

if TYPE_CHECKING:
    from safeconduct.workers.keeper import Keeper

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
    def entries(self, since: int, until: int, size: int) -> Iterator[tuple[int, bytes]]: ...
    def write_tile(self, level: int, index: int, hashes: bytes, width: int = WIDTH) -> None: ...
    def write_bundle(self, index: int, entries: bytes, width: int = WIDTH) -> None: ...
    def write_checkpoint(self, note: bytes) -> None: ...
    def write_vkey(self, vkey: str, cosigners: Sequence[str] = ()) -> None: ...
    def vkey(self) -> str: ...
    def minimum(self) -> int: ...
    def drop_partials(self, level: int | None, index: int) -> None: ...
    def sync(self) -> None:
        """Make everything written so far durable; where strangers read it, it need not be yet."""

    def settle(self) -> None:
        """Bring everything synced to where strangers read it. Called once the keeper's state that it belongs to is saved."""

    def begin(self, size: int) -> None:
        """Go on from a tree of ``size`` entries: what a crash left beyond it is void."""


class StateFile(Protocol):
    """The keeper's own memory of how far each journal is in the tree."""

    def load(self) -> bytes | None: ...
    def save(self, data: bytes) -> None: ...


class Shelf(Protocol):
    """The shards of one home, by origin. See assembly.log."""

    def origins(self, now: Moment) -> list[str]:
        """Of every shard there is, oldest first, the one that writers of this moment belong to among them."""

    def open(self, origin: str) -> Keeper:
        """A keeper over that shard. Raises Refused, OSError."""

    def close(self, origin: str, now: Moment, vacant: Callable[[], bool]) -> bool:
        """Whether the shard is closed to writers: it was before, or its year is over and nobody is left in it."""


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
