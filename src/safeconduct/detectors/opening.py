"""From where on could a text still grow into a finding? For whoever holds text back until no detector can object to it.

INVARIANT: a finding in any longer text starts at or after the offset told for its beginning, or is a finding there already.

That rests on how readers read: the span of a finding holds no white space, or nothing but characters of one of the classes
below, or it begins after a pattern that is in ``hits`` and lies within that rule's reach. A reader that does otherwise needs an
entry here. No text of more than LONGEST characters is held.
"""

from __future__ import annotations

from typing import Final

from safeconduct.detectors import runs
from safeconduct.detectors.passwords import unclosed
from safeconduct.detectors.secrets import SPLIT_REACH, credible
from safeconduct.detectors.table import Rule, begins

LONGEST: Final = runs.LONGEST
CONTEXT: Final = 256
"""Characters before what is held that a scan has to see again: patterns may begin there."""

NUMBERED: Final = 160  # characters: no number in groups and no banner is longer
LINE: Final = 120  # characters: no marking that stands on a line of its own is longer
GATE_REACH: Final = 640  # characters within which pieces of string literals or odd letters are put together

_NUMBERED: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \t,/-().+:&"
_LINES64: Final = runs.CLASSES["base64url"].decode() + "\r\n"
_NEAR: Final = 64  # characters in which a word of prose begins
_GATES: Final = frozenset(("fold", "joint", "quoted", "html"))  # what they lead to may hold white space; told once for a text
_QUOTED: Final = 420  # bytes after a name within which a value in quotes is read
_GLUE: Final = " \t\r\n+.&\\"
_MARKED: Final = frozenset(" \t>#*_\"'[(-=")
_MARKS: Final = " \t>#*_\"'[(-="


def run(text: str) -> int:
    """Where what needs no pattern begins: a run without white space, numbers and capitals in groups, lines of base64."""
    size = len(text)
    if "a" <= text[-1:] <= "z":  # no number, no capitals, no quote: ordinary prose, unless its last word began on a new line
        start = text.rfind(" ", -_NEAR) + 1
        if start and text[start:].isalnum():
            return _line(text, size, start)
    start = max(text.rfind(" "), text.rfind("\n"), text.rfind("\t"), size - LONGEST - 1) + 1
    numbered = len(text.rstrip(_NUMBERED))
    if numbered < start:
        start = min(start, max(numbered, size - NUMBERED))
    coded = len(text.rstrip(_LINES64))
    if coded < start:
        start = min(start, max(coded, size - LONGEST))
    glued = text.rstrip(_GLUE)
    if glued[-1:] in ('"', "'", "`") and glued:
        start = min(start, max(glued.rfind(glued[-1], 0, len(glued) - 1), len(glued) - 128, 0))
    return _line(text, size, start)


def _line(text: str, size: int, most: int) -> int:
    """The start of an unfinished line that capitals or a heading begin (a marking may stand there); ``most`` if that is less."""
    low = size - LINE if size > LINE else 0
    tail = text[low:]
    line = tail.rfind("\n") + 1
    if "\\" in tail:
        line = max(line, tail.rfind("\\n") + 2 if "\\n" in tail else 0)
    if not line and low:
        return most
    head = tail[line : line + 12].lstrip(_MARKS)[:1]
    return min(most, low + line) if not head or head.isupper() else most


def pending(text: str, data: bytes, hits: list[tuple[Rule, int]]) -> int:
    """Where the first place begins whose pattern has hit and that is not decided yet."""
    size = len(text)
    start = size
    for rule, end in hits:
        left = len(data) - 1 - end
        if not rule.detector:
            if rule.kind in _GATES:
                start = min(start, max(_place(text, data, end) - 2 * CONTEXT, size - GATE_REACH, 0))
        elif rule.reach:
            if left < rule.reach:
                start = min(start, max(_place(text, data, end - min(rule.behind or 64, end)), size - LONGEST, 0))
        elif rule.reader in ("password", "assigned") and left < _QUOTED and unclosed(data, end):
            start = min(start, max(_place(text, data, end), 0))
        elif rule.reader == "token" and rule.least >= 16 and left < SPLIT_REACH + rule.most and _goes_on(data, end, rule):
            start = min(start, max(_place(text, data, end - rule.behind), 0))
    return start


def _goes_on(data: bytes, at: int, rule: Rule) -> bool:
    """False if the token at a prefix is complete and nothing that follows changes that, or the prefix is a part of a word."""
    if rule.prefixed and not begins(data, at - rule.behind):
        return False
    end = runs.end_of(data, at, runs.TABLES[rule.charset], rule.most + 1)
    return end - at <= rule.most and (end >= len(data) - 1 or end - at < rule.least or not credible(data[at:end], rule))


def _place(text: str, data: bytes, offset: int) -> int:
    """The code point at a byte offset; data is the text with one byte before and after it."""
    if len(data) == len(text) + 2:
        return max(0, offset - 1)
    return max(0, len(text) - len(data[max(1, offset) : -1].translate(None, bytes(range(0x80, 0xC0)))))
