"""Does a text hold a string that must not be seen, or a part of a document that must not leave? Exact fingerprints, from data.

INVARIANT (P8): the lists hold keyed hashes only. Whoever reads them on disk learns neither the strings nor the documents.

A canary is one word of 12 to 64 letters, digits, ``_`` and ``-``. A document is known by its rows of eight words, one row from
each long word on (:func:`prints`); layout and signs do not matter, a changed word in a row does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Final

import msgspec

from safeconduct.detectors import runs
from safeconduct.detectors.table import Rule

LEAST: Final = 12
MOST: Final = 64
WORDS: Final = 8  # in a row: what two documents share by chance is shorter
_ANCHOR: Final = 9  # letters: a row begins at each word at least this long
_INSIDE: Final = runs.CLASSES["dash"]
_LOWER: Final = bytes.maketrans(runs.UPPER, runs.LOWER)
_PLAIN: Final = bytes(
    byte if byte in runs.LOWER + runs.DIGITS or byte > 127 else 32 for byte in bytes(range(256)).translate(_LOWER)
)
_REACH: Final = 512  # bytes: eight words are not longer


def _hash(key: bytes, value: bytes) -> bytes:
    return blake2b(value, key=key, digest_size=8).digest()


def fingerprint(key: bytes, canary: str) -> str:
    """The fingerprint of a canary string. Raises ValueError for what is no canary (see above)."""
    value = canary.encode()
    if not LEAST <= len(value) <= MOST or value.strip(_INSIDE):
        raise ValueError(f"a canary has {LEAST} to {MOST} letters, digits, _ and -, and nothing else")
    return _hash(key, value).hex()


def _row(text: bytes, at: int) -> bytes:
    """Eight words from a place on, in lower case and without signs; empty if there are fewer."""
    words = text[at : at + _REACH].translate(_PLAIN).split(None, WORDS)[:WORDS]
    return b" ".join(words) if len(words) == WORDS else b""


def prints(key: bytes, document: str, most: int = 4_096) -> list[str]:
    """The fingerprints of a document: of the eight words that follow each long word's beginning."""
    text = b"\n" + document.encode("utf-8", "surrogatepass") + b"\n"
    found: dict[str, None] = {}
    plain = text.translate(_PLAIN)
    at = 0
    for word in plain.split():
        at = plain.find(word, at)
        if len(word) >= _ANCHOR and (row := _row(text, at)):
            found[_hash(key, row).hex()] = None
            if len(found) >= most:
                break
        at += len(word)
    return list(found)


class Canaries(msgspec.Struct, frozen=True):
    """Everything that is looked for: fingerprints of strings, and of rows of words in documents.

    ``sealed`` names all of it, where whoever made the lists knows a name; it is derived from them otherwise.
    """

    key: bytes
    strings: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    sealed: str = ""

    @property
    def seal(self) -> str:
        """What the lists are, for the version of the rules."""
        if self.sealed:
            return self.sealed
        told = blake2b(key=self.key[:64], digest_size=8)
        for one in sorted(self.strings | self.documents):
            told.update(one.encode())
        return told.hexdigest()

    def rules(self) -> list[Rule]:
        found = []
        if self.strings:
            pattern = rb"[A-Za-z0-9_-]{%d}[A-Za-z0-9_-]{0,%d}[^A-Za-z0-9_-]" % (LEAST, MOST - LEAST)
            found.append(Rule(detector="canaries", kind="canary", said="a watched string", reader="canary", patterns=(pattern,)))
        if self.documents:
            pattern = rb"[^A-Za-z0-9\x80-\xff][A-Za-z0-9\x80-\xff]{%d}" % _ANCHOR
            said = "a part of a document that must not leave"
            found.append(Rule(detector="canaries", kind="document", said=said, reader="document_part", patterns=(pattern,)))
        return found

    def readers(self) -> dict[str, Callable[[bytes, int, Rule], tuple[int, int] | None]]:
        return {"canary": self._canary, "document_part": self._part}

    def _canary(self, data: bytes, at: int, rule: Rule) -> tuple[int, int] | None:  # noqa: ARG002
        end = at - 1
        start = runs.start_of(data, end, _INSIDE, MOST + 1)
        value = data[start:end]
        return (start, end) if len(value) <= MOST and _hash(self.key, value).hex() in self.strings else None

    def _part(self, data: bytes, at: int, rule: Rule) -> tuple[int, int] | None:  # noqa: ARG002
        start = at - _ANCHOR
        row = _row(data, start)
        if not row or _hash(self.key, row).hex() not in self.documents:
            return None
        words = 0
        plain = data[start : start + _REACH].translate(_PLAIN)
        end = 0
        while words < WORDS:
            while plain[end : end + 1] == b" ":
                end += 1
            while end < len(plain) and plain[end : end + 1] != b" ":
                end += 1
            words += 1
        return start, start + end


def of(key: bytes, strings: Iterable[str] = (), documents: Iterable[str] = ()) -> Canaries:
    """Lists from canary strings and texts of documents; the strings are not kept."""
    return Canaries(
        key,
        frozenset(fingerprint(key, one) for one in strings),
        frozenset(each for one in documents for each in prints(key, one)),
    )
