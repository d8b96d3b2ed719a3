"""What was read out of texts before, for the review of tool calls? Remembered in bounds, for one worker.

Under the caller's own key, like ``seen``: nobody can tell from the time an answer takes what somebody else sent. Unlike there,
sentences that ask for something are held, and what texts hide; in memory alone, and no more than ``MOST_CHARACTERS``.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, TypeVar

import msgspec

from safeconduct.safeguards import orders, seen, verbs
from safeconduct.safeguards.orders import Extract
from safeconduct.terms.blocks import Block

MOST: Final = 8_192  # texts
MOST_CHARACTERS: Final = 8 * 1024 * 1024
_ORDERS: Final = "orders"
_BRIEF: Final = "brief"
_WISH: Final = "wish"
_Made = TypeVar("_Made", Extract, "Wish")


class Wish(msgspec.Struct, frozen=True):
    """What words of a person speak of: acts, whether they only ask to be told something (None: for nothing at all), and the acts
    that they ask not to be done.
    """

    acts: frozenset[str] = frozenset()
    reading: bool | None = None
    forbidden: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """Characters that it holds."""
        return 0


class Extracts:
    """What the texts asked about last came to."""

    __slots__ = ("_characters", "_known", "_most", "_most_characters")

    def __init__(self, most: int = MOST, most_characters: int = MOST_CHARACTERS) -> None:
        self._known: OrderedDict[bytes, Extract | Wish] = OrderedDict()
        self._most = most
        self._most_characters = most_characters
        self._characters = 0

    def __len__(self) -> int:
        return len(self._known)

    @property
    def characters(self) -> int:
        """Characters that are held."""
        return self._characters

    def extract(self, subject: bytes, block: Block, *, brief: bool = False) -> Extract:
        """What a text hides and asks for; ``brief``: asks of a model. It is read once."""
        name = seen.key(subject, _ORDERS, block)
        known = self._known.get(name)
        if brief and known is None:  # what was read whole before need not be read again
            name = seen.key(subject, _BRIEF, block)
            known = self._known.get(name)
        if isinstance(known, Extract):
            self._known.move_to_end(name)
            return known
        return self._put(name, orders.extract(block.text, brief=brief))

    def wish(self, subject: bytes, block: Block) -> Wish:
        """What words of a person, or of the caller's program, speak of. They are read once."""
        name = seen.key(subject, _WISH, block)
        known = self._known.get(name)
        if isinstance(known, Wish):
            self._known.move_to_end(name)
            return known
        said, denied = verbs.denials(block.text)
        forbidden = verbs.acts_in(denied, asking=True) - {"read"} if denied else frozenset()
        return self._put(name, Wish(verbs.acts_in(said, asking=True), verbs.reading(said), forbidden))

    def forget(self) -> None:
        """Let go of everything: somebody was erased, and whose a text was cannot be told from its name (P8)."""
        self._known.clear()
        self._characters = 0

    def _put(self, name: bytes, made: _Made) -> _Made:
        self._known[name] = made
        self._characters += made.size
        while len(self._known) > self._most or (self._characters > self._most_characters and len(self._known) > 1):
            self._characters -= self._known.popitem(last=False)[1].size
        return made
