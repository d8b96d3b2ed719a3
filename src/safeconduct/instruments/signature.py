"""Did the authority sign these very bytes? Ed25519 (RFC 8032) over the text of an instrument, exactly as it was received.

The sha256 of every annex stands in the text, so the signature covers the annexes too. Which keys an authority has, and what
follows where it has none, are the office's questions; without a signature two officers transcribe (``transcription``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from safeconduct.terms.faults import Fault, Refused

TEXT_LIMIT = 4_000  # a key or signature with its PEM lines is a few hundred characters
_KEY_BYTES = 32
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class AuthorityKey:
    """A public key. ``public`` is 32 bytes."""

    public: bytes

    @property
    def id(self) -> str:
        """The first 16 hex digits of the sha256 of the key: what people compare over the telephone."""
        return hashlib.sha256(self.public).hexdigest()[:16]

    @property
    def text(self) -> str:
        """The key in base64, as ``read_key`` takes it."""
        return base64.b64encode(self.public).decode()


def read_key(text: str, where: str = "key") -> AuthorityKey:
    """A public key in PEM (RFC 8410, as ``openssl pkey -pubout`` writes it), or its 32 bytes in base64 or hex.

    Raises Refused; a weak key of small order, under which anybody could sign anything, is refused too.
    """
    mend = "Give the authority's Ed25519 public key in PEM, base64 or hex"
    written = text.strip()
    if len(text) > TEXT_LIMIT:
        raise Refused(Fault("key_malformed", "The key is too long to be one", where, mend))
    public = _pem(written) if written.startswith("-----BEGIN") else _decoded(written, _KEY_BYTES)
    if public is None:
        raise Refused(Fault("key_malformed", "This is no Ed25519 public key", where, mend))
    if public in _WEAK:
        raise Refused(Fault("key_weak", "This key proves nothing: signatures under it can be made by anybody", where, mend))
    return AuthorityKey(public)


def read_signature(text: str, where: str = "signature") -> bytes:
    """A detached signature: its 64 bytes in base64 or hex. Raises Refused."""
    signature = _decoded("".join(text.split()), _SIGNATURE_BYTES) if len(text) <= TEXT_LIMIT else None
    if signature is None:
        mend = "Give the 64 bytes of the Ed25519 signature in base64 or hex"
        raise Refused(Fault("signature_malformed", "This is no Ed25519 signature", where, mend))
    return signature


def signed_by(message: bytes, signature: bytes, keys: Iterable[AuthorityKey]) -> AuthorityKey | None:
    """Which of these keys made the signature over exactly these bytes; None when none of them did."""
    return next((key for key in keys if _verifies(key, message, signature)), None)


def require_signed(message: bytes, signature: bytes, keys: Iterable[AuthorityKey], where: str) -> AuthorityKey:
    """The key that signed. Raises Refused when none of ``keys`` did: a wrong signature is worse than none."""
    key = signed_by(message, signature, keys)
    if key is None:
        what = "The signature does not fit this text under any key of the authority"
        mend = "Take the text exactly as it was received, byte for byte, and check the authority's key by another way"
        raise Refused(Fault("signature_invalid", what, where, mend))
    return key


def _verifies(key: AuthorityKey, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False  # ValueError: 32 bytes that are no point of the curve
    return True


def _pem(text: str) -> bytes | None:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else None


def _decoded(text: str, size: int) -> bytes | None:
    try:
        raw = bytes.fromhex(text) if len(text) == 2 * size else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == size else None


# The points of small order on the curve, as encoded (y coordinate, little-endian; the top bit is the sign of x), with the
# encodings that are not in lowest terms. Source: the torsion subgroup of edwards25519, computed by the test of this module.
_P = 2**255 - 19
_Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022  # y of two points of order 8
_WEAK = frozenset(
    (y | sign << 255).to_bytes(_KEY_BYTES, "little") for y in (0, 1, _P - 1, _Y8, _P - _Y8, _P, _P + 1) for sign in (0, 1)
)
