"""How is a data key wrapped so that whoever writes cannot read? RFC 9180, base mode, for the organization's public key.

DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Sealing is the library's, which draws the ephemeral key. Opening is here, in
the RFC's own few steps over one function that does the Diffie-Hellman: a PKCS#11 module can do it and never show the key.

A wrapped key is 8 bytes that name the public key (the start of the SHA-256 of its point), the encapsulated point (65 bytes) and
the ciphertext (48 bytes). ``info`` binds it to whom and what it is for: in another row of the store it opens nothing.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

POINT_BYTES: Final = 65  # uncompressed, SEC 1 section 2.3.3
NAME_BYTES: Final = 8
KEY_BYTES: Final = 32
WRAPPED_BYTES: Final = NAME_BYTES + POINT_BYTES + KEY_BYTES + 16

_KEM: Final = (0x0010).to_bytes(2, "big")  # RFC 9180 section 7.1
_KDF: Final = (0x0001).to_bytes(2, "big")  # section 7.2
_AES_128: Final = 0x0001  # section 7.3; for the RFC's published vectors
_AES_256: Final = 0x0002


class Unopened(ValueError):
    """The wrapped key does not open: another key's, for something else, or altered."""


class Private(Protocol):
    """The private half of an organization's key, wherever it lies."""

    @property
    def point(self) -> bytes:
        """The public point, 65 bytes."""
        ...

    def shared(self, point: bytes) -> bytes:
        """The x-coordinate (32 bytes) of the Diffie-Hellman with another's point. Raises ValueError for no point of the curve."""
        ...


def info(organization: str, subject: str, kept_class: str, month: str, key: bytes) -> bytes:
    """What a wrapped data key is bound to."""
    return b"\n".join((b"safeconduct vault key v1", *(each.encode() for each in (organization, subject, kept_class, month)), key))


def point_of(public: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as 65 bytes."""
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def name_of(point: bytes) -> bytes:
    """The 8 bytes that name a public key in what is wrapped for it."""
    return sha256(point).digest()[:NAME_BYTES]


def unwrap(wrapped: bytes, private: Private, bound: bytes) -> bytes:
    """The data key. Raises Unopened."""
    if len(wrapped) != WRAPPED_BYTES or wrapped[:NAME_BYTES] != name_of(private.point):
        raise Unopened("the key was wrapped for another public key")
    body = wrapped[NAME_BYTES:]
    return opened(private, body[:POINT_BYTES], body[POINT_BYTES:], bound)


def opened(private: Private, enc: bytes, ciphertext: bytes, bound: bytes, aad: bytes = b"", *, size: int = KEY_BYTES) -> bytes:
    """Base-mode decryption of one message (RFC 9180 section 6.1). ``size`` is that of the AEAD's key. Raises Unopened."""
    try:
        secret = private.shared(enc)
    except ValueError as wrong:
        raise Unopened("the encapsulated key is no point of the curve") from wrong
    key, nonce = _schedule(_kem_secret(secret, enc, private.point), bound, size)
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, aad)
    except (InvalidTag, ValueError) as wrong:
        raise Unopened("the wrapped key does not open: it was altered, or is for something else") from wrong


def _kem_secret(shared: bytes, enc: bytes, point: bytes) -> bytes:
    """ExtractAndExpand (RFC 9180 section 4.1)."""
    suite = b"KEM" + _KEM
    return _expand(suite, _extract(suite, b"", b"eae_prk", shared), b"shared_secret", enc + point, 32)


def _schedule(shared: bytes, bound: bytes, size: int) -> tuple[bytes, bytes]:
    """Key and first nonce (KeySchedule, RFC 9180 section 5.1, mode_base)."""
    suite = b"HPKE" + _KEM + _KDF + (_AES_256 if size == KEY_BYTES else _AES_128).to_bytes(2, "big")
    context = b"\x00" + _extract(suite, b"", b"psk_id_hash", b"") + _extract(suite, b"", b"info_hash", bound)
    secret = _extract(suite, shared, b"secret", b"")
    return _expand(suite, secret, b"key", context, size), _expand(suite, secret, b"base_nonce", context, 12)


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """LabeledExtract (RFC 9180 section 4)."""
    return hmac_digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite: bytes, prk: bytes, label: bytes, context: bytes, size: int) -> bytes:
    """LabeledExpand (RFC 9180 section 4), for at most 32 bytes: one round of HKDF-Expand (RFC 5869 section 2.3)."""
    labeled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
    return hmac_digest(prk, labeled + b"\x01", "sha256")[:size]
