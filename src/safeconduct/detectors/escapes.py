"""What do escapes in a text stand for? Those of URLs, mail, HTML and JSON; and what do string literals say that a program joins?

All of them are pieces of a text in whose place something shorter reads. They are found and written for a whole text at once, on
arrays, so that a flood of them costs some nanoseconds a byte; what stands far from any of them is not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from safeconduct.detectors import runs

SPAN: Final = 256
"""Bytes before and after a place that are read together with it."""
CLUSTERS: Final = 64
"""Places that lie apart are read in so many pieces at most; more of them, and all that lies between is read."""

MOST_SIGNS: Final = 500_000
"""Signs of one kind in one text that are looked at; as many and more bytes per sign cost some 100 ms."""
_STEP: Final = 1 << 16  # bytes that are counted at once

_Ints = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]
_Back = Callable[[int, int], tuple[int, int]]

_NO: Final = 255
_FIGURES: Final = np.full(256, _NO, dtype=np.int64)
for _figure in range(16):
    _FIGURES[[ord(f"{_figure:x}"), ord(f"{_figure:X}")]] = _figure
_GLUE: Final = np.isin(np.arange(256), np.frombuffer(b" \t\r\n+.&\\f", dtype=np.uint8))
_QUOTES: Final = np.isin(np.arange(256), np.frombuffer(b"\"'`", dtype=np.uint8))
_TOKENISH: Final = np.isin(np.arange(256), np.frombuffer(runs.ALNUM + b"_+/=-", dtype=np.uint8))
_SIGNS: Final = np.isin(np.arange(256), np.frombuffer(b"+.&", dtype=np.uint8))
_APART: Final = 128  # bytes between two quotes
_NAMED: Final = {
    b"&amp;": b"&", b"&lt;": b"<", b"&gt;": b">", b"&quot;": b'"', b"&apos;": b"'", b"&lowbar;": b"_", b"&UnderBar;": b"_",
    b"&hyphen;": b"-", b"&dash;": b"-", b"&period;": b".", b"&sol;": b"/", b"&plus;": b"+", b"&equals;": b"=", b"&colon;": b":",
    b"&commat;": b"@", b"&NewLine;": b"\n", b"&Tab;": b"\t", b"&excl;": b"!", b"&num;": b"#", b"&dollar;": b"$",
}  # fmt: skip
"""Source: HTML, section 13.5, those that stand for what tokens and markings consist of."""


class Pieces(NamedTuple):
    """Where each piece begins, how long it is, and the code point it stands for; -1: nothing. In order, none over another."""

    starts: _Ints
    sizes: _Ints
    codes: _Ints


def _at(text: _Bytes, places: _Ints) -> _Bytes:
    """The bytes at places; beyond the end zeros."""
    return np.where(places < len(text), text[np.minimum(places, len(text) - 1)], 0).astype(np.uint8)


def _hex(text: _Bytes, places: _Ints, size: int) -> _Ints:
    """The number that ``size`` hexadecimal figures say at each place; negative where there are none."""
    number = np.zeros(len(places), dtype=np.int64)
    good = np.ones(len(places), dtype=bool)
    for place in range(size):
        figure = _FIGURES[_at(text, places + place)]
        good &= figure != _NO
        number = number * 16 + figure
    return np.where(good, number, -1)


def percent(text: _Bytes) -> Pieces:
    """``%41``. Source: RFC 3986 section 2.1."""
    starts = np.flatnonzero(text == 37)
    codes = _hex(text, starts + 1, 2)
    good = codes >= 0
    return Pieces(starts[good], np.full(int(good.sum()), 3), codes[good])


def quoted(text: _Bytes) -> Pieces:
    """``=41``, and ends of lines that are none. Source: RFC 2045 section 6.7."""
    starts = np.flatnonzero(text == 61)
    codes = _hex(text, starts + 1, 2)
    one, two = _at(text, starts + 1), _at(text, starts + 2)
    broken = np.where(one == 10, 2, np.where((one == 13) & (two == 10), 3, 0))
    good = (codes >= 0) | (broken > 0)
    return Pieces(starts[good], np.where(broken > 0, broken, 3)[good], np.where(broken > 0, -1, codes)[good])


def html(text: _Bytes) -> Pieces:
    """``&#65;``, ``&#x41;`` and some names. Source: HTML, section 13.2.5.72 and following."""
    starts = np.flatnonzero(text == 38)
    sizes = np.zeros(len(starts), dtype=np.int64)
    codes = np.full(len(starts), -1, dtype=np.int64)
    numbered = _at(text, starts + 1) == 35
    based16 = numbered & np.isin(_at(text, starts + 2), (88, 120))
    for base, chosen, first in ((16, based16, 3), (10, numbered & ~based16, 2)):
        which = np.flatnonzero(chosen)
        ends = starts[which] + first
        number = np.zeros(len(which), dtype=np.int64)
        going = np.ones(len(which), dtype=bool)
        for _ in range(9):
            figure = _FIGURES[_at(text, ends)]
            going &= figure < base
            number = np.where(going, number * base + figure, number)
            ends = ends + going
        good = (ends > starts[which] + first) & (number > 0) & (number < 0x11_0000)
        ends = ends + (_at(text, ends) == 59)
        sizes[which] = np.where(good, ends - starts[which], 0)
        codes[which] = number
    plain = np.flatnonzero(~numbered)
    for name, says in _NAMED.items():
        same = plain[_at(text, starts[plain] + 1) == name[1]]
        for place in range(2, len(name)):
            same = same[_at(text, starts[same] + place) == name[place]]
        sizes[same] = len(name)
        codes[same] = says[0]
    good = sizes > 0
    return Pieces(starts[good], sizes[good], codes[good])


