"""Which words of a call come from nobody who is party to it? What untrusted texts say and ask for, and what the person asked for.

Tool calls are compared with it in ``intent``. Nothing here says that a text is wrong: an order in a mail is ordinary, until
a model carries it out unasked. Costs as much as reading the texts once: it is made when a tool call is there to be judged.
"""

# ruff: noqa: RUF001 - the marks that end a sentence in other scripts

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import msgspec

from safeconduct.safeguards import hidden, verbs
from safeconduct.terms.blocks import UNTRUSTED, Block, Origin

MOST_UNTRUSTED: Final = 4 * 1024 * 1024  # characters; a million tokens. Beyond it nothing can be said about a tool call
MOST_TRUSTED: Final = 4 * 1024 * 1024
MOST_ASKED: Final = 65_536  # characters of the person's own words, the latest first, in which acts are looked for
MOST_SEARCHED: Final = 131_072  # characters of untrusted texts, the latest first, in which orders are looked for
MOST_ORDERS: Final = 256
LONGEST_SENTENCE: Final = 600
_ENDS: Final = (". ", "! ", "? ", "; ", ".)", "。", "！", "？", "；", " - ", "।")


class Order(msgspec.Struct, frozen=True):
    """A sentence of an untrusted text that asks for something. ``near`` is it with its neighbors; both in lower case.

    ``sure``: it turns to a model, claims authority, or hides; an ordinary reader of the text would not be meant.
    """

    text: str
    near: str
    acts: frozenset[str]
    sure: bool
    block: int


class Taint:
    """What is known about the words of one request. It is read when it is first asked for: most answers hold no tool call."""

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        self._blocks = tuple(blocks)

    @classmethod
    def of(cls, blocks: Iterable[Block]) -> Taint:
        """What the texts of a request say."""
        return cls(blocks)

    @cached_property
    def _asked(self) -> str:
        """The person's own words, the latest of them."""
        return _latest([each.text for each in self._blocks if each.origin is Origin.USER], MOST_ASKED)

    @cached_property
    def _own(self) -> str:
        return "\n".join(each.text for each in self._blocks if each.origin in (Origin.SYSTEM, Origin.USER))

    @cached_property
    def _theirs(self) -> list[str]:
        return [each.text for each in self._blocks if each.origin in UNTRUSTED]

    @cached_property
    def _examined(self) -> tuple[tuple[str, ...], tuple[Order, ...]]:
        texts, orders = _examined(self._theirs)
        return tuple(texts), tuple(orders)

    @cached_property
    def trusted(self) -> str:
        """What the person and the caller's program wrote, in lower case."""
        return self._own[-MOST_TRUSTED:].lower()

    @cached_property
    def named(self) -> str:
        """What the person wrote, in lower case."""
        return self._asked.lower()

    @cached_property
    def wants(self) -> frozenset[str]:
        """The acts that the person speaks of. Where there are none, only whether the caller's program speaks of reading."""
        found = verbs.acts_in(self._asked, asking=True)
        if found:
            return found
        tasks = [each.text for each in self._blocks if each.origin is Origin.SYSTEM and len(each.text) < MOST_ASKED]
        return verbs.acts_in(_latest(tasks, MOST_ASKED), asking=True) & {"read"}

    @cached_property
    def only_reads(self) -> bool:
        """Whether the person asked to be told something, and for nothing else."""
        return not self.wants - {"read"} and verbs.only_reads(self._asked)

    @cached_property
    def delegates(self) -> bool:
        """Whether the person leaves to a text what is to be done."""
        return verbs.delegates(self.named)

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
        return len(self._own) > MOST_TRUSTED or sum(map(len, self._theirs)) > MOST_UNTRUSTED

    def told(self, value: str) -> bool:
        """Whether an untrusted text holds this value."""
        low = value.lower()
        return any(low in each for each in self.untrusted)


NONE: Final = Taint()


def _latest(texts: list[str], most: int) -> str:
    kept: list[str] = []
    for text in reversed(texts):
        if most <= 0:
            break
        kept.append(text[-most:])
        most -= len(text)
    return "\n".join(reversed(kept))


def _examined(theirs: list[str]) -> tuple[list[str], list[Order]]:
    """The texts in lower case with what they hide made readable, and the orders in the latest of them."""
    left, searched = MOST_UNTRUSTED, MOST_SEARCHED
    texts: list[str] = []
    orders: list[Order] = []
    for number in range(len(theirs) - 1, -1, -1):
        if left <= 0:
            break
        text = theirs[number][:left]
        left -= len(text)
        texts.append(text.lower())
        if searched <= 0:
            continue
        looked = text if len(text) <= searched else text[: searched // 2] + "\n" + text[-searched // 2 :]
        searched -= len(looked)
        for passage in hidden.passages(looked):
            texts.append(passage.text.lower())
            orders += orders_in(passage.text, number, how=passage.how)
        orders += orders_in(looked, number)
        del orders[MOST_ORDERS:]
    return texts, orders


def orders_in(text: str, block: int = 0, how: str = "") -> Iterator[Order]:
    """The sentences that ask for something. ``how`` names what hid the text, empty for what everybody sees."""
    lows = [each.lower() for each in _sentences(text)]
    voice = verbs.Voice(text.lower())
    turned = False
    for at, low in enumerate(lows):
        acts = _ordered(low, voice)
        if not acts and (turned or how not in ("", "comment")):  # words to a model go on, and hidden ones are for no reader
            acts = verbs.acts_in(low) - {"read"}
        before, turned = turned, voice.addresses_model(low) or voice.overrides(low)
        if not acts:
            continue
        near = " ".join(lows[max(0, at - 1) : at + 2])
        sure = turned or before or voice.overrides(near) or (how not in ("", "comment"))
        yield Order(low, near, acts, sure, block)


def _ordered(low: str, voice: verbs.Voice) -> frozenset[str]:
    """The acts that a sentence asks for; empty for one that does not ask."""
    if voice.requests(low):
        return verbs.acts_in(low) - {"read"} or frozenset({"other"})  # it asks for something that the table does not know
    acts: frozenset[str] = frozenset()
    for clause in _clauses(low):
        acts |= verbs.imperative(clause)
    if acts:
        return acts | (verbs.acts_in(low) - {"read"})
    if voice.overrides(low) or voice.addresses_model(low):
        return verbs.acts_in(low)
    return acts


def _clauses(low: str) -> Iterator[str]:
    """A sentence, and what follows its first marks."""
    yield low
    for mark in (": ", ", ", " — ", "'", '"', ">"):
        at = low.find(mark)
        if 0 <= at < 80:
            yield low[at + len(mark) :]


def _sentences(text: str) -> Iterator[str]:
    if "\\n" in text:  # JSON in a result of a tool
        text = text.replace("\\n", "\n")
    ends = _ENDS[:5] if text.isascii() else _ENDS
    for line in text.splitlines():
        line = line.strip(" \t-*#>|")
        while line:
            cut = min(
                (at + len(end) for end in ends if (at := line.find(end, 0, LONGEST_SENTENCE)) >= 0), default=LONGEST_SENTENCE
            )
            part = line[:cut].strip()
            if part:
                yield part
            line = line[cut:]
