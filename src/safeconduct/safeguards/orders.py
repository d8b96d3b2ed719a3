"""What does one text ask for? Its sentences that ask somebody to do something, and how surely a model is meant.

Who wrote the text, and whether anybody may do so, is asked elsewhere. What comes out depends on the text alone.
"""

# ruff: noqa: RUF001 - the marks that end a sentence in other scripts

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from safeconduct.safeguards import hidden, verbs

LONGEST: Final = 131_072  # characters of one text; of a longer one, the head and the tail
LONGEST_WHOLE: Final = 32_768  # head and tail of one text in which every order is looked for; beyond, those to a model
MOST: Final = 256  # orders of one text
LONGEST_SENTENCE: Final = 600
_ENDS: Final = (". ", "! ", "? ", "; ", ".)", "。", "！", "？", "；", " - ", "।")
_COVERED: Final = ("", "comment")  # what everybody sees, or people who work on a text do


class Order(msgspec.Struct, frozen=True):
    """A sentence of an untrusted text that asks for something. ``near`` is it with its neighbors; both in lower case.

    ``sure``: it turns to a model, claims authority, or hides; an ordinary reader of the text would not be meant.
    """

    text: str
    near: str
    acts: frozenset[str]
    sure: bool


class Extract(msgspec.Struct, frozen=True):
    """What is kept of one text: what it hides, made readable, and what it asks for; all in lower case."""

    hidden: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()

    @property
    def size(self) -> int:
        """Characters that it holds."""
        return sum(map(len, self.hidden)) + sum(len(each.text) + len(each.near) for each in self.orders)


def extract(text: str, *, brief: bool = False) -> Extract:
    """Read a text. ``brief``: of what everybody sees, only orders that turn to a model or claim authority over it."""
    text = shortened(text)
    told: list[str] = []
    found: list[Order] = []
    for passage in hidden.passages(text):
        told.append(passage.text.lower())
        found += islice(orders_in(passage.text, how=passage.how), MOST)
    if not brief:
        found += islice(orders_in(shortened(text, LONGEST_WHOLE)), MOST)
    if brief or len(text) > LONGEST_WHOLE:
        found += islice(_turning(text.lower()), MOST)
    return Extract(tuple(told), tuple(found[:MOST]))


def _turning(low: str) -> Iterator[Order]:
    voice = verbs.Voice(low)
    if voice.turns:
        for part in around(low, voice.turning):
            yield from orders_in(part, voice=voice, tools=())


def around(low: str, words: tuple[str, ...]) -> Iterator[str]:
    """The lines of a text in lower case that hold one of the words, with the lines before and after them; each such part once."""
    if "\\n" in low:  # JSON in a result of a tool
        low = low.replace("\\n", "\n")
    lines = [line for line in low.splitlines() if line.strip(" \t-*#>|")]
    seen: set[str] = set()
    start = end = 0
    for at, line in enumerate(lines):
        if any(word in line for word in words):
            if at - 1 > end:
                if end:
                    yield from _new("\n".join(lines[start:end]), seen)
                start = at - 1
            end = at + 2
    if end:
        yield from _new("\n".join(lines[max(0, start) : end]), seen)


def _new(part: str, seen: set[str]) -> Iterator[str]:
    if part not in seen:
        seen.add(part)
        yield part


def shortened(text: str, most: int = LONGEST) -> str:
    """The head and the tail of a long text."""
    return text if len(text) <= most else f"{text[: most // 2]}\n{text[-most // 2 :]}"


def orders_in(text: str, how: str = "", voice: verbs.Voice | None = None, tools: Sequence[str] | None = None) -> Iterator[Order]:
    """The sentences that ask for something. ``how`` names what hid the text, empty for what everybody sees.

    ``voice`` is that of a longer text that this one is a part of. ``tools``: only those that turn to a model, stand beside
    words that claim authority over it, or name one of these.
    """
    low = text.lower()
    lows = list(_sentences(low))
    voice = verbs.Voice(low) if voice is None else voice
    covered = how not in _COVERED
    turned = False
    for at, sentence in enumerate(lows):
        if tools is not None and not _speaks(lows, at, voice, tools):
            turned = False
            continue
        acts = _ordered(sentence, voice)
        if not acts and (turned or covered):  # words to a model go on, and hidden ones are for no reader
            acts = verbs.acts_in(sentence) - {"read"}
        before, turned = turned, voice.turns and (voice.addresses_model(sentence) or voice.overrides(sentence))
        if not acts:
            continue
        near = " ".join(lows[max(0, at - 1) : at + 2])
        yield Order(sentence, near, acts, turned or before or covered or (voice.claims and voice.overrides(near)))


def _speaks(lows: list[str], at: int, voice: verbs.Voice, tools: Sequence[str]) -> bool:
    sentence = lows[at]
    if voice.addresses_model(sentence):
        return True
    for each in tools:
        if each in sentence:
            return True
    return voice.claims and voice.overrides(" ".join(lows[max(0, at - 1) : at + 2]))


def _ordered(low: str, voice: verbs.Voice) -> frozenset[str]:
    """The acts that a sentence asks for; empty for one that does not ask."""
    if voice.requests(low):
        return verbs.acts_in(low) - {"read"} or frozenset({"other"})  # it asks for something that the table does not know
    plain = verbs.parted(low[:_HEAD])
    acts = verbs.imperative(plain)
    for mark in _MARKS:
        at = low.find(mark, 0, 79 + len(mark))
        if at >= 0:
            acts |= verbs.imperative(plain[at + len(mark) :])
    if acts:
        return acts | (verbs.acts_in(low) - {"read"})
    if voice.turns and (voice.overrides(low) or voice.addresses_model(low)):
        return verbs.acts_in(low)
    return acts


_HEAD: Final = 168  # a clause begins within 80 characters, and its order in the first 80 of its own
_MARKS: Final = (": ", ", ", " — ", "'", '"', ">")


def _sentences(text: str) -> Iterator[str]:
    if "\\n" in text:  # JSON in a result of a tool
        text = text.replace("\\n", "\n")
    ends = tuple(end for end in _ENDS if end in text)
    for line in text.splitlines():
        line = line.strip(" \t-*#>|")
        while line:
            cut = LONGEST_SENTENCE
            for end in ends:
                at = line.find(end, 0, cut)
                if at >= 0:
                    cut = min(cut, at + len(end))
            part = line[:cut].strip()
            if part:
                yield part
            line = line[cut:]