def backslashed(text: _Bytes) -> Pieces:
    """Escaped code points and slashes of JSON, with more backslashes as JSON within JSON has them. Source: RFC 8259 section 7."""
    after = np.flatnonzero((text[1:] == 117) & (text[:-1] == 92)) + 1
    codes = _hex(text, after + 1, 4)
    after, codes = after[codes >= 0], codes[codes >= 0]
    slashes = np.flatnonzero((text[1:] == 47) & (text[:-1] == 92)) + 1
    places = np.concatenate((after, slashes))
    order = np.argsort(places, kind="stable")
    places = places[order]
    ends = np.concatenate((after + 5, slashes + 1))[order]
    codes = np.concatenate((codes, np.full(len(slashes), 47)))[order]
    starts = places - 1
    for _ in range(7):
        starts = starts - ((starts > 0) & (_at(text, np.maximum(starts - 1, 0)) == 92))
    return Pieces(starts, ends - starts, codes)


def joints(text: _Bytes) -> Pieces:
    """From the end of one literal to the beginning of the next, where ``+``, ``.``, ``&`` or white space joins them."""
    quotes = np.flatnonzero(_QUOTES[text])
    if len(quotes) < 2:
        return Pieces(quotes[:0], quotes[:0], quotes[:0])
    one, two = quotes[:-1], quotes[1:]
    between = np.column_stack((one + 1, two)).ravel()
    other = np.add.reduceat(~_GLUE[text], between, dtype=np.int64)[::2]
    signs = np.add.reduceat(_SIGNS[text], between, dtype=np.int64)[::2]
    beside = _TOKENISH[_at(text, np.maximum(one - 1, 0))] & _TOKENISH[_at(text, two + 1)]
    good = (two - one > 1) & (two - one <= _APART) & (other == 0) & ((signs > 0) | beside)
    which = np.flatnonzero(good)
    first = np.concatenate(((True,), np.diff(which) > 1)) if len(which) else np.zeros(0, dtype=bool)
    begun = np.maximum.accumulate(np.where(first, np.arange(len(which)), 0)) if len(which) else which
    which = which[(np.arange(len(which)) - begun) % 2 == 0]  # the quote that ends one joint begins no other
    return Pieces(one[which], two[which] - one[which] + 1, np.full(len(which), -1))


