"""Which words of a call come from nobody who is party to it? What untrusted texts say and ask for, and what the person asked for.

Tool calls are compared with it in ``intent``. Nothing here says that a text is wrong: an order in a mail is ordinary, until
a model carries it out unasked. It is made when a tool call is there to be judged. What a text asks for depends on that text
alone, and is remembered in ``extracts``: of a conversation that goes on, only what is new is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from safeconduct.safeguards import orders, tracing, verbs
from safeconduct.safeguards.extracts import Extracts
from safeconduct.safeguards.orders import Order
from safeconduct.terms.blocks import UNTRUSTED, Block, Origin

MOST_UNTRUSTED: Final = 4 * 1024 * 1024  # characters; a million tokens. Beyond it nothing can be said about a tool call
MOST_TRUSTED: Final = 4 * 1024 * 1024
MOST_ASKED: Final = 65_536  # characters of the person's own words, the latest first, in which acts are looked for
MOST_CALLED: Final = 262_144  # characters of earlier tool calls, the latest first
MOST_LOOKED_UP: Final = 4_096  # characters of them in which the person's words are looked for
MOST_SEARCHED: Final = 131_072  # characters of untrusted texts, the latest first, in which orders to a model are looked for
MOST_WHOLE: Final = 49_152  # characters of them in which all orders are
_SHORTEST_APART: Final = 8  # letters and digits
_SHORTEST_RUN: Final = 5  # of them in one piece


class Taint:
    """What is known about the words of one request. It is read when it is first asked for: most answers hold no tool call."""

    def __init__(self, blocks: Iterable[Block] = (), known: Extracts | None = None, subject: bytes = b"\0" * 32) -> None:
        self._blocks = tuple(blocks)
        self._known = Extracts() if known is None else known
        self._subject = subject

    @classmethod
    def of(cls, blocks: Iterable[Block], known: Extracts | None = None, subject: bytes = b"\0" * 32) -> Taint:
        """What the texts of a request say. ``known`` is what was read before; ``subject`` is the caller's own 32-byte key."""
        return cls(blocks, known, subject)

    @cached_property
    def _asked(self) -> tuple[Block, ...]:
        """The person's own words, the latest of them."""
        return _latest([each for each in self._blocks if each.origin is Origin.USER], MOST_ASKED)

    @cached_property
    def _own(self) -> str:
        return "\n".join(each.text for each in self._blocks if each.origin in (Origin.SYSTEM, Origin.USER))

    @cached_property
    def _theirs(self) -> list[Block]:
        return [each for each in self._blocks if each.origin in UNTRUSTED]

    @cached_property
    def _examined(self) -> tuple[tuple[str, ...], tuple[Order, ...]]:
        """The texts in lower case with what they hide made readable, and the orders in the latest of them."""
        left, searched, whole = MOST_UNTRUSTED, MOST_SEARCHED, MOST_WHOLE
        texts: list[str] = []
        found: list[Order] = []
        for block in reversed(self._theirs):
            if left <= 0:
                break
            texts.append(block.text[:left].lower())
            left -= len(block.text)
            if searched > 0 and len(found) < orders.MOST:
                searched -= min(len(block.text), orders.LONGEST)
                extract = self._known.extract(self._subject, block, brief=whole <= 0)
                whole -= min(len(block.text), orders.LONGEST_WHOLE)
                texts += extract.hidden
                found += extract.orders
        return tuple(texts), tuple(found[: orders.MOST])

    @cached_property
    def trusted(self) -> str:
        """What the person and the caller's program wrote, in lower case."""
        return self._own[-MOST_TRUSTED:].lower()

    @cached_property
    def named(self) -> str:
        """What the person wrote, in lower case."""
        return "\n".join(each.text for each in self._asked).lower()

    @cached_property
    def wants(self) -> frozenset[str]:
        """The acts that the person speaks of. Where there are none, only whether the caller's program speaks of reading."""
        found = self._acts(self._asked)
        if found:
            return found
        tasks = [each for each in self._blocks if each.origin is Origin.SYSTEM and len(each.text) < MOST_ASKED]
        return self._acts(_latest(tasks, MOST_ASKED)) & {"read"}

    def _acts(self, blocks: Iterable[Block]) -> frozenset[str]:
        return frozenset().union(*(self._known.wish(self._subject, each).acts for each in blocks))

    @cached_property
    def forbids(self) -> frozenset[str]:
        """The acts that the person asked not to be done."""
        return frozenset().union(*(self._known.wish(self._subject, each).forbidden for each in self._asked))

    @cached_property
    def words(self) -> frozenset[str]:
        """The stems of the person's words."""
        return tracing.stems(self.named)

    @cached_property
    def called(self) -> str:
        """What the model wrote into its earlier tool calls, in lower case."""
        calls = _latest([each for each in self._blocks if each.origin is Origin.TOOL_CALL], MOST_CALLED)
        return "\n".join(each.text for each in calls).lower()

    def did(self, tool: str) -> bool:
        """Whether the model called this tool before."""
        return any(each.origin is Origin.TOOL_CALL and each.tool == tool for each in self._blocks)

    @cached_property
    def looked_up(self) -> bool:
        """Whether the model asked a tool for something that the person spoke of."""
        return tracing.meet(self.words, tracing.stems(self.called[-MOST_LOOKED_UP:]))

    @cached_property
    def only_reads(self) -> bool:
        """Whether the person asked to be told something, and for nothing else."""
        if self.wants - {"read"}:
            return False
        reading = {self._known.wish(self._subject, each).reading for each in self._asked}
        return True in reading and False not in reading

    @cached_property
    def delegates(self) -> bool:
        """Whether the person leaves to a text what is to be done."""
        return verbs.delegates(self.named) and not self.only_reads

    @property
    def untrusted(self) -> tuple[str, ...]:
        """The other texts in lower case, decoded ones included."""
        return self._examined[0]

    @property
    def orders(self) -> tuple[Order, ...]:
        """What untrusted texts ask for."""
        return self._examined[1]

    @cached_property
    def full(self) -> bool:
        """Whether there was more than can be looked at."""
        return len(self._own) > MOST_TRUSTED or sum(len(each.text) for each in self._theirs) > MOST_UNTRUSTED

    def told(self, value: str) -> bool:
        """Whether an untrusted text holds this value."""
        low = value.lower()
        return any(low in each for each in self.untrusted)

    def told_apart(self, value: str) -> bool:
        """Whether an untrusted text holds this value in pieces: with other signs, spaces, or ``(at)`` and ``dot``."""
        low = value.lower()
        parts = tracing.squashed(low)
        longest = max(tracing.runs(low), key=len, default="")
        if len(parts) < _SHORTEST_APART or len(longest) < _SHORTEST_RUN:
            return False
        return any(parts in tracing.squashed(each) for each in self.untrusted if longest in each)

    def is_recorded(self, value: str) -> bool:
        """Whether a value stands in an untrusted text as an entry of a record, and not only in what somebody says."""
        return tracing.recorded(value.lower(), self.untrusted)


NONE: Final = Taint()


def _latest(blocks: list[Block], most: int) -> tuple[Block, ...]:
    kept: list[Block] = []
    for block in reversed(blocks):
        if most <= 0:
            break
        whole = len(block.text) <= most
        kept.append(block if whole else Block(block.path, block.text[-most:], block.origin))
        most -= len(block.text)
    return tuple(reversed(kept))
