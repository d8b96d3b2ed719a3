"""Which token ids does the encoder read for this text? BERT's uncased WordPiece, whole or in three parts.

Written here because the usual tokenizer package brings a client for a model hub with it. The training pipeline calls the same
lines, so what was learned is what is scored. Rules (BERT, Devlin et al. 2018, section 3, and its released ``tokenization.py``):

1. control characters, private ones and formats go, every kind of white space is one space;
2. each CJK ideograph is a word of its own;
3. lower case, then canonical decomposition without its combining marks;
4. every punctuation character is a word of its own; every ASCII sign that is no letter, digit or space counts as punctuation;
5. a word is split into the longest pieces of the vocabulary from the left; a word without such a split, or longer than 100
   characters, is ``[UNK]``;
6. ``[CLS]`` and its like inside a text are ordinary characters: who writes a text sets no mark in it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

PAD: Final = "[PAD]"
UNKNOWN: Final = "[UNK]"
START: Final = "[CLS]"
END: Final = "[SEP]"

LONGEST_WORD: Final = 100
"""Characters; longer words are one ``[UNK]``, as in the released tokenizer. It bounds the quadratic search for pieces."""

REACH: Final = 4096
"""Characters of a part that are split into words. 128 tokens are some 600 in English."""

_REMEMBERED: Final = 1 << 15  # words whose pieces are kept; a flood of new words starts over


def _ideograph(point: int) -> bool:
    return (
        0x4E00 <= point <= 0x9FFF
        or 0x3400 <= point <= 0x4DBF
        or 0xF900 <= point <= 0xFAFF
        or 0x20000 <= point <= 0x2A6DF
        or 0x2A700 <= point <= 0x2CEAF
        or 0x2F800 <= point <= 0x2FA1F
    )


def _punctuation(char: str) -> bool:
    point = ord(char)
    if point < 128:
        return 33 <= point <= 47 or 58 <= point <= 64 or 91 <= point <= 96 or 123 <= point <= 126
    return unicodedata.category(char).startswith("P")


def _kept(text: str) -> Iterator[str]:
    """Each character as rules 1 and 2 leave it."""
    for char in text:
        point = ord(char)
        if 32 < point < 127:
            yield char
        elif char in " \t\n\r":
            yield " "
        elif point in (0, 0xFFFD):
            continue
        elif (category := unicodedata.category(char)) == "Zs":
            yield " "
        elif category in ("Cc", "Cf", "Co", "Cs"):
            continue
        elif _ideograph(point):
            yield f" {char} "
        else:
            yield char


def words(text: str) -> list[str]:
    """The words of a text, by rules 1 to 4."""
    if not text.isascii():
        lowered = "".join(_kept(text)).lower()
        text = "".join(char for char in unicodedata.normalize("NFD", lowered) if unicodedata.category(char) != "Mn")
    else:
        text = "".join(_kept(text)).lower()
    found: list[str] = []
    for run in text.split():
        if run.isalnum():
            found.append(run)
            continue
        begin = 0
        for at, char in enumerate(run):
            if _punctuation(char):
                if begin < at:
                    found.append(run[begin:at])
                found.append(char)
                begin = at + 1
        if begin < len(run):
            found.append(run[begin:])
    return found


class WordPiece:
    """The vocabulary, and texts as ids. Not for two threads at once: it remembers words."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._ids = {piece: at for at, piece in enumerate(vocabulary)}
        self._memory: dict[str, tuple[int, ...]] = {}
        self.pad, self.unknown = self._ids[PAD], self._ids[UNKNOWN]
        self.start, self.end = self._ids[START], self._ids[END]

    def __len__(self) -> int:
        return len(self._ids)

    def ids(self, text: str) -> list[int]:
        """The ids of a whole text, without ``[CLS]`` and ``[SEP]``."""
        found: list[int] = []
        for word in words(text):
            found.extend(self._pieces(word))
        return found

    def view(self, head: str, middle: str, tail: str, size: int) -> list[int]:
        """At most ``size`` ids: ``[CLS]``, then a third from each part, each closed by ``[SEP]``; of the tail its end. Reads
        no more than ``REACH`` characters of a part, so the cost does not grow with the text.
        """
        room = size - 4
        each = room // 3
        first = self.ids(head[:REACH])[: room - 2 * each]
        second = self.ids(middle[:REACH])[:each]
        third = self.ids(tail[-REACH:])[-each:]
        return [self.start, *first, self.end, *second, self.end, *third, self.end]

    def whole(self, text: str, size: int) -> list[int] | None:
        """``[CLS]``, the whole text and ``[SEP]`` where that is at most ``size`` ids."""
        if len(text) > REACH:
            return None
        inner = self.ids(text)
        return [self.start, *inner, self.end] if len(inner) <= size - 2 else None

    def _pieces(self, word: str) -> tuple[int, ...]:
        known = self._memory.get(word)
        if known is None:
            known = self._split(word)
            if len(self._memory) >= _REMEMBERED:
                self._memory.clear()
            self._memory[word] = known
        return known

    def _split(self, word: str) -> tuple[int, ...]:
        whole = self._ids.get(word)
        if whole is not None:
            return (whole,)
        if len(word) > LONGEST_WORD:
            return (self.unknown,)
        found: list[int] = []
        begin = 0
        while begin < len(word):
            prefix = "##" if begin else ""
            for stop in range(len(word), begin, -1):
                piece = self._ids.get(prefix + word[begin:stop])
                if piece is not None:
                    found.append(piece)
                    begin = stop
                    break
            else:
                return (self.unknown,)
        return tuple(found)
