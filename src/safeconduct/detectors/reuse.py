"""Does a text repeat what a restricted model answered somebody else? Winnowing fingerprints; evidence, never proof.

Source: Schleimer, Wilkerson, Aiken, "Winnowing: local algorithms for document fingerprinting" (SIGMOD 2003). Of every window of
24 neighboring hashes of 48 characters the smallest is kept, so any 71 common characters leave a common fingerprint. Letters and
digits only, in lower case, so that layout does not matter. Needs numpy (the extra ``models``); runs in a process of its own.

What says nothing is left out: what the caller had sent itself, texts that everybody has (``tables/common.bin``), and what was
answered at so many places that it is common there (the index's part).

INVARIANT (P8): a fingerprint is a keyed hash. Whoever has the index and not the key cannot try texts against it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np

GRAM: Final = 48  # characters; another model's answer to the same question shares 48 in a row in some 17 of 100 cases
WINDOW: Final = 24
ENOUGH: Final = 2  # common fingerprints that make a finding: .07 % of benign prompts have them
MOST_CHARACTERS: Final = 400_000  # of one text, as many as are asked about at once
CHANCES: Final = {2: 0.0007, 4: 0.0003, 8: 0.0001, 16: 0.00003}
"""Of benign prompts, the share that has so many fingerprints in common with an answer to somebody else, or more."""
_NONE: Final = np.zeros(0, dtype=np.uint64)
_COMMON: Final = Path(__file__).parent / "tables" / "common.bin"
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
    """``common`` fingerprints are shared with the answer ``source``, which was given at the moment ``at``."""

    source: Source
    common: int
    at: int = 0


class Asker(msgspec.Struct, frozen=True):
    """Who sends a text to which model; ids as in ``Source``."""

    organization: str
    project: str
    model: str
    subject: str = ""


class Index(Protocol):
    """Where fingerprints are kept. Signed 64-bit numbers."""

    def add(self, source: Source, prints: Collection[int], at: int) -> None: ...
    def matches(self, prints: Collection[int], least: int) -> list[Match]: ...


class Reuse:
    """Fingerprints under one key. ``answered`` remembers an answer, ``seen`` looks a prompt up."""

    def __init__(self, key: bytes, index: Index, common: np.ndarray | None = None) -> None:
        """``common``: hashes of grams of texts that everybody has, in ascending order."""
        if len(key) < 16:
            raise ValueError("the key of the fingerprints has fewer than 16 bytes")
        self._key = key[:64]
        self._index = index
        self._common = _NONE if common is None else common

    def prints(self, text: str) -> list[int]:
        """The fingerprints of a text, each once, in ascending order; none of a text below 48 letters and digits."""
        return self._printed([text], ())

    def answered(self, source: Source, answer: Iterable[str], prompt: Iterable[str], at: int) -> int:
        """Remember the texts of a restricted answer, but for what those of the prompt said anywhere.

        Returns how many fingerprints were kept.
        """
        fresh = self._printed(answer, prompt)
        if fresh:
            self._index.add(source, fresh, at)
        return len(fresh)

    def seen(self, text: str, asker: Asker) -> list[Match]:
        """Answers that ``text`` repeats and that were given elsewhere, most in common first.

        Elsewhere is another organization or project; or another model, unless the very same person was answered: who hands work
        from one model to another within a project repeats what is theirs.
        """
        prints = self.prints(text)
        if len(prints) < ENOUGH:
            return []
        return [match for match in self._index.matches(prints, ENOUGH) if crossed(match.source, asker)]

    def _printed(self, texts: Iterable[str], without: Iterable[str]) -> list[int]:
        chosen = np.unique(np.concatenate([_NONE, *(fingerprints(text[:MOST_CHARACTERS]) for text in texts)]))
        if len(self._common):
            chosen = chosen[~_among(chosen, self._common)]
        for text in without:
            if len(chosen) and len(plain := _plain(text)) >= GRAM:
                chosen = chosen[~np.isin(chosen, _grams(plain))]
        return sorted({self._keyed(one) for one in chosen.tolist()})

    def _keyed(self, gram: int) -> int:
        digest = blake2b(gram.to_bytes(8, "little"), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "little", signed=True)


def crossed(source: Source, asker: Asker) -> str:
    """Which border lies between an answer and a prompt: ``organization``, ``project``, ``model``; empty where there is none."""
    if source.organization != asker.organization:
        return "organization"
    if source.project != asker.project:
        return "project"
    if source.model != asker.model and source.subject != asker.subject:
        return "model"
    return ""


def chance(common: int) -> float:
    """The share of benign prompts that have so many fingerprints in common with an answer, or more."""
    return min((share for least, share in CHANCES.items() if common >= least), default=1.0)


def derived(secret: bytes, purpose: bytes) -> bytes:
    """A key for ``purpose`` from a secret of 32 bytes; it tells nothing of the secret."""
    return blake2b(purpose, key=secret, digest_size=32).digest()


def everybodys() -> np.ndarray:
    """The hashes of texts that everybody has (licenses and the like), in ascending order. Raises OSError."""
    return np.frombuffer(_COMMON.read_bytes(), dtype="<u8")


def fingerprints(text: str) -> np.ndarray:
    """The hashes of a text before any key, in ascending order: what ``everybodys`` is made of."""
    plain = _plain(text)
    return winnowed(_grams(plain)) if len(plain) >= GRAM else _NONE


def _among(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    at = np.searchsorted(known, values)
    found: np.ndarray = known[np.minimum(at, len(known) - 1)] == values
    return found


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


def winnowed(grams: np.ndarray) -> np.ndarray:
    """The smallest hash of every window, each once, in ascending order. A text shorter than a window has one."""
    if len(grams) <= WINDOW:
        return np.unique(grams.min())
    return np.unique(np.lib.stride_tricks.sliding_window_view(grams, WINDOW).min(axis=1))
