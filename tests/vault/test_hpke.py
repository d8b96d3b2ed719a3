"""Wrapping by RFC 9180: our opening agrees with the library and with the RFC, and opens nothing that it should not."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.storage.vault.publics import Public
from safeconduct.vault.hpke import Unopened, info, name_of, opened, point_of, unwrap
from support.vault_kept import SoftKey

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
BOUND = ("acme", "sc_ann", "standard", "2026-06", b"i" * 16)


def test_the_vector_of_the_rfc_opens() -> None:
    """RFC 9180 appendix A.3.1.1, first encryption: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM."""
    secret = int("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2", 16)
    key = SoftKey(ec.derive_private_key(secret, ec.SECP256R1()))
    assert key.point.hex() == (
        "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
        "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0"
    )
    enc = bytes.fromhex(
        "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
        "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
    )
    ciphertext = bytes.fromhex("5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434")
    bound = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    assert opened(key, enc, ciphertext, bound, b"Count-0", size=16) == b"Beauty is truth, truth beauty"


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_what_the_library_seals_we_open(text: bytes, bound: bytes) -> None:
    key = SoftKey()
    sealed = SUITE.encrypt(text, key.key.public_key(), bound)
    assert opened(key, sealed[:65], sealed[65:], bound) == text == SUITE.decrypt(sealed, key.key, bound)


def test_p8_a_key_wrapped_for_one_organization_opens_for_no_other() -> None:
    acme, borg = SoftKey(), SoftKey()
    wrapped = _public(acme).wrap(b"k" * 32, *BOUND)
    assert unwrap(wrapped, acme, info(*BOUND)) == b"k" * 32
    with pytest.raises(Unopened, match="another public key"):
        unwrap(wrapped, borg, info(*BOUND))
    claimed = name_of(borg.point) + wrapped[8:]
    with pytest.raises(Unopened):
        unwrap(claimed, borg, info(*BOUND))


@pytest.mark.parametrize("place", range(5))
def test_p8_a_wrapped_key_opens_only_as_what_it_was_wrapped_for(place: int) -> None:
    key = SoftKey()
    other = list(BOUND)
    other[place] = b"j" * 16 if place == 4 else "other"
    with pytest.raises(Unopened):
        unwrap(_public(key).wrap(b"k" * 32, *BOUND), key, info(*other))  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 120), st.integers(1, 255))
def test_an_altered_byte_anywhere_opens_nothing(at: int, by: int) -> None:
    wrapped = bytearray(WRAPPED)
    wrapped[at] ^= by
    with pytest.raises(Unopened):
        unwrap(bytes(wrapped), KEY, info(*BOUND))


@pytest.mark.parametrize("size", [0, 8, 73, 120, 122])
def test_another_length_opens_nothing(size: int) -> None:
    with pytest.raises(Unopened):
        unwrap((WRAPPED * 2)[:size], KEY, info(*BOUND))


def _public(key: SoftKey) -> Public:
    return Public(key.key.public_key(), name_of(point_of(key.key.public_key())))


KEY = SoftKey()
WRAPPED = _public(KEY).wrap(b"k" * 32, *BOUND)
