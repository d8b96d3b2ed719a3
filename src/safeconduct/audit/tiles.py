"""Where does a hash or an entry live? C2SP tlog-tiles v0.1.0: paths, tile contents and entry bundles; bytes in, bytes out.

A tile is 256 hashes of one level (8 tree levels apart); a bundle is the 256 entries under one level-0 tile. The rightmost of
each may be partial and is then named by its width. Reading and writing the files is storage's question.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from safeconduct.audit.entries import MAX_ENTRY_BYTES
from safeconduct.audit.tree import HASH_BYTES, MAX_SIZE, NodeReader, fold

WIDTH = 256
MAX_BUNDLE_BYTES = WIDTH * (2 + MAX_ENTRY_BYTES)
TILE_BYTES = WIDTH * HASH_BYTES

TileReader = Callable[[int, int, int], bytes]  # (level, index, width) -> at least width * 32 bytes

_LENGTH = struct.Struct(">H")


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """``tile/<L>/<N>[.p/<W>]``: level 0-63, N in groups of three digits, all but the last with an x."""
    if not 0 <= level <= 63:
        raise ValueError(f"tile level {level} is not 0 to 63")
    return f"tile/{level}/{_number(index)}{_partial(width)}"


def bundle_path(index: int, width: int = WIDTH) -> str:
    """``tile/entries/<N>[.p/<W>]``."""
    return f"tile/entries/{_number(index)}{_partial(width)}"


def _number(index: int) -> str:
    if not 0 <= index <= MAX_SIZE:
        raise ValueError(f"tile index {index} is out of range")
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def _partial(width: int) -> str:
    if not 1 <= width <= WIDTH:
        raise ValueError(f"tile width {width} is not 1 to {WIDTH}")
    return "" if width == WIDTH else f".p/{width}"


def width_at(level: int, index: int, size: int) -> int:
    """How many hashes tile (level, index) has in a tree of ``size`` leaves: 0 when there is no such tile."""
    return max(0, min(WIDTH, (size >> (8 * level)) - index * WIDTH))


def edge(size: int) -> list[tuple[int, int, int]]:
    """(level, index, width) of every partial tile of a tree of that size."""
    tiles = []
    level = 0
    while count := size >> (8 * level):
        if width := count % WIDTH:
            tiles.append((level, count // WIDTH, width))
        level += 1
    return tiles


def split_tile(data: bytes, width: int) -> list[bytes]:
    """The first ``width`` hashes of a tile. Raises ValueError when the file is shorter or no whole number of hashes."""
    if len(data) % HASH_BYTES or len(data) < width * HASH_BYTES:
        raise ValueError(f"a tile of {width} hashes has {width * HASH_BYTES} bytes, this one {len(data)}")
    return [data[start : start + HASH_BYTES] for start in range(0, width * HASH_BYTES, HASH_BYTES)]


def pack_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries, each behind its uint16 big-endian length."""
    lengths = [len(entry) for entry in entries]
    if lengths and max(lengths) > MAX_ENTRY_BYTES:
        raise ValueError(f"an entry of {max(lengths)} bytes does not fit a bundle")
    pieces = [b""] * (2 * len(lengths))
    pieces[0::2] = map(_LENGTH.pack, lengths)
    pieces[1::2] = entries
    return b"".join(pieces)


def split_bundle(data: bytes, width: int) -> list[bytes]:
    """The first ``width`` entries of a bundle. Raises ValueError when there are fewer, or the last one is torn."""
    entries: list[bytes] = []
    position, size, unpack = 0, len(data), _LENGTH.unpack_from
    for _ in range(width):
        start = position + 2
        if start > size:
            raise ValueError(f"the bundle ends after {len(entries)} of {width} entries")
        position = start + unpack(data, position)[0]
        if position > size:
            raise ValueError(f"entry {len(entries)} of the bundle is cut short")
        entries.append(data[start:position])
    return entries


def node_reader(size: int, tile: TileReader) -> NodeReader:
    """Nodes of a tree of ``size`` leaves, computed from its tiles. The reader raises what ``tile`` raises, and ValueError."""

    def node(level: int, index: int) -> bytes:
        tile_level, rest = divmod(level, 8)
        first = index << rest
        number, offset = divmod(first, WIDTH)
        width = width_at(tile_level, number, size)
        count = 1 << rest
        if offset + count > width:
            raise ValueError(f"node {index} of level {level} is not in a tree of {size}")
        return fold(split_tile(tile(tile_level, number, width), width)[offset : offset + count])

    return node
