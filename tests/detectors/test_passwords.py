"""A word is like a password or it is not; and a value in quotes is open until they close."""

from __future__ import annotations

import pytest

from safeconduct.detectors import passwords


@pytest.mark.parametrize("word", [b"hunter2", b"Tiger$delta", b"P@ssw0rd$1", b"x9Kq2LmZ"])
def test_it_is_like_one(word: bytes) -> None:
    assert passwords.passwordlike(word)


@pytest.mark.parametrize(
    "word", [b"short", b"required", b"sha256", b"my_password1", b"f(x)=9", b"0xdeadbeef1", b"a" * 129 + b"1"]
)
def test_it_is_not(word: bytes) -> None:
    assert not passwords.passwordlike(word)


@pytest.mark.parametrize("word", [b"sha256-hashed", b"aes-256-gcm", b"rot13-ed"])
def test_terms_with_a_figure_are_no_password_that_is_told(word: bytes) -> None:
    assert not passwords.passwordlike(word, told=True)


def test_quotes_are_open_until_they_close() -> None:
    for text, is_open in ((b'p="a b', True), (b'p="a b"', False), (b"p=a b", False), (b'p=\\"a b', True), (b'p=b"a b', True)):
        assert passwords.unclosed(text, 2) is is_open
