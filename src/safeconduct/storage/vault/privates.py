"""Who can open what was sealed? The private half of an organization's key: a file of mode 0600, or a key in a PKCS#11 token.

A token does the Diffie-Hellman itself (CKM_ECDH1_DERIVE, CKD_NULL); the private key never leaves it. No error quotes a key or a
PIN.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.keystore import create_secret, read_secret
from safeconduct.storage.vault.publics import PRIVATE_SUFFIX, PUBLIC_SUFFIX, Public
from safeconduct.terms.faults import Fault, Refused
from safeconduct.vault.hpke import point_of

CURVE: Final = ec.SECP256R1()


class Token(Protocol):
    """A PKCS#11 token that is open: see ``storage.vault.token``."""

    def derive(self, label: str, point: bytes) -> bytes: ...


class FileKey:
    """A private key from a file."""

    __slots__ = ("_key",)

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @classmethod
    def read(cls, path: Path) -> FileKey:
        """Raises Refused when the file is missing, open to others, or no P-256 private key."""
        try:
            key = load_pem_private_key(read_secret(path), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            what = "the file holds no private key on the curve P-256, or one under a password"
            raise Refused(Fault("vault_key_invalid", what, str(path), "restore it from your backup")) from None
        return cls(key)

    @property
    def point(self) -> bytes:
        """The public point, 65 bytes."""
        return point_of(self._key.public_key())

    def shared(self, point: bytes) -> bytes:
        """The Diffie-Hellman with another's point, 32 bytes. Raises ValueError for no point of the curve."""
        return self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point))


class TokenKey:
    """A private key in a token. ``public`` is its public half, ``label`` what the token calls it."""

    __slots__ = ("_label", "_public", "_token")

    def __init__(self, token: Token, label: str, public: Public) -> None:
        self._token, self._label, self._public = token, label, public

    @property
    def point(self) -> bytes:
        """The public point, 65 bytes."""
        return point_of(self._public.key)

    def shared(self, point: bytes) -> bytes:
        """The Diffie-Hellman with another's point, 32 bytes. Raises ValueError for no point of the curve, or Refused."""
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)  # a token need not check that it lies on the curve
        return self._token.derive(self._label, point)


def make_key(folder: Path, name: str, disk: Disk | None = None) -> bool:
    """Make the key ``name`` below ``folder``, private half first, both durable. False when it was there; never replaces one.

    Raises Refused or OSError when it cannot be written.
    """
    disk = disk or Disk()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private, public = folder / f"{name}{PRIVATE_SUFFIX}", folder / f"{name}{PUBLIC_SUFFIX}"
    fresh = False
    if not private.exists():
        key = ec.generate_private_key(CURVE)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            create_secret(private, pem, disk)
            fresh = True
        except Refused:
            if not private.exists():
                raise  # not a race with another process that made it
    if not public.exists():
        point = FileKey.read(private).point
        half = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
        disk.write_file(public, half.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        disk.sync_directory(folder)
    return fresh
