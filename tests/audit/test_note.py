"""Signed notes: a published vector, round trips, and everything that must not be taken for a signature."""

from __future__ import annotations

import pytest

from safeconduct.audit.note import NoteInvalid, Signer, Verifier, encode_seed, note_text, open_note, sign_note

# The example of Go's note package, which the C2SP format comes from.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

SIGNER = Signer("example.com/log", bytes(32))
OTHER = Signer("witness.example", bytes([1]) * 32)


def test_the_published_note_opens() -> None:
    text, signed = open_note(f"{GO_TEXT}\n{GO_LINE}".encode(), [Verifier.parse(GO_KEY)])
    assert text == GO_TEXT
    assert [str(verifier) for verifier in signed] == [GO_KEY]


def test_signing_with_the_published_key_gives_the_published_note() -> None:
    signer = Signer.parse(GO_PRIVATE)
    assert str(signer.verifier) == GO_KEY
    assert sign_note(GO_TEXT, signer) == f"{GO_TEXT}\n{GO_LINE}".encode()


def test_keys_round_trip_and_the_seed_never_shows() -> None:
    seed = bytes(range(32))
    text = encode_seed("log.example", seed)
    signer = Signer.parse(text + "\n")
    assert Verifier.parse(str(signer.verifier)) == signer.verifier
    assert text.split("+")[-1] not in repr(signer)
    assert repr(signer) == "Signer('log.example')"


def test_other_signatures_are_passed_over() -> None:
    note = sign_note("text\n", OTHER, SIGNER)
    assert open_note(note, [SIGNER.verifier])[1] == [SIGNER.verifier]
    assert open_note(note, [SIGNER.verifier, OTHER.verifier])[1] == [OTHER.verifier, SIGNER.verifier]


def test_a_text_may_hold_empty_lines() -> None:
    assert open_note(sign_note("one\n\ntwo\n", SIGNER), [SIGNER.verifier])[0] == "one\n\ntwo\n"


NOTE = sign_note("text\n", SIGNER)


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace(b"text", b"next"),
        NOTE.replace("— ".encode(), b"- "),
        NOTE[:-1],
        NOTE.replace(b"\n\n", b"\n"),
        b"",
        b"\xff" + NOTE,
        NOTE.replace(b"text", b"te\x00t"),
        NOTE.replace(b"text", b"te\rt"),
        NOTE.replace(b"=", b""),
        b"text\n\n",
        NOTE + NOTE.split(b"\n\n")[1] * 100,
        b"x" * 1_000_001,
    ],
)
def test_p7_a_changed_or_malformed_note_is_refused(note: bytes) -> None:
    with pytest.raises(NoteInvalid):
        open_note(note, [SIGNER.verifier])


def test_p7_a_note_that_nobody_trusted_signed_is_refused() -> None:
    with pytest.raises(NoteInvalid, match="no key"):
        open_note(sign_note("text\n", OTHER), [SIGNER.verifier])


def test_p7_one_wrong_signature_of_a_trusted_key_turns_down_the_note() -> None:
    lines = NOTE.split(b"\n\n")[1]
    forged = sign_note("other\n", OTHER).split(b"\n\n")[1]
    with pytest.raises(NoteInvalid, match="does not fit"):
        open_note(b"text\n\n" + lines + forged, [SIGNER.verifier, OTHER.verifier])


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\tname", "nbsp\u00a0name"])
def test_a_key_name_is_one_word_without_plus(name: str) -> None:
    with pytest.raises(NoteInvalid, match="key name"):
        Signer(name, bytes(32))


@pytest.mark.parametrize(
    "key", ["", "a+b", GO_KEY.replace("c74f20a3", "c74f20a4"), GO_KEY.replace("+ARpc", "+BRpc"), GO_KEY[:-4], GO_KEY + "!"]
)
def test_a_damaged_verifier_key_is_refused(key: str) -> None:
    with pytest.raises(NoteInvalid):
        Verifier.parse(key)


@pytest.mark.parametrize(
    "key", ["", "PRIVATE+KEY+a+b", GO_PRIVATE.replace("c74f", "c75f"), GO_PRIVATE[:-4], GO_PRIVATE.replace("+AY", "+BY")]
)
def test_a_damaged_signer_key_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(NoteInvalid) as caught:
        Signer.parse(key)
    assert "EKFALV" not in str(caught.value)


@pytest.mark.parametrize("text", ["no newline", "tab\there\n"])
def test_only_plain_lines_are_signed(text: str) -> None:
    with pytest.raises(NoteInvalid):
        sign_note(text, SIGNER)


def test_a_text_is_read_without_knowing_its_signers() -> None:
    assert note_text(NOTE) == "text\n"
    for wrong in (b"text\n", b"text\n\nwords\n", NOTE[:-1], b"text\n\n" + "— two words more\n".encode()):
        with pytest.raises(NoteInvalid):
            note_text(wrong)
