"""The right edge: the same root as the whole tree, at every size, and read back from its own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.audit.tree import EMPTY_ROOT, Tree, leaf_hash
from safeconduct.storage.files.logstore import LogStore
from safeconduct.workers.edge import Edge


def grow(edge: Edge, since: int, until: int) -> None:
    """In steps of other sizes than a tile's."""
    for start in range(since, until, 100):
        entries = [b"%d" % number for number in range(start, min(until, start + 100))]
        edge.add([leaf_hash(entry) for entry in entries], entries)


def root(size: int) -> bytes:
    tree = Tree()
    for number in range(size):
        tree.append(leaf_hash(b"%d" % number))
    return tree.root()


@pytest.mark.parametrize("sizes", [(0, 1, 2, 3), (255, 256, 257), (300, 511, 512, 513), (1000, 70_000)])
def test_p7_the_root_is_that_of_the_whole_tree_also_after_a_restart(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    store = LogStore(tmp_path)
    size = 0
    for target in sizes:
        edge = Edge(store, size)
        grow(edge, size, target)
        assert edge.root() == root(target)
        edge.write(target)
        for smaller in {0, size, target // 2, target}:
            assert edge.root_at(smaller, target) == root(smaller)
        size = target
    assert root(0) == EMPTY_ROOT


def test_an_edge_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Edge(LogStore(tmp_path), 3)


def test_partials_go_only_when_told(tmp_path: Path) -> None:
    edge = Edge(LogStore(tmp_path), 0)
    grow(edge, 0, 10)
    edge.write(10)
    grow(edge, 10, 300)
    assert (tmp_path / "tile" / "0" / "000.p" / "10").exists()
    edge.write(300)
    edge.drop_needless()
    assert not (tmp_path / "tile" / "0" / "000.p").exists()
    assert (tmp_path / "tile" / "0" / "001.p" / "44").exists()
