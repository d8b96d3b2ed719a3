"""Cosignatures: the specification's example, a published ML-DSA-44 checkpoint, and everything a cosigner must not sign."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit import cosignature
from safeconduct.audit.cosignature import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    MAX_TIME,
    message,
    open_seed,
    split_stamp,
    subtree_message,
)
from safeconduct.audit.head import Checkpoint, NoteInvalid, unbase64
from safeconduct.audit.note import Signer, Verifier, open_note, open_timed, sign_note
from safeconduct.audit.tree import EMPTY_ROOT
from support.witnesses import LOG, W1, W1_LATTICE, Leaves

# C2SP tlog-cosignature: the example checkpoint with its signature lines.
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
EXAMPLE_LINE = "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
EXAMPLE_TIME = 1679315147

# A checkpoint that another implementation signed with an ML-DSA-44 key of this seed.
PUBLISHED = Path(__file__).parent / "data" / "mldsa44-checkpoint.txt"
PUBLISHED_SEED = bytes.fromhex("2886adc2b0eabfce67c0472939127998bf886cf256bfee8ba76a253fce1146e0")

TEXT = Leaves(5).checkpoint(5).text()


def test_the_published_line_is_a_time_and_a_signature() -> None:
    at, bare = split_stamp(COSIGNATURE_ED25519, unbase64(EXAMPLE_LINE)[4:])
    assert at == EXAMPLE_TIME
    assert len(bare) == 64


def test_the_published_text_is_what_an_ed25519_cosigner_signs() -> None:
    expected = f"cosignature/v1\ntime 1679315147\n{EXAMPLE}".encode()
    assert message(COSIGNATURE_ED25519, "witness.example.com/w1", EXAMPLE_TIME, EXAMPLE) == expected


def test_the_structure_that_an_mldsa_cosigner_signs_is_laid_out_as_specified() -> None:
    root = unbase64("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    name, origin = b"witness.example.com/w1", b"example.com/behind-the-sofa"
    expected = (
        b"subtree/v1\n\x00"
        + bytes([len(name)])
        + name
        + EXAMPLE_TIME.to_bytes(8, "big")
        + bytes([len(origin)])
        + origin
        + (0).to_bytes(8, "big")
        + (20852163).to_bytes(8, "big")
        + root
    )
    assert message(COSIGNATURE_MLDSA44, name.decode(), EXAMPLE_TIME, EXAMPLE) == expected


def test_a_published_mldsa_checkpoint_opens() -> None:
    signer = Signer("example.com/mldsa-log", PUBLISHED_SEED, COSIGNATURE_MLDSA44)
    assert signer.verifier.key_id.hex() == "b5df45c5"  # as published
    text, signed = open_timed(PUBLISHED.read_bytes(), [Verifier.parse(str(signer.verifier))])
    assert Checkpoint.parse(text).size == 1
    assert signed == [(signer.verifier, 0)]


def test_a_published_key_id_comes_out() -> None:
    key = bytes.fromhex("e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4")
    assert Verifier.of("example.com/foo", key).key_id.hex() == "530d903a"  # C2SP signed-note
    pattern = bytes((7 * number + 3) % 256 for number in range(1312))  # as another implementation publishes it
    assert Verifier.of("example.com/behind-the-sofa", pattern, COSIGNATURE_MLDSA44).key_id.hex() == "ba396de3"


@pytest.mark.parametrize("signer", [W1, W1_LATTICE], ids=["ed25519", "mldsa44"])
def test_a_cosignature_holds_with_its_time_and_no_other(signer: Signer) -> None:
    note = sign_note(TEXT, signer, at=1_700_000_000)
    assert open_timed(note, [signer.verifier]) == (TEXT, [(signer.verifier, 1_700_000_000)])
    blob = signer.sign(TEXT.encode(), 5)
    later = (6).to_bytes(8, "big") + blob[8:]
    assert signer.verifier.signed_at(TEXT.encode(), blob) == 5
    assert signer.verifier.signed_at(TEXT.encode(), later) is None
    assert signer.verifier.signed_at(TEXT.replace("\n5\n", "\n6\n").encode(), blob) is None


def test_the_name_of_an_mldsa_cosigner_is_signed() -> None:
    blob = W1_LATTICE.sign(TEXT.encode(), 5)
    renamed = Verifier.of("witness.example/other", W1_LATTICE.verifier.public, COSIGNATURE_MLDSA44)
    assert not renamed.verifies(TEXT.encode(), blob)


def test_kinds_of_keys_are_told_apart() -> None:
    plain = Signer("witness.example/w1", bytes([1]) * 32)
    assert plain.verifier.public == W1.verifier.public
    assert len({plain.verifier.key_id, W1.verifier.key_id, W1_LATTICE.verifier.key_id}) == 3
    blob = plain.sign(TEXT.encode())
    assert not W1.verifier.verifies(TEXT.encode(), bytes(8) + blob)
    assert not plain.verifier.verifies(TEXT.encode(), W1.sign(TEXT.encode())[8:])


@pytest.mark.parametrize("algorithm", [ED25519, COSIGNATURE_ED25519, COSIGNATURE_MLDSA44])
def test_keys_round_trip(algorithm: bytes) -> None:
    seed = hashlib.sha256(algorithm).digest()
    signer = Signer("log.example", seed, algorithm)
    assert Verifier.parse(str(signer.verifier)) == signer.verifier
    assert signer.verifier.verifies(TEXT.encode(), signer.sign(TEXT.encode(), 3))


def test_p7_an_extension_line_is_never_left_unsigned() -> None:
    longer = TEXT + "an extension line\n"
    with pytest.raises(NoteInvalid, match="extension"):
        W1_LATTICE.sign(longer.encode())
    lines = sign_note(TEXT, W1_LATTICE).split(b"\n\n")[1]
    with pytest.raises(NoteInvalid):
        open_note(longer.encode() + b"\n" + lines, [W1_LATTICE.verifier])
    assert W1.verifier.verifies(longer.encode(), W1.sign(longer.encode()))


def test_an_empty_tree_has_one_root() -> None:
    empty = Checkpoint("log.example", 0, EMPTY_ROOT).text()
    assert W1_LATTICE.verifier.verifies(empty.encode(), W1_LATTICE.sign(empty.encode()))
    with pytest.raises(NoteInvalid, match="empty tree"):
        W1_LATTICE.sign(Checkpoint("log.example", 0, bytes(32)).text().encode())


def test_only_checkpoints_are_cosigned_with_mldsa() -> None:
    with pytest.raises(NoteInvalid):
        W1_LATTICE.sign(b"anything else\n")


def test_part_of_a_tree_is_signed_without_a_time() -> None:
    assert subtree_message("w", 0, "log", 8, 13, bytes(32))
    with pytest.raises(NoteInvalid, match="no time"):
        subtree_message("w", 1, "log", 8, 13, bytes(32))


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_names_have_1_to_255_bytes(name: str) -> None:
    with pytest.raises(NoteInvalid):
        subtree_message(name, 0, "log", 0, 13, bytes(32))
    with pytest.raises(NoteInvalid):
        subtree_message("w", 0, name, 0, 13, bytes(32))


@pytest.mark.parametrize("at", [-1, MAX_TIME + 1])
def test_a_time_out_of_range_is_refused(at: int) -> None:
    with pytest.raises(NoteInvalid, match="time"):
        message(COSIGNATURE_ED25519, "w", at, TEXT)


@pytest.mark.parametrize("algorithm", [COSIGNATURE_ED25519, COSIGNATURE_MLDSA44])
def test_a_stamp_has_one_length(algorithm: bytes) -> None:
    right = 8 + cosignature.SIZES[algorithm].signature
    for length in (0, 8, right - 1, right + 1):
        with pytest.raises(NoteInvalid):
            split_stamp(algorithm, bytes(length))
    with pytest.raises(NoteInvalid, match="range"):
        split_stamp(algorithm, b"\x80" + bytes(right - 1))


def test_a_seed_of_another_length_or_kind_is_refused_without_quoting_it() -> None:
    for algorithm, seed in ((ED25519, b"secret"), (b"\x05", b"secret" * 5 + b"xx"), (b"", bytes(32))):
        with pytest.raises(NoteInvalid) as caught:
            open_seed(algorithm, seed)
        assert "secret" not in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_p7_no_changed_byte_of_a_cosigned_note_goes_unseen(data: st.DataObject) -> None:
    signer = data.draw(st.sampled_from([W1, W1_LATTICE]))
    note = sign_note(TEXT, LOG, signer, at=9)
    place = data.draw(st.integers(0, len(note) - 1))
    changed = note[:place] + bytes([note[place] ^ data.draw(st.integers(1, 255))]) + note[place + 1 :]
    try:
        text, signed = open_timed(changed, [LOG.verifier, signer.verifier])
    except NoteInvalid:
        return
    assert text == TEXT
    assert len(signed) == 1  # the other line became that of an unknown key
