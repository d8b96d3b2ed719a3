"""What others published: proofs that hold and proofs that were corrupted, and a whole signed log, for us and for the verifier.

Both come from transparency-dev, under Apache-2.0, and lie in ``tests/verifier/vectors`` with their source.
"""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from safeconduct.audit.checkpoint import open_checkpoint
from safeconduct.audit.note import NoteInvalid, Verifier
from safeconduct.audit.tree import (
    consistency_proof,
    fold,
    inclusion_proof,
    inclusion_root,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from safeconduct_verifier import verify

VECTORS = Path(__file__).parents[1] / "verifier" / "vectors"
MERKLE: dict[str, Any] = json.loads((VECTORS / "merkle.json").read_text())
SAMPLE: dict[str, Any] = json.loads((VECTORS / "sample_log.json").read_text())


@pytest.mark.parametrize(("case", "index", "size", "root", "leaf", "proof", "holds"), MERKLE["inclusion"])
def test_p7_published_inclusion_proofs(
    case: str, index: int, size: int, root: str, leaf: str, proof: list[str], holds: bool
) -> None:
    path, expected = [b64decode(item) for item in proof], b64decode(root)
    assert verify_inclusion(index, size, b64decode(leaf), path, expected) is holds, case
    assert (inclusion_root(index, size, b64decode(leaf), path) == expected) is holds
    assert (verify.inclusion_root(index, size, b64decode(leaf), path) == expected) is holds


@pytest.mark.parametrize(("case", "old", "new", "before", "after", "proof", "holds"), MERKLE["consistency"])
def test_p7_published_consistency_proofs(
    case: str, old: int, new: int, before: str, after: str, proof: list[str], holds: bool
) -> None:
    path = [b64decode(item) for item in proof]
    assert verify_consistency(old, new, b64decode(before), b64decode(after), path) is holds, case


def test_the_old_size_zero_holds_with_an_empty_proof_only() -> None:
    """C2SP tlog-witness lets a witness start from nothing, where RFC 9162 says nothing (docs/adr/0022)."""
    empty, some = root_of([]), leaf_hash(b"some")
    assert verify_consistency(0, 1, empty, some, [])
    assert not verify_consistency(0, 1, some, some, [])
    assert not verify_consistency(0, 1, empty, some, [some])


def test_p7_the_published_sample_log_holds_at_each_of_its_sizes() -> None:
    verifier, trust = Verifier.parse(SAMPLE["vkey"]), verify.Trust(f"log {SAMPLE['vkey']}\nquorum none\n".encode())
    leaves = [leaf_hash(text.encode()) for text in SAMPLE["leaves"]]
    assert [size for size, _ in SAMPLE["checkpoints"]] == list(range(16))
    for size, note in SAMPLE["checkpoints"]:
        ours, theirs = open_checkpoint(note.encode(), verifier), trust.open(note.encode())
        assert (ours.size, ours.root) == (theirs.size, theirs.root) == (size, root_of(leaves[:size]))
        assert verify.root_of([leaves[:size]]) == ours.root
        for bad in (note.replace(f"\n{size}\n", f"\n{size + 1}\n"), note.replace("testdata", "testdate", 1)):
            with pytest.raises(NoteInvalid):
                open_checkpoint(bad.encode(), verifier)
            with pytest.raises(verify.Bad):
                trust.open(bad.encode())


def test_p7_the_sample_logs_trees_are_consistent_and_include_every_leaf() -> None:
    leaves = [leaf_hash(text.encode()) for text in SAMPLE["leaves"]]
    roots = {size: b64decode(note.split("\n")[2]) for size, note in SAMPLE["checkpoints"]}

    def node(level: int, index: int) -> bytes:
        return fold(leaves[index << level : (index + 1) << level])

    for new in range(1, 16):
        for old in range(new + 1):
            assert verify_consistency(old, new, roots[old], roots[new], consistency_proof(old, new, node))
        for index in range(new):
            path = inclusion_proof(index, new, node)
            assert verify.inclusion_root(index, new, leaves[index], path) == roots[new]
