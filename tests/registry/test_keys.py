"""Keys: their form, their checksum, and what is kept of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.registry import keys


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32))
def test_a_minted_key_has_the_form_and_its_checksum_holds(random32: bytes) -> None:
    key = keys.mint(random32)
    assert len(key) == keys.LENGTH
    assert key.startswith("sc-key-")
    assert keys.looks_like_key(key)
    assert keys.checksum_holds(key)


@settings(max_examples=100)
@given(st.binary(min_size=32, max_size=32), st.integers(min_value=7, max_value=keys.LENGTH - 1), st.sampled_from(keys.DIGITS))
def test_one_wrong_character_breaks_the_checksum(random32: bytes, place: int, digit: str) -> None:
    key = keys.mint(random32)
    wrong = key[:place] + digit + key[place + 1 :]
    assert keys.checksum_holds(wrong) == (wrong == key)


def test_extremes_of_randomness_fit_the_form() -> None:
    assert keys.checksum_holds(keys.mint(b"\x00" * 32))
    assert keys.checksum_holds(keys.mint(b"\xff" * 32))
    assert keys.mint(b"\x00" * 32) != keys.mint(b"\x00" * 31 + b"\x01")


@pytest.mark.parametrize("text", ["", "sc-key-", "sk-ant-abc", "sc-key-" + "é" * 49, "SC-KEY-" + "0" * 49, "sc-key-" + "0" * 50])
def test_what_is_no_key_does_not_look_like_one(text: str) -> None:
    assert not keys.looks_like_key(text)
    assert not keys.checksum_holds(text)


def test_a_key_needs_exactly_32_random_bytes() -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        keys.mint(b"\x00" * 31)


def test_the_digest_depends_on_key_and_pepper() -> None:
    assert keys.digest(b"p" * 32, "one") == keys.digest(b"p" * 32, "one")
    assert keys.digest(b"p" * 32, "one") != keys.digest(b"q" * 32, "one")
    assert keys.digest(b"p" * 32, "one") != keys.digest(b"p" * 32, "two")
    assert len(keys.digest(b"p" * 32, "\ud800")) == 32  # whatever a stranger sends has a digest
