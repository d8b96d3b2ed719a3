"""What is a text like, for the watch? Hashes of its word shingles, a topic, a language; never a word of it."""

from __future__ import annotations

from typing import Final

from blake3 import blake3

from safeconduct.terms.signals import Features

WORDS: Final = 8  # in one shingle
MOST_SHINGLES: Final = 64
MOST_WORDS: Final = 4_000  # of one text
_BYTES: Final = 8


def features(text: str, sketch: bytes, language: str) -> Features:
    """The features of what a caller wrote. Of too many shingles the smallest hashes are kept: equal texts keep the same."""
    words = text.casefold().split(maxsplit=MOST_WORDS)[:MOST_WORDS]
    shingles = {_hashed(" ".join(words[at : at + WORDS])) for at in range(len(words) - WORDS + 1)}
    return Features(
        sketch=sketch,
        shingles=tuple(sorted(shingles)[:MOST_SHINGLES]),
        language=language,
        text_bytes=len(text) if text.isascii() else len(text.encode("utf-8", "replace")),
    )


def _hashed(shingle: str) -> int:
    return int.from_bytes(blake3(shingle.encode("utf-8", "replace")).digest(_BYTES), "big", signed=True)
