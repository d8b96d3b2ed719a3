"""What does a cosigner sign, and with which keys? C2SP tlog-cosignature v1.1.0: Ed25519 (0x04) and ML-DSA-44 (0x06).

A cosignature says: at this time, this was the largest consistent tree that I had seen of this log. On the wire it is eight bytes
of POSIX time, big-endian, then the signature. The Ed25519 form signs the whole text with a time before it. The ML-DSA form
signs cosigner, time, origin, size and root; it would leave an extension line unsigned, so a text with one is refused here. Time
0 states no time.

The three kinds of key stand together here, with that of plain notes (0x01, C2SP signed-note), which signs the bare text.
Secrets of all three are seeds of 32 bytes (RFC 8032; FIPS 204 section 7.1). How keys and notes are written is note's question.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from safeconduct.audit.head import Checkpoint, NoteInvalid
from safeconduct.audit.tree import EMPTY_ROOT

ED25519 = b"\x01"
COSIGNATURE_ED25519 = b"\x04"
COSIGNATURE_MLDSA44 = b"\x06"
COSIGNATURES = (COSIGNATURE_ED25519, COSIGNATURE_MLDSA44)

SEED_BYTES = 32
MAX_TIME = 2**63 - 1
_TIME = struct.Struct(">Q")
_LABEL = b"subtree/v1\n\x00"

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Sizes:
    public: int
    signature: int


SIZES = {
    ED25519: Sizes(32, 64),
    COSIGNATURE_ED25519: Sizes(32, 64),
    COSIGNATURE_MLDSA44: Sizes(1312, 2420),
}


def message(algorithm: bytes, name: str, at: int, text: str) -> bytes:
    """What a key of that kind, called ``name``, signs under a note's ``text`` at POSIX second ``at``. Raises NoteInvalid."""
    if algorithm == ED25519:
        return text.encode()
    if not 0 <= at <= MAX_TIME:
        raise NoteInvalid("a cosignature's time is out of range")
    if algorithm == COSIGNATURE_ED25519:
        return f"cosignature/v1\ntime {at}\n{text}".encode()
    checkpoint = Checkpoint.parse(text)
    if checkpoint.text() != text:
        raise NoteInvalid("an ML-DSA-44 cosignature would leave the checkpoint's extension lines unsigned")
    return subtree_message(name, at, checkpoint.origin, 0, checkpoint.size, checkpoint.root)


def subtree_message(cosigner: str, at: int, origin: str, start: int, end: int, root: bytes) -> bytes:
    """The ``cosigned_message`` structure over entries [start, end). Raises NoteInvalid when a name is empty or over 255 bytes."""
    if start == end and root != EMPTY_ROOT:
        raise NoteInvalid("the root of an empty tree is the hash of nothing")
    if start and at:
        raise NoteInvalid("a cosignature of a part of the tree carries no time")
    span = struct.pack(">QQ", start, end)
    return _LABEL + _opaque(cosigner) + _TIME.pack(at) + _opaque(origin) + span + root


def stamp(at: int, signature: bytes) -> bytes:
    """The ``timestamped_signature`` structure."""
    return _TIME.pack(at) + signature


def split_stamp(algorithm: bytes, blob: bytes) -> tuple[int, bytes]:
    """Time and bare signature of what a note's line carries behind the key id; time 0 for plain notes. Raises NoteInvalid."""
    timed = algorithm in COSIGNATURES
    if len(blob) != SIZES[algorithm].signature + (_TIME.size if timed else 0):
        raise NoteInvalid("a signature of this kind has another length")
    if not timed:
        return 0, blob
    at = _TIME.unpack_from(blob)[0]
    if at > MAX_TIME:
        raise NoteInvalid("a cosignature's time is out of range")
    return at, blob[_TIME.size :]


def open_seed(algorithm: bytes, seed: bytes) -> tuple[bytes, Sign]:
    """Public key and signing function of a 32-byte seed. Raises NoteInvalid, never quoting it."""
    if algorithm not in SIZES:
        raise NoteInvalid("the key is of a kind that is not known here")
    if len(seed) != SEED_BYTES:
        raise NoteInvalid("a seed has 32 bytes")
    if algorithm == COSIGNATURE_MLDSA44:
        lattice = MLDSA44PrivateKey.from_seed_bytes(seed)
        return lattice.public_key().public_bytes_raw(), lattice.sign
    curve = Ed25519PrivateKey.from_private_bytes(seed)
    return curve.public_key().public_bytes_raw(), curve.sign


def holds(algorithm: bytes, public: bytes, signed: bytes, signature: bytes) -> bool:
    """Whether the bare signature is that of this public key over ``signed``."""
    try:
        if algorithm == COSIGNATURE_MLDSA44:
            MLDSA44PublicKey.from_public_bytes(public).verify(signature, signed)
        else:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError):  # ValueError: bytes of the right length that are no point
        return False
    return True


def _opaque(name: str) -> bytes:
    raw = name.encode()
    if not 1 <= len(raw) <= 255:
        raise NoteInvalid("an origin or a cosigner's name has 1 to 255 bytes")
    return bytes([len(raw)]) + raw
