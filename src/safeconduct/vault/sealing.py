"""How is one piece of content sealed? AES-256-GCM under a key of its own, which the data key of its subject wraps.

The content's own key lets content pass into another class by wrapping 32 bytes anew: ciphertext and its hash, which the log
holds, stay as they are. Additional data is ``<call>/<part>`` for both, so content opens as what it is or not at all.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
WRAP_BYTES: Final = NONCE_BYTES + KEY_BYTES + TAG_BYTES
RANDOM_BYTES: Final = KEY_BYTES + 2 * NONCE_BYTES  # what one sealing uses up


class Unsealed(ValueError):
    """The content does not open: another key's, another call's, or altered."""


def bound_to(call: str, part: str) -> bytes:
    """The additional data of a part (``request`` or ``answer``) of a call."""
    return f"{call}/{part}".encode()


def seal(data_key: bytes, random: bytes, call: str, part: str, data: bytes) -> tuple[bytes, bytes]:
    """The wrapped key of the content and its ciphertext (nonce, content, tag). ``random`` are 56 bytes never used before."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"sealing takes {RANDOM_BYTES} random bytes, not {len(random)}")
    key, nonce, outer = random[:KEY_BYTES], random[KEY_BYTES : KEY_BYTES + NONCE_BYTES], random[KEY_BYTES + NONCE_BYTES :]
    aad = bound_to(call, part)
    return outer + AESGCM(data_key).encrypt(outer, key, aad), nonce + AESGCM(key).encrypt(nonce, data, aad)


def rewrap(data_key: bytes, wrap: bytes, other_key: bytes, nonce: bytes, call: str, part: str) -> bytes:
    """The same content's key, wrapped by another data key. ``nonce`` is fresh. Raises Unsealed."""
    return nonce + AESGCM(other_key).encrypt(nonce, _unwrap(data_key, wrap, call, part), bound_to(call, part))


def unseal(data_key: bytes, wrap: bytes, sealed: bytes, call: str, part: str) -> bytes:
    """The content. Raises Unsealed."""
    return _open(_unwrap(data_key, wrap, call, part), sealed, bound_to(call, part))


def _unwrap(data_key: bytes, wrap: bytes, call: str, part: str) -> bytes:
    return _open(data_key, wrap, bound_to(call, part))


def _open(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError) as wrong:
        raise Unsealed("the content does not open under this key, as this part of this call") from wrong
