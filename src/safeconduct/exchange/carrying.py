"""What do the headers say that travel along? They are read like any other text, by the inline detectors.

INVARIANT (P4): no header leaves, in either direction, before it was looked at by every inline detector that a rule asks about
texts of that direction. Its name and its value are one text, so that a name can tell what a value is.

A header cannot be altered and still mean what it meant: one that something has to be taken out of is left out whole. Which
headers may pass at all is ``passage``'s question; what findings come to is the panel's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from safeconduct.exchange.passage import Headers, passes
from safeconduct.safeguards.ports import Enabled
from safeconduct.terms.blocks import Block, Edit, Origin
from safeconduct.terms.findings import Finding

Pair = tuple[bytes, bytes]

PATH: Final = "$headers."
MOST: Final = 64  # headers remembered as clean; official clients send some fifteen that pass
_SHORT_NUMBER: Final = (
    8  # digits: from nine on a number may be an account or a card; fewer, under a name that is known, say nothing
)


class Clean:
    """Headers that were found clean, by which detectors. Bounded; what is new is found by one look at each."""

    __slots__ = ("_lines", "_names", "_pairs", "_version", "_wanted")

    def __init__(self) -> None:
        self._lines = b""
        self._pairs: set[Pair] = set()
        self._names: set[bytes] = set()
        self._version = ""
        self._wanted: frozenset[str] = frozenset()

    def same(self, lines: bytes, version: str, wanted: frozenset[str]) -> bool:
        """Whether the very same lines, of all headers that pass, were found clean last."""
        return lines == self._lines and version == self._version and wanted == self._wanted

    def new(self, pairs: Iterable[Pair], version: str, wanted: frozenset[str]) -> list[Pair]:
        """Those that have to be looked at. Other detectors, or other versions of them, have seen nothing yet."""
        if version != self._version or wanted != self._wanted:
            self._version, self._wanted = version, wanted
            self._lines = b""
            self._pairs, self._names = set(), set()
        known, names = self._pairs, self._names
        return [
            pair
            for pair in pairs
            if pair not in known and not (len(pair[1]) <= _SHORT_NUMBER and pair[1].isdigit() and pair[0] in names)
        ]

    def keep(self, pairs: Sequence[Pair], lines: bytes = b"") -> None:
        """Remember what was found clean."""
        if len(self._pairs) + len(pairs) > MOST:
            self._pairs, self._names = set(), set()
        self._pairs.update(pairs[:MOST])
        self._names.update([pair[0] for pair in pairs[:MOST]])
        self._lines = lines


def blocks(pairs: Iterable[Pair]) -> list[Block]:
    """Headers as texts; those of one name are one."""
    texts: dict[str, str] = {}
    for pair in pairs:
        name = pair[0].decode("latin-1")
        text = f"{name}: {pair[1].decode('utf-8', 'replace')}"
        texts[name] = f"{texts[name]}\n{text}" if name in texts else text
    return [Block(PATH + name, text, Origin.OTHER) for name, text in texts.items()]


def parted(edits: Sequence[Edit]) -> tuple[Sequence[Edit], frozenset[bytes]]:
    """The edits of a body, and the names of headers that have to stay behind."""
    names = frozenset(each.path[len(PATH) :].encode("latin-1") for each in edits if each.path.startswith(PATH))
    return ([each for each in edits if not each.path.startswith(PATH)], names) if names else (edits, names)


def without(headers: Headers, names: frozenset[bytes]) -> Headers:
    """The headers that go on."""
    return tuple([pair for pair in headers if pair[0] not in names])


def look(
    clean: Clean, headers: Headers, lines: bytes, enabled: Enabled, wanted: frozenset[str]
) -> tuple[list[Block], list[Finding]]:
    """What is found in those of a request's headers that leave and were not found clean before, as texts and findings.

    ``lines`` are the headers as they leave. Raises DetectorFailed.
    """
    inline = enabled.inline
    version = inline.version
    if clean.same(lines, version, wanted):
        return [], []
    new = clean.new([pair for pair in headers if passes(pair[0])], version, wanted)
    texts = blocks(new)
    found = inline.scan(texts, wanted) if texts else []
    if not found:
        clean.keep(new, lines)
    return texts, found
