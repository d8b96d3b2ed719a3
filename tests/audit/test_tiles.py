"""tlog-tiles: paths as the specification writes them, bundles, and nodes out of tiles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit import tiles, tree


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (0, 1234, 256, "tile/0/x001/234"),
        (1, 0, 17, "tile/1/000.p/17"),
        (63, 999, 1, "tile/63/999.p/1"),
    ],
)
def test_tile_paths(level: int, index: int, width: int, path: str) -> None:
    assert tiles.tile_path(level, index, width) == path


def test_bundle_paths() -> None:
    assert tiles.bundle_path(1234) == "tile/entries/x001/234"
    assert tiles.bundle_path(0, 255) == "tile/entries/000.p/255"


@pytest.mark.parametrize(("level", "index", "width"), [(64, 0, 256), (-1, 0, 256), (0, -1, 256), (0, 0, 0), (0, 0, 257)])
def test_no_path_for_what_cannot_be(level: int, index: int, width: int) -> None:
    with pytest.raises(ValueError, match="tile"):
        tiles.tile_path(level, index, width)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_round_trip(entries: list[bytes]) -> None:
    packed = tiles.pack_bundle(entries)
    assert tiles.split_bundle(packed, len(entries)) == entries
    with pytest.raises(ValueError, match="ends after"):
        tiles.split_bundle(packed, len(entries) + 1)


def test_a_torn_bundle_is_refused() -> None:
    with pytest.raises(ValueError, match="cut short"):
        tiles.split_bundle(tiles.pack_bundle([b"whole", b"torn"])[:-1], 2)
    with pytest.raises(ValueError, match="does not fit"):
        tiles.pack_bundle([b"x" * 65_536])


@pytest.mark.parametrize(("data", "width"), [(b"x" * 33, 1), (b"x" * 32, 2), (b"", 1)])
def test_a_torn_tile_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(ValueError, match="a tile of"):
        tiles.split_tile(data, width)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_edge_names_the_partial_tiles(size: int) -> None:
    for level, index, width in tiles.edge(size):
        assert 0 < width < 256
        assert tiles.width_at(level, index, size) == width
        assert tiles.width_at(level, index + 1, size) == 0
    assert sum(width * 256**level for level, _, width in tiles.edge(size)) == size


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600, 1000])
def test_proofs_out_of_tiles_hold(size: int) -> None:
    leaves = [tree.leaf_hash(b"%d" % number) for number in range(size)]
    levels = [leaves]
    while len(levels[-1]) >= 256:
        below = levels[-1]
        levels.append([tree.fold(below[start : start + 256]) for start in range(0, len(below) - 255, 256)])
    node = tiles.node_reader(size, lambda level, index, _: b"".join(levels[level][index * 256 : (index + 1) * 256]))
    root = tree.root_of(leaves)
    for index in {0, size // 2, size - 1}:
        assert tree.verify_inclusion(index, size, leaves[index], tree.inclusion_proof(index, size, node), root)
    for old in {1, size // 3, size // 2, size - 1} - {0}:
        assert tree.verify_consistency(old, size, tree.root_of(leaves[:old]), root, tree.consistency_proof(old, size, node))
    with pytest.raises(ValueError, match="not in a tree"):
        node(0, size)
