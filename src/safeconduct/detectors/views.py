"""Is something said in another form? Encoded, in other letters, with invisible ones between, or in pieces that a program joins.

A view is a part of the text as it would read once decoded, with the way back to where it stands. Gates (patterns as in
``table``) say that a view is worth making, and where runs end; only a text that holds one pays. ``escapes`` and ``coded`` make
the views of signs in a text, and of runs of figures and letters. All work is linear in the text, and what is not read is told.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from safeconduct.detectors import coded, escapes
from safeconduct.detectors.table import Rule

SPAN: Final = escapes.SPAN
"""Bytes before and after an odd letter that are read together with it."""

MOST_FOLDED: Final = 1 << 21
"""Bytes around odd letters that are read letter by letter, in one text: some 30 ms for each megabyte."""

_INVISIBLE: Final = (
    rb"\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xc2\xad|\xe1\xa0[\x8b-\x8f]|\xcd\x8f|\xef\xb8[\x80-\x8f]"
    rb"|\xd8\x9c|\xe1\x85[\x9f\xa0]|\xe1\x9e[\xb4\xb5]|\xe3\x85\xa4|\xef\xbe\xa0|\xef\xbf[\xb9-\xbb]|\xf3\xa0[\x84-\x87][\x80-\xbf]"
    rb"|\xf3\xa0\x80\x81|[\x01-\x08\x7f]"
)
_OTHER: Final = (
    rb"\xef\xbc[\x90-\x99\xa1-\xba]|\xef\xbd[\x81-\x9a]|\xf0\x9d[\x90-\x9f][\x80-\xbf]|\xf3\xa0\x80[\xa0-\xbf]|\xf3\xa0\x81[\x80-\xbf]"
    rb"|\xe2\x92[\xb6-\xbf]|\xe2\x93[\x80-\xaa]|\xf0\x9f\x84[\xb0-\xbf]|\xf0\x9f\x85[\x80-\xa9]"
)
_TEXT64: Final = rb"[CDI-Za-f]"  # how each group of three bytes of ASCII text begins in base64
_GROUPS: Final = rb"[^A-Za-z0-9+/_=-](?:[A-Za-z0-9+/_-]{4})*"  # where a run begins, and whole groups of it
_RUN_END: Final = rb"[A-Za-z0-9+/_-]*={0,2}[^A-Za-z0-9+/=_-]"
_WIDE64: Final = rb"(?:[A-Za-z0-9+/_-][AQgw][AB][A-Za-z0-9+/_-]A[A-H][AEIMQUYcgkosw048]A){3}"  # three letters, a zero after each
FOLD, JOINT, BASE64, HEX, PERCENT, QUOTED, HTML, BACKSLASHED = (
    "fold",
    "joint",
    "base64",
    "hex",
    "percent",
    "quoted",
    "html",
    "backslashed",
)
GATES: Final[dict[str, tuple[bytes, ...]]] = {
    FOLD: (rb"[A-Za-z0-9_+/=.-](?:" + _INVISIBLE + rb")+[A-Za-z0-9_+/=.-]", rb"(?:" + _OTHER + rb")"),
    JOINT: (
        rb"[\"'`][ \t\r\n]{0,40}[+.&][ \t\r\n]{0,40}\\?[ \t\r\n]{0,40}f?[\"'`]",
        rb"[A-Za-z0-9_+/=-][\"'][ \t\r\n]{1,40}\\?[ \t\r\n]{0,40}[\"'][A-Za-z0-9_+/=-]",
    ),
    BASE64: (
        _GROUPS + rb"(?:" + _TEXT64 + rb"[A-Za-z0-9+/_-]{3}){5}" + _RUN_END,
        rb"=(?:" + _TEXT64 + rb"[A-Za-z0-9+/_-]{3}){5}" + _RUN_END,
        _GROUPS + _WIDE64 + _RUN_END,
        rb"[^A-Za-z0-9+/_-](?:H4sI|eAE|eF4|eJ[w-z]|eN[o-r])[A-Za-z0-9+/_-]{16,}={0,2}[^A-Za-z0-9+/=_-]",
    ),
    HEX: (
        rb"[^A-Za-z0-9](?:[0-9A-Fa-f]{2})*(?:[2-7][0-9A-Fa-f]){12}[0-9A-Fa-f]*[^A-Za-z0-9]",
        rb"[^A-Za-z0-9](?:1[fF]8[bB]08|78(?:01|5[eE]|9[cC]|[dD][aA]))[0-9A-Fa-f]{24,}[^A-Za-z0-9]",
        rb"(?:\\x[2-7][0-9A-Fa-f]){4}[^\\]",
    ),
    PERCENT: (rb"%[2-7][0-9A-Fa-f]",),
    QUOTED: (rb"=[2-7][0-9A-F]=[2-7][0-9A-F]", rb"[A-Za-z0-9_:-]=3D", rb"[A-Za-z0-9_-]=\r?\n[A-Za-z0-9_-]"),
    HTML: (
        rb"&#[xX]?[0-9A-Fa-f]{2,8}",
        rb"&(?:quot|lowbar|UnderBar|hyphen|dash|period|sol|plus|equals|colon|commat|excl|num|dollar);",
    ),
    BACKSLASHED: (rb"\\u00[2-7][0-9A-Fa-f]", rb"[A-Za-z0-9+]\\/[A-Za-z0-9+]"),
}
LONG: Final = frozenset((BASE64, HEX))
"""Gates that are looked for only where LONG_RUN is: following every word costs more than all other patterns."""
ONCE: Final = frozenset((FOLD, JOINT, PERCENT, QUOTED, HTML, BACKSLASHED))
"""Gates of which one hit is enough: where else such signs stand is found much faster without the engine calling back."""
LONG_RUN: Final = rb"[A-Za-z0-9+/_-]{20}|(?:\\x[2-7][0-9A-Fa-f]){4}"
_FOLDED_RANGES: Final = (
    (0xA0, 0x370),
    (0x1D00, 0x1DC0),
    (0x2000, 0x2C00),
    (0x3000, 0x3400),
    (0xFB00, 0xFFF0),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F200),
)


def _foldings() -> dict[int, str]:
    """Code points that read as ASCII, and those that cannot be seen. Source: Unicode NFKC; UTS 36 for the invisible ones."""
    table: dict[int, str] = {code: chr(code - 0xE0000) for code in range(0xE0020, 0xE007F)}
    for low, high in _FOLDED_RANGES:
        for code in range(low, high):
            folded = unicodedata.normalize("NFKC", chr(code))
            if folded != chr(code) and folded.isascii():
                table[code] = folded
    unseen = (
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        0xFEFF,
        0xAD,
        *range(0x180B, 0x1810),
        0x34F,
        0x61C,
        *(0x115F, 0x1160, 0x3164, 0xFFA0),  # fillers of Hangul
        *(0x17B4, 0x17B5),
        *range(0xFFF9, 0xFFFC),
        0xE0001,
        *range(0xE0100, 0xE01F0),  # variation selectors
    )
    return table | dict.fromkeys((*unseen, *range(1, 9), 0x7F), "")


FOLDINGS: Final = _foldings()
_ODD: Final = escapes.lookups(chr(code).encode("utf-8", "surrogatepass") for code in FOLDINGS)


class View(msgspec.Struct, frozen=True):
    """``text`` as it would read; ``back`` gives the span in the original for a span in it.

    ``unread``: not all of what stands there was read. Where nothing was, ``text`` is empty and ``back(0, 0)`` says what.
    """

    text: bytes
    back: Callable[[int, int], tuple[int, int]]
    unread: bool = False


def gates() -> list[Rule]:
    return [Rule(detector="", kind=kind, said="", reader="", patterns=patterns) for kind, patterns in GATES.items()]


def views(data: bytes, hits: list[tuple[str, int]]) -> Iterator[View]:
    """The views that gates ask for; ``hits`` are (kind of gate, end of the pattern) in order of place."""
    places: dict[str, list[int]] = {}
    for kind, end in hits:
        places.setdefault(kind, []).append(end)
    if FOLD in places:
        yield from _folded(data)
    for kind, find, signs, solid in _SIGNS:
        if kind in places:
            for text, back, unread in escapes.read(data, find, signs, solid=solid):
                yield View(text, back, unread)
    for kind, make in ((BASE64, coded.base64), (HEX, coded.hexadecimal)):
        if kind in places:
            for shown in make(data, places[kind]):
                yield View(*shown)


_SIGNS: Final = (
    (JOINT, escapes.joints, b"\"'`", False),
    (PERCENT, escapes.percent, b"%", True),
    (QUOTED, escapes.quoted, b"=", False),
    (HTML, escapes.html, b"&", False),
    (BACKSLASHED, escapes.backslashed, b"\\", True),
)


def _folded(data: bytes) -> Iterator[View]:
    room = MOST_FOLDED
    for low, high in escapes.spans(data, _ODD):
        room -= high - low
        if room < 0:  # INVARIANT: P4 - what is not read does not pass for clean
            high += room
            yield _unread(data, high)
        while low < high and data[low] & 0xC0 == 0x80:
            low += 1
        while high < len(data) and data[high] & 0xC0 == 0x80:
            high += 1
        text = data[low:high].decode("utf-8", "surrogatepass")
        yield View(text.translate(FOLDINGS).encode("utf-8", "surrogatepass"), _unfold(text, low))
        if room < 0:
            return


def _unread(data: bytes, at: int) -> View:
    span = max(1, data.rfind(b"\n", 0, at) + 1), len(data) - 1
    return View(b"", lambda _first, _last: span, unread=True)


def _unfold(text: str, low: int) -> Callable[[int, int], tuple[int, int]]:
    folded: list[int] = []  # where each letter of the text begins in the view, and in the original
    original: list[int] = []

    def measure() -> None:
        view, place = 0, low
        for letter in text:
            folded.append(view)
            original.append(place)
            view += len(FOLDINGS.get(ord(letter), letter).encode("utf-8", "surrogatepass"))
            place += len(letter.encode("utf-8", "surrogatepass"))
        folded.append(view)
        original.append(place)

    def back(start: int, end: int) -> tuple[int, int]:
        if not folded:
            measure()
        return original[bisect_right(folded, start) - 1], original[bisect_left(folded, end)]

    return back
