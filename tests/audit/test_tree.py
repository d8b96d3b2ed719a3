"""RFC 6962 arithmetic: published roots, an independent implementation, and proofs that must not survive tampering."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from safeconduct.audit import tree

# The eight leaves and the roots over their prefixes that Certificate Transparency implementations have shared since 2012.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def nodes(leaves: list[bytes]) -> tree.NodeReader:
    return lambda level, index: tree.fold(leaves[index << level : (index + 1) << level])


def hashes(count: int) -> list[bytes]:
    return [tree.leaf_hash(b"%d" % number) for number in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_every_implementation_knows(size: int) -> None:
    assert tree.root_of(tree.leaf_hash(leaf) for leaf in LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert tree.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33, 100])
def test_roots_agree_with_pymerkle(size: int) -> None:
    other = InmemoryTree(algorithm="sha256")
    ours = tree.Tree()
    for number in range(size):
        other.append_entry(b"%d" % number)
        ours.append(tree.leaf_hash(b"%d" % number))
    assert ours.root() == other.get_root()


@pytest.mark.parametrize("size", [1, 2, 5, 8, 21])
def test_inclusion_paths_agree_with_pymerkle(size: int) -> None:
    other = InmemoryTree(algorithm="sha256")
    for number in range(size):
        other.append_entry(b"%d" % number)
    for index in range(size):
        path = [bytes.fromhex(item) for item in other.prove_inclusion(index + 1, size).serialize()["path"]]
        ours = tree.inclusion_proof(index, size, nodes(hashes(size)))
        assert sorted(ours) == sorted(item for item in path if item != tree.leaf_hash(b"%d" % index))


@pytest.mark.parametrize("size", range(1, 40))
def test_fold_is_the_tree_hash(size: int) -> None:
    assert tree.fold(hashes(size)) == tree.root_of(hashes(size))


def test_every_leaf_of_every_small_tree_is_proven_at_its_index_only() -> None:
    for size in range(1, 34):
        leaves = hashes(size)
        root = tree.root_of(leaves)
        for index in range(size):
            proof = tree.inclusion_proof(index, size, nodes(leaves))
            assert tree.verify_inclusion(index, size, leaves[index], proof, root)
            assert not any(
                tree.verify_inclusion(other, size, leaves[index], proof, root) for other in range(-1, size + 2) if other != index
            )


def test_every_small_tree_extends_every_smaller_one() -> None:
    leaves = hashes(34)
    roots = [tree.root_of(leaves[:size]) for size in range(35)]
    for new in range(35):
        for old in range(new + 1):
            proof = tree.consistency_proof(old, new, nodes(leaves[:new]))
            assert tree.verify_consistency(old, new, roots[old], roots[new], proof), (old, new)
            if 0 < old < new:
                assert not tree.verify_consistency(old, new, roots[old - 1], roots[new], proof)
                assert not tree.verify_consistency(old, new, roots[old], roots[new - 1], proof)


def test_size_zero_is_extended_by_everything_and_only_with_an_empty_proof() -> None:
    root = tree.root_of(hashes(3))
    assert tree.verify_consistency(0, 3, tree.EMPTY_ROOT, root, [])
    assert tree.verify_consistency(0, 0, tree.EMPTY_ROOT, tree.EMPTY_ROOT, [])
    assert not tree.verify_consistency(0, 3, root, root, [])
    assert not tree.verify_consistency(0, 3, tree.EMPTY_ROOT, root, [root])
    assert not tree.verify_inclusion(0, 0, root, [], tree.EMPTY_ROOT)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_a_shorter_tree_extends_nothing(old: int, new: int) -> None:
    root = tree.root_of(hashes(3))
    assert not tree.verify_consistency(old, new, root, root, [])
    with pytest.raises(ValueError, match="cannot extend"):
        tree.consistency_proof(old, new, nodes(hashes(3)))


@pytest.mark.parametrize("index", [-1, 3])
def test_no_proof_for_what_is_not_there(index: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        tree.inclusion_proof(index, 3, nodes(hashes(3)))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 300), st.data())
def test_p7_a_tampered_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    root = tree.root_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(index, size, nodes(leaves))
    assert tree.verify_inclusion(index, size, leaves[index], proof, root)
    place = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytes([proof[place][0] ^ 1]) + proof[place][1:]
    forged = [
        [*proof[:place], flipped, *proof[place + 1 :]],
        proof[:place] + proof[place + 1 :],
        [*proof[:place], proof[place], *proof[place:]],
        [*proof, tree.EMPTY_ROOT],
        [*proof[:place], proof[place][:31], *proof[place + 1 :]],
    ]
    assert not any(tree.verify_inclusion(index, size, leaves[index], bad, root) for bad in forged)
    assert not tree.verify_inclusion(index, size, leaves[index - 1], proof, root)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 300), st.data())
def test_p7_a_tampered_consistency_proof_is_refused(new: int, data: st.DataObject) -> None:
    leaves = hashes(new)
    old = data.draw(st.integers(1, new - 1))
    before, after = tree.root_of(leaves[:old]), tree.root_of(leaves)
    proof = tree.consistency_proof(old, new, nodes(leaves))
    assert tree.verify_consistency(old, new, before, after, proof)
    place = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytes([proof[place][0] ^ 1]) + proof[place][1:]
    forged = [[*proof[:place], flipped, *proof[place + 1 :]], proof[:place] + proof[place + 1 :], [*proof, tree.EMPTY_ROOT], []]
    assert not any(tree.verify_consistency(old, new, before, after, bad) for bad in forged)
    changed = tree.root_of([*leaves[: old - 1], tree.leaf_hash(b"forged"), *leaves[old:]])
    assert not tree.verify_consistency(old, new, before, changed, proof)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 100, 255, 256, 300])
def test_a_tree_goes_on_from_its_edge(size: int) -> None:
    leaves = [tree.leaf_hash(b"%d" % number) for number in range(301)]
    whole = tree.Tree()
    for leaf in leaves[:size]:
        whole.append(leaf)
    again = tree.Tree.at(size, whole.edge)
    assert again.root() == whole.root() == tree.root_of(leaves[:size])
    assert tree.edge_at(size, lambda level, index: tree.fold(leaves[index << level : (index + 1) << level])) == list(whole.edge)
    for leaf in leaves[size:]:
        again.append(leaf)
    assert again.root() == tree.root_of(leaves)
    with pytest.raises(ValueError, match="no edge"):
        tree.Tree.at(size, [*whole.edge, bytes(32)])
