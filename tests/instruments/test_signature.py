"""Signatures of authorities over the exact bytes of an instrument."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.instruments.signature import AuthorityKey, read_key, read_signature, require_signed, signed_by
from safeconduct.terms.faults import Refused
from support.policy_june import LETTER_12

SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = SECRET.public_key()
KEY = AuthorityKey(PUBLIC.public_bytes_raw())
OTHER = AuthorityKey(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw())
TEXT = LETTER_12.encode()
SIGNATURE = SECRET.sign(TEXT)
# RFC 8032 section 7.1, test 2
RFC_KEY = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
RFC_SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_the_standards_own_example_verifies() -> None:
    assert signed_by(b"\x72", read_signature(RFC_SIGNATURE), [read_key(RFC_KEY)]) == read_key(RFC_KEY)


@pytest.mark.parametrize(
    "written",
    [
        PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        base64.b64encode(KEY.public).decode() + "\n",
        KEY.public.hex(),
        KEY.text,
    ],
)
def test_a_key_may_be_written_in_three_ways(written: str) -> None:
    assert read_key(written) == KEY
    assert len(KEY.id) == 16


@pytest.mark.parametrize(
    "written",
    [
        "",
        "x" * 5_000,
        base64.b64encode(bytes(31)).decode(),
        "-----BEGIN PUBLIC KEY-----\nnothing\n-----END PUBLIC KEY-----",
        X25519PrivateKey.from_private_bytes(bytes(32))
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    ],
)
def test_what_is_no_key_is_refused(written: str) -> None:
    with pytest.raises(Refused) as refused:
        read_key(written)
    assert refused.value.faults[0].code == "key_malformed"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_one_changed_byte_is_another_text(place: int, change: int) -> None:
    changed = bytearray(TEXT)
    changed[place] ^= change
    assert signed_by(TEXT, SIGNATURE, [OTHER, KEY]) == KEY
    assert signed_by(bytes(changed), SIGNATURE, [OTHER, KEY]) is None


def test_whitespace_at_the_end_is_part_of_the_text() -> None:
    with pytest.raises(Refused) as refused:
        require_signed(TEXT + b"\n", SIGNATURE, [KEY], "letter.toml")
    assert (refused.value.faults[0].code, refused.value.faults[0].where) == ("signature_invalid", "letter.toml")
    assert require_signed(TEXT, SIGNATURE, [KEY], "letter.toml") == KEY


def test_without_keys_nothing_is_signed() -> None:
    assert signed_by(TEXT, SIGNATURE, []) is None
    assert signed_by(TEXT, b"short", [KEY]) is None
    assert signed_by(TEXT, SIGNATURE, [AuthorityKey(b"\xff" * 32)]) is None


def test_a_signature_may_be_wrapped_and_must_be_whole() -> None:
    written = base64.b64encode(SIGNATURE).decode()
    assert read_signature(written[:40] + "\n" + written[40:] + "\n") == SIGNATURE
    for wrong in ("", written[:-4], "x" * 5_000):
        with pytest.raises(Refused) as refused:
            read_signature(wrong)
        assert refused.value.faults[0].code == "signature_malformed"


P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P


def small_order() -> set[bytes]:
    """Encodings of every point whose order divides 8, found by doubling: (x, y) with 8 * (x, y) the neutral point."""

    def add(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
        (a, b), (c, d) = one, other
        product = D * a * b * c * d % P
        x = (a * d + b * c) * pow(1 + product, P - 2, P) % P
        return x, (b * d + a * c) * pow(1 - product, P - 2, P) % P

    def root(y: int) -> int | None:
        square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
        x = pow(square, (P + 3) // 8, P)
        x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
        return x if (x * x - square) % P == 0 else None

    order = 2**252 + 27742317777372353535851937790883648493
    for y in range(2, 50):
        x = root(y)
        point, total, rest = (x, y) if x is not None else (0, 1), (0, 1), order
        while rest:
            total = add(total, point) if rest & 1 else total
            point, rest = add(point, point), rest >> 1
        multiples = [(0, 1)]
        for _ in range(7):
            multiples.append(add(multiples[-1], total))
        if len(set(multiples)) == 8:
            return {(v | (u & 1) << 255).to_bytes(32, "little") for u, v in multiples}
    raise AssertionError("no generator of the torsion group found")


def test_keys_under_which_anybody_can_sign_are_refused() -> None:
    found = small_order()
    assert len(found) == 8
    for public in found:
        with pytest.raises(Refused) as refused:
            read_key(public.hex())
        assert refused.value.faults[0].code == "key_weak"
