"""Checksums hold for what standards print as examples, and for nothing with one figure changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.detectors import checks

_GOOD = [
    (checks.luhn, b"79927398713"),
    (checks.card, b"4012888888881881"),
    (checks.iban, b"GB82WEST12345698765432"),
    (checks.verhoeff, b"2363"),
    (checks.ean13, b"7569217076985"),
    (checks.cpf, b"52998224725"),
    (checks.dni, b"12345678Z"),
    (checks.insee, b"255081416802538"),
]


@pytest.mark.parametrize(("check", "value"), _GOOD)
def test_the_example_holds_and_no_neighbor_does(check, value: bytes) -> None:
    assert check(value)
    for place in range(4, len(value)):
        if 48 <= value[place] <= 57:
            wrong = value[:place] + bytes([48 + (value[place] - 47) % 10]) + value[place + 1 :]
            assert not check(wrong), wrong


def test_social_security_numbers_keep_to_their_rules() -> None:
    assert checks.ssn(b"460899847")
    for wrong in (b"000121234", b"666121234", b"900121234", b"123001234", b"123120000", b"078051120"):
        assert not checks.ssn(wrong)


def test_placeholders_are_known_and_random_values_are_none() -> None:
    for value in (b"xxxxxxxxxxxx", b"${TOKEN}", b"<token>", b"AKIAIOSFODNN7EXAMPLE", b"aaaaaaaaaaaaaaaa", b"your_key"):
        assert checks.placeholder(value), value
    assert not checks.placeholder(b"x9Kq2LmZ7vR4tB8nW3yD6sF1gH5jP0cA")


def test_entropy_is_that_of_shannon() -> None:
    assert checks.entropy(b"") == 0.0
    assert checks.entropy(b"aaaa") == 0.0
    assert checks.entropy(b"abcd") == 2.0


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_no_check_of_free_text_raises(value: bytes) -> None:
    checks.placeholder(value)
    checks.iban(value)
    checks.address4(value)
    checks.jwt(value)
    checks.uuid(value)
    checks.mixed(value)
