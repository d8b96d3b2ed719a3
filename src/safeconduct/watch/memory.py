"""Who is remembered at hand, and who lies on the shelf? The least recently seen go there, packed."""

from __future__ import annotations

import msgspec

from safeconduct.terms.moments import Moment
from safeconduct.watch.ports import Shelf
from safeconduct.watch.subject import Subject, fresh, pack, unpack


class Memory:
    """At most ``most`` subjects at hand. ``damaged`` counts what lay on the shelf and could not be read: those start anew."""

    def __init__(self, shelf: Shelf, most: int) -> None:
        self._shelf = shelf
        self._most = most
        self._held: dict[str, Subject] = {}  # in the order in which they were last seen
        self._dirty: set[str] = set()
        self.damaged = 0

    def __len__(self) -> int:
        return len(self._held)

    def of(self, who: str, at: Moment) -> Subject:
        """The subject, to be read and changed."""
        self._dirty.add(who)
        known = self._held.pop(who, None)
        if known is None:
            known = self._taken(who) or fresh(who, at)
            while len(self._held) >= self._most:
                self._put_away()
        self._held[who] = known
        return known

    def peek(self, who: str) -> Subject | None:
        """The subject if there is one, as it is; not to be changed."""
        return self._held.get(who) or self._taken(who)

    def names(self) -> list[str]:
        """Who is at hand."""
        return list(self._held)

    def forget(self, who: str) -> Subject | None:
        """Let nothing be left of a subject. Returns what there was."""
        known = self._held.pop(who, None) or self._taken(who)
        self._dirty.discard(who)
        self._shelf.remove(who)
        return known

    def keep_all(self) -> None:
        """Everyone at hand has to be put down anew: the shelf lost them."""
        self._dirty.update(self._held)

    def changed(self) -> list[tuple[str, bytes]]:
        """Everyone that was seen since the last time, packed: what a snapshot has to hold anew."""
        dirty, self._dirty = self._dirty, set()
        return [(who, pack(self._held[who])) for who in dirty if who in self._held]

    def _taken(self, who: str) -> Subject | None:
        data = self._shelf.get(who)
        if data is None:
            return None
        try:
            return unpack(data)
        except msgspec.DecodeError:
            self.damaged += 1
            return None

    def _put_away(self) -> None:
        who = next(iter(self._held))
        self._shelf.put(who, pack(self._held.pop(who)))
        self._dirty.discard(who)
