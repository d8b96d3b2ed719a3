"""Is something said in another form? Encoded, in other letters, with invisible ones between, or in pieces that a program joins.

A view is a part of the text as it would read once decoded, with the way back to where it stands. Gates (patterns as in
``table``) say where a view is worth making; only those places pay. Every view is bounded by the part of the text it is made of.
"""

from __future__ import annotations

import binascii
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from safeconduct.detectors import runs
from safeconduct.detectors.table import Rule

SPAN: Final = 256
"""Bytes before and after a joint or an odd letter that are read together with it."""

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
FOLD, JOINT, BASE64, HEX, PERCENT = "fold", "joint", "base64", "hex", "percent"
GATES: Final[dict[str, tuple[bytes, ...]]] = {
    FOLD: (rb"[A-Za-z0-9_+/=.-](?:" + _INVISIBLE + rb")+[A-Za-z0-9_+/=.-]", rb"(?:" + _OTHER + rb")"),
    JOINT: (
        rb"[\"'`][ \t\r\n]{0,40}[+.&][ \t\r\n]{0,40}\\?[ \t\r\n]{0,40}f?[\"'`]",
        rb"[A-Za-z0-9_+/=-][\"'][ \t\r\n]{1,40}\\?[ \t\r\n]{0,40}[\"'][A-Za-z0-9_+/=-]",
    ),
    BASE64: (
        rb"[^A-Za-z0-9+/_=-](?:" + _TEXT64 + rb"[A-Za-z0-9+/_-]{3}){5,}[A-Za-z0-9+/_-]{0,3}={0,2}[^A-Za-z0-9+/=_-]",
        rb"=(?:" + _TEXT64 + rb"[A-Za-z0-9+/_-]{3}){5,}[A-Za-z0-9+/_-]{0,3}={0,2}[^A-Za-z0-9+/=_-]",
    ),
    HEX: (rb"[^A-Za-z0-9](?:[2-7][0-9A-Fa-f]){12,}[^A-Za-z0-9]", rb"(?:\\x[2-7][0-9A-Fa-f]){4}[^\\]"),
    PERCENT: (rb"%[2-7][0-9A-Fa-f]",),
}
LONG: Final = frozenset((BASE64, HEX))
"""Gates that are looked for only where LONG_RUN is: following every word costs more than all other patterns."""
LONG_RUN: Final = rb"[A-Za-z0-9+/_-]{20}|(?:\\x[2-7][0-9A-Fa-f]){4}"
_PRINTABLE: Final = bytes(range(32, 127)) + b"\t\r\n"
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_GLUE: Final = b" \t\r\n+.&\\f"
_B64: Final = runs.CLASSES["base64url"]
_B64_TABLE: Final = runs.TABLES["base64url"]
_LONGEST: Final = 1 << 24
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


class View(msgspec.Struct, frozen=True):
    """``text`` as it would read; ``back`` gives the span in the original for a span in it."""

    text: bytes
    back: Callable[[int, int], tuple[int, int]]


def gates() -> list[Rule]:
    return [Rule(detector="", kind=kind, said="", reader="", patterns=patterns) for kind, patterns in GATES.items()]


def views(data: bytes, hits: list[tuple[str, int]]) -> Iterator[View]:
    """The views that gates ask for; ``hits`` are (kind of gate, end of the pattern) in order of place."""
    places: dict[str, list[int]] = {}
    for kind, end in hits:
        places.setdefault(kind, []).append(end)
    for kind, make in (("fold", _folded), ("joint", _joined), ("base64", _base64), ("hex", _hex), ("percent", _percent)):
        if kind in places:
            yield from make(data, places[kind])


def _clusters(places: list[int], size: int) -> Iterator[tuple[int, int]]:
    """Places nearer to each other than SPAN, each cluster with what stands around it."""
    first = last = places[0]
    for place in places[1:]:
        if place - last > SPAN:
            yield max(0, first - SPAN), min(size, last + SPAN)
            first = place
        last = place
    yield max(0, first - SPAN), min(size, last + SPAN)


def _folded(data: bytes, places: list[int]) -> Iterator[View]:
    for low, high in _clusters(places, len(data)):
        while low < high and data[low] & 0xC0 == 0x80:
            low += 1
        while high < len(data) and data[high] & 0xC0 == 0x80:
            high += 1
        text = data[low:high].decode("utf-8", "surrogatepass")
        yield View(text.translate(FOLDINGS).encode("utf-8", "surrogatepass"), _unfold(text, low))


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


