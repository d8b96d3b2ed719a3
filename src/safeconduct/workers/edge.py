"""What is at the right edge of the tree? The entries and hashes that do not fill a bundle or a tile yet, and the root over all.

Full bundles and tiles are written as soon as they are full and forgotten; memory holds at most 256 of each level.
"""

from __future__ import annotations

from safeconduct.audit.tiles import WIDTH, edge, node_reader, pack_bundle, split_bundle, split_tile
from safeconduct.audit.tree import EMPTY_ROOT, fold, node_hash, range_root
from safeconduct.workers.ports import Store


class Edge:
    """The right edge over a log folder."""

    def __init__(self, store: Store, size: int) -> None:
        """Read the edge of a tree of ``size`` entries. Raises OSError and ValueError when it is not whole."""
        self._store = store
        self._bundles = size // WIDTH
        self._written = set(edge(size))
        self._partial = {(level, index) for level, index, _ in self._written}  # tiles that have partial forms on disk
        self._needless: list[tuple[int, int]] = []
        self._entries: list[bytes] = []  # of the rightmost bundle; their leaf hashes are level 0
        self._levels: list[list[bytes]] = [[]]
        while size >> (8 * len(self._levels)):
            self._levels.append([])
        for level, index, width in self._written:
            self._levels[level] = split_tile(store.tile(level, index, width), width)
            if level == 0:
                self._entries = split_bundle(store.bundle(index, width), width)

    def add(self, leaves: list[bytes], entries: list[bytes]) -> None:
        """Append entries, any number, with their leaf hashes."""
        taken, count = 0, len(leaves)
        while taken < count:
            until = taken + WIDTH - len(self._entries)
            self._levels[0] += leaves[taken:until]
            self._entries += entries[taken:until]
            taken = until
            if len(self._entries) == WIDTH:
                self._fill()

    def _fill(self) -> None:
        """The rightmost bundle and tile are full: write them, and carry their hash upward."""
        index = self._bundles
        self._store.write_bundle(index, pack_bundle(self._entries))
        self._entries = []
        self._bundles += 1
        level = 0
        while len(hashes := self._levels[level]) == WIDTH:
            self._store.write_tile(level, index, b"".join(hashes))
            if (level, index) in self._partial:
                self._partial.discard((level, index))
                self._needless.append((level, index))
            self._levels[level] = []
            level += 1
            index //= WIDTH
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(fold(hashes))

    def write(self, size: int) -> None:
        """Write what is partial, and make everything written so far durable."""
        partial = set(edge(size))
        for level, index, width in partial - self._written:
            self._partial.add((level, index))
            self._store.write_tile(level, index, b"".join(self._levels[level]), width)
            if level == 0:
                self._store.write_bundle(index, pack_bundle(self._entries), width)
        self._written = partial
        self._store.sync()

    def drop_needless(self) -> None:
        """Forget partial forms of what is full and signed now."""
        for level, index in self._needless:
            self._store.drop_partials(level, index)
            if level == 0:
                self._store.drop_partials(None, index)
        self._needless.clear()

    def root(self) -> bytes:
        """Root over the whole tree: each level's rightmost hashes, the lower ones to the right."""
        root: bytes | None = None
        for hashes in self._levels:
            if hashes:
                root = _joined(hashes, root)
        return root or EMPTY_ROOT

    def root_at(self, size: int, now: int) -> bytes:
        """Root of the first ``size`` of ``now`` entries, from the tiles."""
        return range_root(0, size, node_reader(now, self._store.tile)) if size else EMPTY_ROOT


def _joined(hashes: list[bytes], right: bytes | None) -> bytes:
    """Root over whole subtrees of one level and, right of them, one smaller tree."""
    if right is None:
        return fold(hashes)
    parts: list[bytes] = []
    start, count = 0, len(hashes)
    while start < count:  # largest power of two first: RFC 6962 splits there
        width = 1 << ((count - start).bit_length() - 1)
        parts.append(fold(hashes[start : start + width]))
        start += width
    for left in reversed(parts):
        right = node_hash(left, right)
    return right
