"""Does a text repeat what a restricted model answered somebody else? Winnowing fingerprints; evidence, never proof.

Source: Schleimer, Wilkerson, Aiken, "Winnowing: local algorithms for document fingerprinting" (SIGMOD 2003). Of every window of
24 neighboring hashes of 48 characters the smallest is kept, so any 71 common characters leave a common fingerprint. Letters and
digits only, in lower case, so that layout does not matter. Needs numpy (the extra ``models``); runs beside the scorer.

INVARIANT (P8): a fingerprint is a keyed hash. Whoever has the index and not the key cannot try texts against it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import Final, Protocol

import msgspec
import numpy as np

GRAM: Final = 48  # characters; another model's answer to the same question shares 48 in a row in some 17 of 100 cases
WINDOW: Final = 24
ENOUGH: Final = 2  # common fingerprints that make a finding: .07 % of benign prompts have them
MOST_CHARACTERS: Final = 200_000  # of one text; what lies beyond is looked at by its own message only
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it can be divided by modulo 2**64
_INVERSE: Final = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_SHIFT: Final = np.uint64(32)


class Source(msgspec.Struct, frozen=True):
    """The answer that a fingerprint came from. Ids of the registry; ``subject`` is the leaf pseudonym of who was answered."""

    call: str
    organization: str
    project: str
    model: str
    subject: str = ""


class Match(msgspec.Struct, frozen=True):
    """``common`` fingerprints are shared with the answer ``source``."""

    source: Source
    common: int


class Index(Protocol):
    """Where fingerprints are kept. Signed 64-bit numbers."""

    def add(self, source: Source, prints: Collection[int], at: int) -> None: ...
    def matches(self, prints: Collection[int], least: int) -> list[Match]: ...


class Reuse:
    """Fingerprints under one key. ``answered`` remembers an answer, ``seen`` looks a prompt up."""

    def __init__(self, key: bytes, index: Index) -> None:
        if len(key) < 16:
            raise ValueError("the key of the fingerprints has fewer than 16 bytes")
        self._key = key[:64]
        self._index = index

    def prints(self, text: str) -> list[int]:
        """The fingerprints of a text, each once, in ascending order; none of a text below 48 letters and digits."""
        plain = _plain(text[:MOST_CHARACTERS])
        if len(plain) < GRAM:
            return []
        return sorted({self._keyed(int(one)) for one in winnowed(_grams(plain))})

    def answered(self, source: Source, answer: str, prompt: str, at: int) -> int:
        """Remember a restricted answer, but for what the prompt itself said. Returns how many fingerprints were kept."""
        own = set(self.prints(prompt))
        fresh = [one for one in self.prints(answer) if one not in own]
        if fresh:
            self._index.add(source, fresh, at)
        return len(fresh)

    def seen(self, text: str, *, organization: str, project: str, model: str) -> list[Match]:
        """Answers that ``text`` repeats and that were given elsewhere: to another organization, project, or by another model."""
        prints = self.prints(text)
        if len(prints) < ENOUGH:
            return []
        here = (organization, project, model)
        found = self._index.matches(prints, ENOUGH)
        return [match for match in found if (match.source.organization, match.source.project, match.source.model) != here]

    def _keyed(self, gram: int) -> int:
        digest = blake2b(gram.to_bytes(8, "little"), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "little", signed=True)


def _plain(text: str) -> np.ndarray:
    """The letters and digits of a text, as code points."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        raw = np.frombuffer(folded.encode("ascii"), dtype=np.uint8)
        return raw[((raw >= 97) & (raw <= 122)) | ((raw >= 48) & (raw <= 57))].astype(np.uint64)
    kept = "".join([character for character in folded if character.isalnum()])
    return np.frombuffer(kept.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)


def _grams(plain: np.ndarray) -> np.ndarray:
    """A hash of every ``GRAM`` neighbors: differences of prefix sums of a polynomial, modulo 2**64."""
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(len(plain), _BASE, dtype=np.uint64))
        sums = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(plain * powers, dtype=np.uint64)))
        count = len(plain) - GRAM + 1
        back = np.cumprod(np.full(count, _INVERSE, dtype=np.uint64))
        mixed = (sums[GRAM:] - sums[:count]) * back
        mixed ^= mixed >> _SHIFT
        mixed *= _MIX
        mixed ^= mixed >> _SHIFT
    return mixed


def winnowed(grams: np.ndarray) -> Iterable[np.uint64]:
    """The smallest hash of every window, each once. A text shorter than a window has one."""
    if len(grams) <= WINDOW:
        return [grams.min()]
    return np.unique(np.lib.stride_tricks.sliding_window_view(grams, WINDOW).min(axis=1))
