"""What is the root of these leaves, and does this proof hold? RFC 6962 section 2.1 and RFC 9162 section 2.1, pure.

Hashes are 32-byte SHA-256 digests. A *node* (level, index) is the root of the perfect subtree over leaves
[index * 2**level, (index + 1) * 2**level). Where nodes come from (tiles, memory) is the caller's answer.

Size 0: the root is SHA-256 of nothing. A proof of consistency from size 0 is empty and holds against every tree, provided the
old root is that empty root (the reading of C2SP tlog-witness; RFC 9162 leaves it undefined). No leaf is included in size 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
MAX_SIZE = 2**53 - 1  # sizes travel in JSON too

NodeReader = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def leaf_hashes(many: Sequence[bytes]) -> list[bytes]:
    """``leaf_hash`` of each."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + data).digest() for data in many]


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Root over any number (at least one) of sibling hashes, left to right: the tree hash of section 2.1 over given leaves."""
    row = list(hashes)
    sha256 = hashlib.sha256
    while len(row) > 1:
        paired = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[0::2], row[1::2], strict=False)]
        if len(row) & 1:
            paired.append(row[-1])
        row = paired
    return row[0]


class Tree:
    """An append-only tree that keeps only its right edge: one hash per set bit of its size (a compact range)."""

    __slots__ = ("_edge", "size")

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []  # largest subtree first

    @classmethod
    def at(cls, size: int, edge: Sequence[bytes]) -> Tree:
        """A tree of ``size`` leaves by its right edge, as ``edge`` gave it. Raises ValueError when it is none of that size."""
        if len(edge) != size.bit_count() or any(len(item) != HASH_BYTES for item in edge):
            raise ValueError("this is no edge of a tree of that size")
        tree = cls()
        tree.size, tree._edge = size, list(edge)
        return tree

    @property
    def edge(self) -> tuple[bytes, ...]:
        """One hash for each set bit of the size, the largest subtree first."""
        return tuple(self._edge)

    def append(self, leaf: bytes) -> None:
        """Add the hash of one leaf."""
        size = self.size
        while size & 1:
            leaf = node_hash(self._edge.pop(), leaf)
            size >>= 1
        self._edge.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self._edge:
            return EMPTY_ROOT
        root = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            root = node_hash(left, root)
        return root

    def root_before(self, last: bytes) -> bytes:
        """The root if ``last``, the root of a smaller tree, stood behind everything: for trees over whole subtrees."""
        for left in reversed(self._edge):
            last = node_hash(left, last)
        return last


def edge_at(size: int, node: NodeReader) -> list[bytes]:
    """The right edge of the first ``size`` leaves of a larger tree, from its nodes. Raises what ``node`` raises."""
    edge: list[bytes] = []
    since = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            edge.append(node(level, since >> level))
            since += 1 << level
    return edge


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def range_root(since: int, until: int, node: NodeReader) -> bytes:
    """Root over leaves [since, until), where ``since`` is aligned as the tree's own splits are."""
    width = until - since
    if width & (width - 1) == 0 and since % width == 0:
        level = width.bit_length() - 1
        return node(level, since >> level)
    split = since + (1 << ((width - 1).bit_length() - 1))
    return node_hash(range_root(since, split, node), range_root(split, until, node))


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of ``size`` leaves, sibling of the leaf first.

    Raises ValueError when the leaf is not in that tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"entry {index} is not in a tree of {size}")
    path: list[bytes] = []
    since, until = 0, size
    while until - since > 1:
        split = since + (1 << ((until - since - 1).bit_length() - 1))
        if index < split:
            path.append(range_root(split, until, node))
            until = split
        else:
            path.append(range_root(since, split, node))
            since = split
    return path[::-1]


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Nodes that show the tree of ``old`` leaves to be a prefix of the tree of ``new``. Raises ValueError when old > new."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} cannot extend one of {old}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    since, until = 0, new
    while old != until:
        split = since + (1 << ((until - since - 1).bit_length() - 1))
        if old <= split:
            path.append(range_root(split, until, node))
            until = split
        else:
            path.append(range_root(since, split, node))
            since = split
    if since:
        path.append(range_root(since, until, node))
    return path[::-1]


def inclusion_root(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that the proof leads to (RFC 9162 section 2.1.3.2), or None when its shape cannot be right."""
    if not 0 <= index < size:
        return None
    position, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_BYTES:
            return None
        if position & 1 or position == last:
            root = node_hash(sibling, root)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        position >>= 1
        last >>= 1
    return root if last == 0 else None


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash is entry ``index`` of the tree with that size and root."""
    return inclusion_root(index, size, leaf, proof) == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the new tree starts with exactly the old one (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new or any(len(item) != HASH_BYTES for item in proof):
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)  # a whole power of two is its own starting node
    if not path:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before = node_hash(sibling, before)
            after = node_hash(sibling, after)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            after = node_hash(after, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and before == old_root and after == new_root
