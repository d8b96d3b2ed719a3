"""How much do the character n-grams of this text speak for misuse, and for injection? Two linear models over one hashed table.

The whole text is read, however long it is up to ``LONGEST``. Texts are folded first (compatibility forms, case, white space,
invisible characters). A feature is a hash of 2 to 5 neighboring characters; its value is (1 + ln count) * its weight in the
table of inverse document frequencies; the vector has length 1. Training calls the same lines.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import numpy as np
import numpy.typing as npt

BITS: Final = 19
SIZES: Final = (2, 3, 4, 5)
LONGEST: Final = 200_000
"""Characters; of longer texts the first and the last half of this are read. About 20 ms of work."""

_BASE: Final = np.uint32(0x01000193)  # the 32-bit FNV prime
_MIX: Final = np.uint32(0x9E3779B1)  # 2**32 / golden ratio, odd: spreads low bits into the high ones that are kept
_INVISIBLE: Final = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0x00AD, 0xFEFF, *range(0xE0000, 0xE0080)]
)


def fold(text: str) -> str:
    """The text as the n-grams see it: NFKC, no invisible characters, lower case, one space for any white space, one at each
    end.
    """
    text = _cut(text)
    if not text.isascii():
        text = _cut(unicodedata.normalize("NFKC", text).translate(_INVISIBLE))  # one character may unfold into eighteen
    return f" {' '.join(text.lower().split())} "


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + " " + text[-(LONGEST // 2) :]


def features(folded: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Distinct bucket numbers below 2**BITS in order, and (1 + ln count) of each, of a text that ``fold`` made."""
    parts = _buckets(folded)
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    buckets, counts = np.unique(np.concatenate(parts), return_counts=True)
    return buckets.astype(np.int64), (1.0 + np.log(counts)).astype(np.float32)


def _buckets(folded: str) -> list[npt.NDArray[np.uint32]]:
    """For each size the bucket of the n-gram at each position."""
    points = np.frombuffer(folded.encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint32)
    parts: list[npt.NDArray[np.uint32]] = []
    rolled = points.copy()
    for size in range(2, max(SIZES) + 1):
        if len(points) < size:
            break
        rolled = rolled[: len(points) - size + 1] * _BASE + points[size - 1 :]
        if size in SIZES:
            mixed = (rolled ^ (rolled >> np.uint32(15))) * _MIX
            parts.append(mixed >> np.uint32(32 - BITS))
    return parts


class Ngrams:
    """The weights, and texts as scores (log-odds; larger speaks for the head)."""

    def __init__(self, idf: npt.NDArray[np.float16], weights: npt.NDArray[np.float16], biases: npt.NDArray[np.float32]) -> None:
        """``idf``: 2**BITS; ``weights``: heads x 2**BITS; ``biases``: heads."""
        self._idf = idf.astype(np.float32)
        self._weights = weights.astype(np.float32)
        self._biases = biases.astype(np.float32)

    def score(self, folded: str) -> tuple[float, ...]:
        """One log-odds per head, of a text that ``fold`` made."""
        buckets, values = features(folded)
        values = values * self._idf[buckets]
        length = float(np.sqrt(np.dot(values, values)))
        if length == 0.0:
            return tuple(float(bias) for bias in self._biases)
        return tuple(float(score) for score in self._weights[:, buckets] @ values / length + self._biases)

    def hottest(self, folded: str, width: int) -> int:
        """Where the ``width`` characters begin that speak most for either head: what a reader in a hurry should read beside
        the ends.
        """
        parts = _buckets(folded)
        if not parts or len(folded) <= width:
            return 0
        spoken = np.zeros((len(self._biases), len(folded) + 1), dtype=np.float32)
        for part in parts:
            spoken[:, 1 : len(part) + 1] += self._weights[:, part] * self._idf[part]
        summed = np.cumsum(spoken, axis=1, dtype=np.float64)
        windows = (summed[:, width:] - summed[:, :-width]).max(axis=0)
        return int(windows.argmax())

    def to_bytes(self) -> bytes:
        """What ``from_bytes`` reads: idf, then weights, in float16, then biases in float32, all little-endian."""
        return self._idf.astype("<f2").tobytes() + self._weights.astype("<f2").tobytes() + self._biases.astype("<f4").tobytes()

    @classmethod
    def from_bytes(cls, raw: bytes, heads: int = 2) -> Ngrams:
        """Raises ``ValueError`` where the length is another one."""
        table = 1 << BITS
        if len(raw) != 2 * table * (1 + heads) + 4 * heads:
            raise ValueError(f"{len(raw)} bytes are not {heads} linear heads over {table} buckets")
        halves = np.frombuffer(raw, dtype="<f2", count=table * (1 + heads)).reshape(1 + heads, table)
        biases = np.frombuffer(raw, dtype="<f4", offset=2 * table * (1 + heads))
        return cls(halves[0], halves[1:], biases)
