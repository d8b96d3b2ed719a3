"""What does a run of base64 or hexadecimal figures say? As ASCII, UTF-8 or UTF-16, also compressed.

Each run that a gate points to is decoded once, whole. Runs that decode to nothing readable are let go; what there is no time or
room to decode is told as unread, for whoever asked to count as found.
"""

from __future__ import annotations

import binascii
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final, NamedTuple

from safeconduct.detectors import runs

MOST_RUNS: Final = 8_000
"""Runs of one text that are decoded: some microseconds each."""
MOST_SHOWN: Final = 2_000
"""Runs of one text that are read once decoded: some ten microseconds each."""
MOST_INFLATED: Final = 1 << 18
"""Bytes that compressed runs of one text may grow to, together."""

_Back = Callable[[int, int], tuple[int, int]]
_PRINTABLE: Final = bytes(range(32, 127)) + b"\t\r\n"
_CONTROLS: Final = bytes(sorted(set(range(32)) - set(b"\t\r\n\f\x1b"))) + b"\x7f"
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_B64: Final = runs.CLASSES["base64url"]
_B64_TABLE: Final = runs.TABLES["base64url"]
_LONGEST: Final = 1 << 24
_PACKED: Final = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")  # RFC 1952, RFC 1950


class Shown(NamedTuple):
    """``text`` as it reads, and the way back; ``unread``: some of it, or what stands here, was not read."""

    text: bytes
    back: _Back
    unread: bool = False


def base64(data: bytes, places: list[int]) -> Iterator[Shown]:
    """Runs of base64 in either alphabet, over line breaks, padded or not; ``places`` are where gates ended. Source: RFC 4648."""
    covered = shown = spent = taken = 0
    for end in places:
        end -= 1
        if end <= covered:
            continue
        if taken >= MOST_RUNS or shown >= MOST_SHOWN:
            yield _unread(data, end)
            return
        taken += 1
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
        one = _read(plain, _unbase64(start, lines), (start, end), MOST_INFLATED - spent)
        if one is not None:
            shown += 1
            spent += len(one.text) if plain.startswith(_PACKED) else 0
            yield one


def hexadecimal(data: bytes, places: list[int]) -> Iterator[Shown]:
    """Runs of hexadecimal figures, bare or each two behind a backslash and an x."""
    covered = spent = taken = 0
    for end in places:
        end -= 1
        if end <= covered:
            continue
        if taken >= MOST_SHOWN:
            yield _unread(data, end)
            return
        taken += 1
        if data[end - 4 : end - 2] == b"\\x":
            start = runs.start_of(data, end, b"\\x" + runs.CLASSES["hex"], _LONGEST)
            start = max(covered, data.find(b"\\x", start, end))
            figures, each = data[start:end].replace(b"\\x", b""), 4
        else:
            start = max(covered, runs.start_of(data, end, runs.CLASSES["hex"], _LONGEST))
            figures, each = data[start:end], 2
        covered = end
        try:
            plain = bytes.fromhex(figures.decode("ascii"))
        except ValueError:
            continue
        one = _read(plain, _scaled(start, each), (start, end), MOST_INFLATED - spent)
        if one is not None:
            spent += len(one.text) if plain.startswith(_PACKED) else 0
            yield one


def _unread(data: bytes, end: int) -> Shown:
    span = max(1, data.rfind(b"\n", 0, end - 1) + 1), len(data) - 1
    return Shown(b"", lambda _first, _last: span, unread=True)


def _read(plain: bytes, back: _Back, whole: tuple[int, int], room: int) -> Shown | None:
    """The bytes as text, in the first of the forms that they are readable in."""
    if len(plain.translate(None, _PRINTABLE)) * 8 <= len(plain):
        return Shown(plain, back)
    if plain.startswith(_PACKED):
        return _inflated(plain, whole, room)
    if plain[1::2].count(0) >= 8 or plain[::2].count(0) >= 8:
        return _wide(plain, back)
    if len(plain.translate(None, _CONTROLS)) + len(plain) // 32 >= len(plain):
        try:
            plain[: len(plain) - _cut(plain)].decode("utf-8")
        except UnicodeDecodeError:
            return None
        return Shown(plain, back)
    return None


def _cut(plain: bytes) -> int:
    """How many bytes at the end are a character that does not end."""
    for size in (1, 2, 3):
        byte = plain[-size] if len(plain) >= size else 0
        if byte >= 0xC0:
            return size if size < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) else 0
        if byte < 0x80:
            return 0
    return 0


def _inflated(plain: bytes, whole: tuple[int, int], room: int) -> Shown | None:
    room = max(room, 1)
    try:
        stream = zlib.decompressobj(47)
        text = stream.decompress(plain, room)
    except zlib.error:
        return None
    return Shown(text, lambda _first, _last: whole, unread=len(text) >= room and not stream.eof)


def _wide(plain: bytes, back: _Back) -> Shown:
    """UTF-16 in the order that most zeros stand in. Source: RFC 2781."""
    order = "utf-16-le" if plain[1::2].count(0) >= plain[::2].count(0) else "utf-16-be"
    text = plain.decode(order, "replace")
    starts: list[int] = []  # of each letter in the text as it reads
    begun: list[int] = []  # of each letter in the bytes

    def wide(first: int, last: int) -> tuple[int, int]:
        if not starts:
            starts.extend(accumulate((len(letter.encode("utf-8", "replace")) for letter in text), initial=0))
            begun.extend(accumulate((4 if letter > "\uffff" else 2 for letter in text), initial=0))
        return back(begun[bisect_right(starts, first) - 1], min(begun[bisect_left(starts, last)], len(plain)))

    return Shown(text.encode("utf-8", "replace"), wide)


def _wrapped(data: bytes, end: int) -> int:
    """The end of base64 that goes on over line breaks."""
    for _ in range(_LONGEST):
        after = end + 2 if data[end : end + 2] == b"\r\n" else end + 1 if data[end : end + 1] == b"\n" else end
        stop = runs.end_of(data, after, _B64_TABLE, 128)
        if after == end or stop == after or data[stop : stop + 1] not in (b"\n", b"\r", b'"', b"'", b""):
            return end
        end = stop
    return end


def _unbase64(start: int, lines: bytes) -> _Back:
    places: list[int] = []  # of what is no line break

    def back(first: int, last: int) -> tuple[int, int]:
        if not places:
            places.extend(place for place, byte in enumerate(lines) if byte not in b"\r\n=")
        low, high = first // 3 * 4, min(len(places), -(-last // 3) * 4)
        return start + places[min(low, len(places) - 1)], start + places[high - 1] + 1

    return back


def _scaled(start: int, each: int) -> _Back:
    return lambda first, last: (start + first * each, start + last * each)
