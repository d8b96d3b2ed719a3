"""For whom content is sealed: an organization's own key, or the home's; never for a key that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safeconduct.storage.vault.publics import PublicKeys, read_public
from safeconduct.terms.faults import Refused
from support.vault_kept import SoftKey


def test_an_own_key_counts_as_soon_as_it_is_there(tmp_path: Path) -> None:
    own, acme = SoftKey(), SoftKey()
    (tmp_path / "home.pub.pem").write_bytes(own.pem)
    keys = PublicKeys(tmp_path)
    assert keys.of("acme").name == keys.of("").name == read_public(own.pem, "x").name
    (tmp_path / "acme.pub.pem").write_bytes(acme.pem)
    assert keys.of("acme").name == read_public(acme.pem, "x").name
    assert keys.of("borg").name == read_public(own.pem, "x").name


def test_a_key_that_lies_elsewhere_is_the_only_one(tmp_path: Path) -> None:
    own, acme = SoftKey(), SoftKey()
    (tmp_path / "home.pub.pem").write_bytes(own.pem)
    keys = PublicKeys(tmp_path, {"acme": tmp_path / "elsewhere.pem"})
    with pytest.raises(Refused, match="cannot be read"):
        keys.of("acme")
    (tmp_path / "elsewhere.pem").write_bytes(acme.pem)
    assert keys.of("acme").name == read_public(acme.pem, "x").name


def test_what_is_no_key_on_the_curve_is_refused() -> None:
    curve = ec.generate_private_key(ec.SECP384R1()).public_key()
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    for key in (curve, other):
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(Refused, match="P-256"):
            read_public(pem, "x")
    with pytest.raises(Refused, match="no public key"):
        read_public(b"words", "x")
