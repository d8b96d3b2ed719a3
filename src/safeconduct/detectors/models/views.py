"""Which tokens of a long text does the encoder read? Head, tail, and the part between that the n-grams find most telling.

The encoder's cost grows with what it reads, and it has milliseconds. A text of at most ``TOKENS`` tokens is read whole. Of a
longer one it reads a third of that from each end, and a third from the window that speaks most for misuse or injection to the
n-grams, which read everything. So the middle of a long text is no hiding place. Training makes its views with the same lines.
"""

from __future__ import annotations

from typing import Final

from safeconduct.detectors.models.ngrams import Ngrams
from safeconduct.detectors.models.wordpiece import WordPiece

TOKENS: Final = 104
WINDOW: Final = 200
"""Characters of the window, some 42 tokens of English."""


def view(words: WordPiece, ngrams: Ngrams, folded: str) -> list[int]:
    """At most TOKENS ids, ``[CLS]`` and ``[SEP]`` included, of a text that ``ngrams.fold`` made."""
    whole = words.whole(folded, TOKENS)
    if whole is not None:
        return whole
    start = ngrams.hottest(folded, WINDOW)
    return words.view(folded, folded[start : start + WINDOW], folded, TOKENS)
