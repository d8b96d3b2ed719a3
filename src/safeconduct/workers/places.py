"""How far is each writer in the tree, and which of its calls are open? The keeper's memory, and how the log itself gives it back.

It counts and never judges: whether a chain is whole is verification's question.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from safeconduct.audit.chain import CLOSES, CLOSES_FOREIGN, MARK_MASK, MARK_SHIFT, OPENS, REF_SHIFT
from safeconduct.audit.entries import CallDecided, CallEnded, decode
from safeconduct.audit.tiles import WIDTH, split_bundle
from safeconduct.workers.ports import Group, Store


class Place(msgspec.Struct):
    """How far one writer is in the tree. ``open``: seq of each call without outcome; ``early``: closed before it was read."""

    seq: int = 0
    open: set[int] = msgspec.field(default_factory=set)
    early: set[int] = msgspec.field(default_factory=set)


class State(msgspec.Struct):
    """Entries in the tree, writers whose journals may still be there, and whether a head apart was ever written."""

    size: int = 0
    writers: dict[str, Place] = {}
    anchored: bool = False

    def place(self, boot: str) -> Place:
        """The place of a writer, at 0 when it is new."""
        place = self.writers.get(boot)
        if place is None:
            place = self.writers[boot] = Place()
        return place

    def take(self, boot: str, group: Group) -> int:
        """Count a group of entries. Returns how many. The hot loop: it reads no entry but foreign closings."""
        first, words, _, entries = group
        place = self.place(boot)
        opened, early = place.open, place.early
        for seq, word in enumerate(words, first):
            mark = word >> MARK_SHIFT & MARK_MASK
            if mark == OPENS:
                if early:
                    _opened(place, seq)
                else:
                    opened.add(seq)
            elif mark == CLOSES:
                opened.discard(word >> REF_SHIFT)
            elif mark == CLOSES_FOREIGN:
                self._closed_foreign(entries[seq - first])
        place.seq = first + len(words) - 1
        self.size += len(words)
        return len(words)

    def _closed_foreign(self, data: bytes) -> None:
        entry = decode(data)
        if isinstance(entry, CallEnded):
            self.close(entry)

    def close(self, entry: CallEnded) -> None:
        """A closing that names its call was read."""
        place = self.place(entry.closes_boot)
        if entry.closes_seq > place.seq:
            place.early.add(entry.closes_seq)
        place.open.discard(entry.closes_seq)


def loaded(data: bytes | None) -> State | None:
    """The state that was saved; None when there is none, or it is torn or edited: the log itself says the same, only slower."""
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=State)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def rebuilt(store: Store, size: int) -> State:
    """Read the log once, from the first entry that is kept, to learn how far each writer is in it.

    Raises OSError and ValueError when it is not whole.
    """
    state = State(size=size, writers={})
    for number in range(store.minimum() // WIDTH, -(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH)
        _read(state, split_bundle(store.bundle(number, width), width))
    return state


def _read(state: State, bundle: Sequence[bytes]) -> None:
    for data in bundle:
        entry = decode(data)
        place = state.place(entry.boot)
        place.seq = max(place.seq, entry.seq)
        if isinstance(entry, CallDecided):
            _opened(place, entry.seq)
        elif isinstance(entry, CallEnded) and entry.closes_seq:
            state.close(entry)


def _opened(place: Place, seq: int) -> None:
    if seq in place.early:
        place.early.discard(seq)
    else:
        place.open.add(seq)
