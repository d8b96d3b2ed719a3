"""Sealing: content opens under its key, as its part of its call, and in no other way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.vault.sealing import RANDOM_BYTES, Unsealed, rewrap, seal, unseal

KEY, OTHER = b"k" * 32, b"o" * 32
RANDOM = bytes(range(RANDOM_BYTES))


@settings(max_examples=50)
@given(st.binary(max_size=500))
def test_content_is_what_it_was(data: bytes) -> None:
    wrap, sealed = seal(KEY, RANDOM, "call_a_1", "answer", data)
    assert unseal(KEY, wrap, sealed, "call_a_1", "answer") == data


@pytest.mark.parametrize(
    ("key", "call", "part"), [(OTHER, "call_a_1", "answer"), (KEY, "call_a_2", "answer"), (KEY, "call_a_1", "request")]
)
def test_p8_content_opens_as_nothing_else(key: bytes, call: str, part: str) -> None:
    wrap, sealed = seal(KEY, RANDOM, "call_a_1", "answer", b"words")
    with pytest.raises(Unsealed):
        unseal(key, wrap, sealed, call, part)


def test_a_swapped_wrap_opens_nothing() -> None:
    one = seal(KEY, RANDOM, "call_a_1", "answer", b"one")
    two = seal(KEY, RANDOM[::-1], "call_a_1", "answer", b"two")
    with pytest.raises(Unsealed):
        unseal(KEY, one[0], two[1], "call_a_1", "answer")


@settings(max_examples=50)
@given(st.integers(0, 60 + 12 + 5 + 16 - 1), st.integers(1, 255))
def test_an_altered_byte_anywhere_opens_nothing(at: int, by: int) -> None:
    wrap, sealed = seal(KEY, RANDOM, "call_a_1", "answer", b"words")
    whole = bytearray(wrap + sealed)
    whole[at] ^= by
    with pytest.raises(Unsealed):
        unseal(KEY, bytes(whole[:60]), bytes(whole[60:]), "call_a_1", "answer")


def test_what_is_wrapped_anew_keeps_its_ciphertext() -> None:
    wrap, sealed = seal(KEY, RANDOM, "call_a_1", "answer", b"words")
    other = rewrap(KEY, wrap, OTHER, b"n" * 12, "call_a_1", "answer")
    assert unseal(OTHER, other, sealed, "call_a_1", "answer") == b"words"
    with pytest.raises(Unsealed):
        unseal(KEY, other, sealed, "call_a_1", "answer")
    with pytest.raises(Unsealed):
        rewrap(OTHER, wrap, KEY, b"n" * 12, "call_a_1", "answer")


def test_too_little_randomness_seals_nothing() -> None:
    with pytest.raises(ValueError, match="random"):
        seal(KEY, RANDOM[1:], "call_a_1", "answer", b"")
    for short in (b"", b"x", b"x" * 27):
        with pytest.raises(Unsealed):
            unseal(KEY, short, short, "c", "p")
