"""Checkpoints and offline proofs: what they say, and what is refused."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit import tree
from safeconduct.audit.checkpoint import Checkpoint, Proof, open_checkpoint, sign_checkpoint
from safeconduct.audit.cosignature import COSIGNATURE_MLDSA44
from safeconduct.audit.note import NoteInvalid, Signer, open_timed, sign_note

SIGNER = Signer("example.com/log", bytes(32))
ENTRIES = [b"entry %d" % number for number in range(7)]
LEAVES = [tree.leaf_hash(entry) for entry in ENTRIES]
NOTE = sign_checkpoint(Checkpoint("example.com/log", 7, tree.root_of(LEAVES)), SIGNER)

NOTE_OF_ANOTHER_KEY = sign_checkpoint(
    Checkpoint("example.com/log", 7, tree.root_of(LEAVES)), Signer("example.com/log", bytes([9]) * 32)
)


def node(level: int, index: int) -> bytes:
    return tree.fold(LEAVES[index << level : (index + 1) << level])


def proof(index: int) -> Proof:
    return Proof(index, ENTRIES[index], tuple(tree.inclusion_proof(index, 7, node)), NOTE)


def test_a_checkpoint_is_three_lines() -> None:
    text = Checkpoint("example.com/log", 0, tree.EMPTY_ROOT).text()
    assert text == "example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert Checkpoint.parse(text + "an extension line\n").size == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "o\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "o\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "o\n٣\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "o\n9007199254740992\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "o\n1\n47DEQpj8HBSa\n",
        "o\n1\n!\n",
    ],
)
def test_p7_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Checkpoint.parse(text)


def test_a_checkpoint_is_signed_by_the_log_it_names() -> None:
    assert open_checkpoint(NOTE, SIGNER.verifier).size == 7
    foreign = Checkpoint("other.example/log", 7, tree.EMPTY_ROOT)
    with pytest.raises(NoteInvalid, match="the key is called"):
        sign_checkpoint(foreign, SIGNER)
    with pytest.raises(NoteInvalid, match="checkpoint is of"):
        open_checkpoint(sign_note(foreign.text(), SIGNER), SIGNER.verifier)


@pytest.mark.parametrize("index", range(7))
def test_p7_a_proof_convinces_with_the_public_key_alone(index: int) -> None:
    read = Proof.parse(proof(index).text())
    assert read == proof(index)
    assert read.check(SIGNER.verifier).size == 7


def test_a_proof_of_the_only_entry_has_no_path() -> None:
    note = sign_checkpoint(Checkpoint("example.com/log", 1, LEAVES[0]), SIGNER)
    assert Proof.parse(Proof(0, ENTRIES[0], (), note).text()).check(SIGNER.verifier).size == 1


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 6), st.data())
def test_p7_no_changed_byte_of_a_proof_goes_unseen(index: int, data: st.DataObject) -> None:
    text = proof(index).text()
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + bytes([text[place] ^ data.draw(st.integers(1, 255))]) + text[place + 1 :]
    try:
        read = Proof.parse(changed)
        read.check(SIGNER.verifier)
    except NoteInvalid:
        return
    assert (read.index, read.entry) == (index, ENTRIES[index])  # only what is outside of the proof could change


def test_p7_another_entry_index_or_checkpoint_is_refused() -> None:
    good = proof(3)
    for forged in (
        dataclasses.replace(good, index=2),
        dataclasses.replace(good, entry=b"other"),
        dataclasses.replace(good, path=good.path[:-1]),
        dataclasses.replace(good, checkpoint=sign_checkpoint(Checkpoint("example.com/log", 7, LEAVES[0]), SIGNER)),
        dataclasses.replace(good, checkpoint=NOTE_OF_ANOTHER_KEY),
    ):
        with pytest.raises(NoteInvalid):
            forged.check(SIGNER.verifier)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v1\n\n",
        b"c2sp.org/tlog-proof@v1\nextra YQ==\nindex x\n\nnote",
        b"c2sp.org/tlog-proof@v1\nindex 0\n\nnote",
        b"c2sp.org/tlog-proof@v1\nextra YR==\nindex 0\n\nnote",
        b"c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\nYQ==\n\nnote",
        b"c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n" + b"YQ==\n" * 65 + b"\nnote",
        b"c2sp.org/tlog-proof@v1\nextra \xc3\xa9\nindex 0\n\nnote",
        b"x" * 1_000_001,
    ],
)
def test_a_malformed_proof_is_refused(data: bytes) -> None:
    with pytest.raises(NoteInvalid):
        Proof.parse(data)


def test_a_log_cosigns_its_checkpoint_with_a_second_kind_of_key() -> None:
    cosigner = Signer("example.com/log", bytes([7]) * 32, COSIGNATURE_MLDSA44)
    checkpoint = Checkpoint("example.com/log", 7, tree.root_of(LEAVES))
    note = sign_checkpoint(checkpoint, SIGNER, cosigner, at=9)
    assert open_checkpoint(note, SIGNER.verifier) == open_checkpoint(note, cosigner.verifier) == checkpoint
    assert open_timed(note, [SIGNER.verifier, cosigner.verifier])[1] == [(SIGNER.verifier, 0), (cosigner.verifier, 9)]
    with pytest.raises(NoteInvalid, match="the key is called"):
        sign_checkpoint(checkpoint, SIGNER, Signer("example.com/other", bytes(32), COSIGNATURE_MLDSA44))