def read(data: bytes, find: Callable[[_Bytes], Pieces], signs: bytes, *, solid: bool) -> Iterator[tuple[bytes, _Back, bool]]:
    """The parts of the text that hold such pieces, as they read, each with the way back. ``solid``: as far as no space comes.

    Each piece begins with one of ``signs``. INVARIANT: P4 - what lies behind MOST_SIGNS of them is told as unread: no text, the
    span of what nobody read, and true.
    """
    text = np.frombuffer(data, dtype=np.uint8)
    stop = _stop(data, signs)
    if stop < len(data):
        yield b"", lambda _first, _last: (max(1, data.rfind(b"\n", 0, stop) + 1), len(data) - 1), True
    pieces = find(text[:stop])
    ends = pieces.starts + pieces.sizes
    for low, high in _clusters(pieces.starts, ends):
        start, end = int(pieces.starts[low]), int(ends[high - 1])
        if solid:
            start, end = runs.solid_start(data, start), runs.end_of(data, end, runs.SOLID)
        else:
            start, end = max(0, start - SPAN), min(len(data), end + SPAN)
        part = Pieces(*(values[low:high] for values in pieces))
        yield *_written(text[start:end], Pieces(part.starts - start, part.sizes, part.codes), start), False


def _stop(data: bytes, signs: bytes) -> int:
    """Where the text ends, or about where it has had as many signs as are looked at."""
    each = [signs[place : place + 1] for place in range(len(signs))]
    if sum(map(data.count, each)) <= MOST_SIGNS:
        return len(data)
    met = 0
    for start in range(0, len(data), _STEP):
        met += sum(data.count(sign, start, start + _STEP) for sign in each)
        if met > MOST_SIGNS:
            return start
    return len(data)


def _written(text: _Bytes, pieces: Pieces, start: int) -> tuple[bytes, _Back]:
    """The text with each piece written as UTF-8 in its own place, and what is left of it taken out."""
    out = text.copy()
    starts, sizes, codes = pieces
    wide = np.where(codes < 0, 0, np.where(codes < 0x80, 1, np.where(codes < 0x800, 2, 3)))
    wide = np.where(sizes < 4, np.minimum(wide, 1), wide)  # a byte as it is
    codes = np.minimum(codes, 0xFFFF)
    for size, parts in ((1, (codes,)), (2, (0xC0 | codes >> 6, 0x80 | codes & 63)), (3, _three(codes))):
        which = wide == size
        for place, value in enumerate(parts):
            out[starts[which] + place] = value[which]
    edges = np.zeros(len(text) + 1, dtype=np.int8)
    edges[starts + wide] += 1
    edges[starts + sizes] -= 1
    kept = np.cumsum(edges[:-1]) == 0
    return out[kept].tobytes(), _back(kept, start)


def _three(codes: _Ints) -> tuple[_Ints, _Ints, _Ints]:
    return 0xE0 | codes >> 12, 0x80 | codes >> 6 & 63, 0x80 | codes & 63


def _back(kept: npt.NDArray[np.bool_], start: int) -> _Back:
    places: list[_Ints] = []

    def back(first: int, last: int) -> tuple[int, int]:
        if not places:
            places.append(np.flatnonzero(kept))
        where = places[0]
        end = int(where[last]) if last < len(where) else len(kept)
        return start + int(where[min(first, len(where) - 1)]), start + end

    return back


def _clusters(starts: _Ints, ends: _Ints) -> Iterator[tuple[int, int]]:
    """Ranges of pieces that stand near each other."""
    edges = np.flatnonzero(starts[1:] - ends[:-1] > SPAN) + 1 if len(starts) else starts
    if len(edges) >= CLUSTERS:
        edges = edges[:0]
    if len(starts):
        yield from zip((0, *edges.tolist()), (*edges.tolist(), len(ends)), strict=True)


def lookups(letters: Iterable[bytes]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """For :func:`spans`: which single bytes, and which first two bytes together, such letters begin with."""
    single, double = np.zeros(256, dtype=bool), np.zeros(65_536, dtype=bool)
    for letter in letters:
        if len(letter) == 1:
            single[letter[0]] = True
        else:
            double[letter[0] << 8 | letter[1]] = True
    return single, double


def spans(data: bytes, odd: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> Iterator[tuple[int, int]]:
    """Where such letters stand near each other, with SPAN bytes around."""
    text = np.frombuffer(data, dtype=np.uint8)
    single, double = odd
    places = np.flatnonzero(single[text] | np.concatenate((double[text[:-1].astype(np.uint16) << 8 | text[1:]], (False,))))
    for low, high in _clusters(places, places):
        yield max(0, int(places[low]) - SPAN), min(len(data), int(places[high - 1]) + SPAN)
