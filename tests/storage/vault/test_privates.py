"""Private keys in files: made once, read when they are one's own, and nothing else taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from safeconduct.storage.vault.privates import FileKey, make_key
from safeconduct.storage.vault.publics import read_public
from safeconduct.terms.faults import Refused
from safeconduct.vault.hpke import info, unwrap

BOUND = ("acme", "sc_ann", "standard", "2026-06", b"i" * 16)


def test_a_key_is_made_once_and_opens_what_its_public_half_wrapped(tmp_path: Path) -> None:
    assert make_key(tmp_path, "acme")
    before = (tmp_path / "acme.pem").read_bytes()
    assert not make_key(tmp_path, "acme")
    assert (tmp_path / "acme.pem").read_bytes() == before
    assert (tmp_path / "acme.pem").stat().st_mode & 0o777 == 0o600
    public = read_public((tmp_path / "acme.pub.pem").read_bytes(), "acme")
    wrapped = public.wrap(b"k" * 32, *BOUND)
    assert unwrap(wrapped, FileKey.read(tmp_path / "acme.pem"), info(*BOUND)) == b"k" * 32


def test_a_public_half_that_a_crash_left_out_is_made_again(tmp_path: Path) -> None:
    make_key(tmp_path, "acme")
    half = (tmp_path / "acme.pub.pem").read_bytes()
    (tmp_path / "acme.pub.pem").unlink()
    assert not make_key(tmp_path, "acme")
    assert (tmp_path / "acme.pub.pem").read_bytes() == half


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path, "acme")
    (tmp_path / "acme.pem").chmod(0o640)
    with pytest.raises(Refused, match="others may read"):
        FileKey.read(tmp_path / "acme.pem")


def test_what_is_no_such_key_is_refused_and_not_quoted(tmp_path: Path) -> None:
    curve = ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
    )
    for number, text in enumerate((curve, other, locked, b"secret words")):
        path = tmp_path / f"{number}.pem"
        path.write_bytes(text)
        path.chmod(0o600)
        with pytest.raises(Refused) as refused:
            FileKey.read(path)
        assert "secret words" not in str(refused.value)
        assert text.splitlines()[-1].decode() not in str(refused.value)


def test_a_point_off_the_curve_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path, "acme")
    key = FileKey.read(tmp_path / "acme.pem")
    with pytest.raises(ValueError, match=r"(?i)point|curve|key"):
        key.shared(b"\x04" + b"\x01" * 64)