def _joined(data: bytes, places: list[int]) -> Iterator[View]:
    """What string literals say one after the other, without the quotes and signs between them."""
    gaps: list[tuple[int, int]] = []
    for end in places:
        close = end if data[end - 1 : end] in (b'"', b"'", b"`") else end - 1
        opened = runs.start_of(data, close - 1, _GLUE, 128)
        if not gaps or opened - 1 >= gaps[-1][1]:
            gaps.append((opened - 1, close))
    for low, high in _clusters([close for _, close in gaps], len(data)):
        inner = [gap for gap in gaps if low <= gap[0] and gap[1] <= high]
        cuts = [low, *(edge for gap in inner for edge in gap), high]
        pieces = [(cuts[place], cuts[place + 1]) for place in range(0, len(cuts), 2)]
        yield View(b"".join(data[start:end] for start, end in pieces), _unjoin(pieces))


def _unjoin(pieces: list[tuple[int, int]]) -> Callable[[int, int], tuple[int, int]]:
    starts, total = [], 0
    for start, end in pieces:
        starts.append(total)
        total += end - start

    def at(place: int) -> int:
        which = max(0, bisect_right(starts, place) - 1)
        return pieces[which][0] + place - starts[which]

    return lambda start, end: (at(start), at(end - 1) + 1)


def _base64(data: bytes, places: list[int]) -> Iterator[View]:
    covered = 0
    for end in places:
        end -= 1
        if end <= covered:
            continue
        start = max(covered, runs.start_of(data, end, _B64, _LONGEST))
        while data[start : start + 1] in (b"=", b"_", b"-"):
            start += 1
        covered = end = _wrapped(data, end)
        lines = data[start:end]
        compact = lines.translate(_STANDARD, b"\r\n=")
        compact = compact[: len(compact) - (len(compact) % 4 == 1)]
        try:
            plain = binascii.a2b_base64(compact + b"=" * (-len(compact) % 4))
        except binascii.Error:
            continue
        if len(plain.translate(None, _PRINTABLE)) * 8 <= len(plain):
            yield View(plain, _unbase64(start, lines))


def _wrapped(data: bytes, end: int) -> int:
    """The end of base64 that goes on over line breaks."""
    for _ in range(_LONGEST):
        after = end + 2 if data[end : end + 2] == b"\r\n" else end + 1 if data[end : end + 1] == b"\n" else end
        stop = runs.end_of(data, after, _B64_TABLE, 128)
        if after == end or stop == after or data[stop : stop + 1] not in (b"\n", b"\r", b'"', b"'", b""):
            return end
        end = stop
    return end


def _unbase64(start: int, lines: bytes) -> Callable[[int, int], tuple[int, int]]:
    places: list[int] = []  # of what is no line break

    def back(first: int, last: int) -> tuple[int, int]:
        if not places:
            places.extend(place for place, byte in enumerate(lines) if byte not in b"\r\n=")
        low, high = first // 3 * 4, min(len(places), -(-last // 3) * 4)
        return start + places[min(low, len(places) - 1)], start + places[high - 1] + 1

    return back


def _hex(data: bytes, places: list[int]) -> Iterator[View]:
    covered = 0
    for end in places:
        end -= 1
        if end <= covered:
            continue
        if data[end - 4 : end - 2] == b"\\x":
            start = runs.start_of(data, end, b"\\x" + runs.CLASSES["hex"])
            start = data.find(b"\\x", start, end)
            figures, each = data[start:end].replace(b"\\x", b""), 4
        else:
            start = runs.start_of(data, end, runs.CLASSES["hex"], _LONGEST)
            figures, each = data[start:end], 2
        covered = end
        try:
            yield View(bytes.fromhex(figures.decode("ascii")), _scaled(start, each))
        except ValueError:
            continue


def _scaled(start: int, each: int) -> Callable[[int, int], tuple[int, int]]:
    return lambda first, last: (start + first * each, start + last * each)


def _percent(data: bytes, places: list[int]) -> Iterator[View]:
    covered = 0
    for place in places:
        if place <= covered:
            continue
        start = max(covered, runs.solid_start(data, place))
        covered = runs.end_of(data, place, runs.SOLID)
        parts = data[start:covered].split(b"%")
        plain, edges = [parts[0]], [(0, start), (len(parts[0]), start + len(parts[0]))]
        read, written = start + len(parts[0]), len(parts[0])
        for part in parts[1:]:
            try:
                piece = bytes.fromhex(part[:2].decode("ascii")) + part[2:]
            except ValueError:
                piece = b"%" + part
            plain.append(piece)
            read += len(part) + 1
            written += len(piece)
            edges.append((written - max(0, len(piece) - 1), read - max(0, len(piece) - 1)))
            edges.append((written, read))
        yield View(b"".join(plain), _edged(edges))


def _edged(edges: list[tuple[int, int]]) -> Callable[[int, int], tuple[int, int]]:
    places = [written for written, _ in edges]

    def at(place: int) -> int:
        which = bisect_right(places, place) - 1
        return edges[which][1] + place - places[which]

    return lambda start, end: (at(start), at(end))
