"""How does an entry speak of something without saying it? Salted commitments (P8).

``commit(salt, name, value)`` is HMAC-SHA256(salt, RFC 8785 of [name, value]): whoever holds the salt can open it, nobody else
can guess it, and destroying the key that salts derive from erases the link. Keys are kept elsewhere; this is arithmetic.

Derivation: master key and handle of the person -> key of one subject (leaf pseudonym) -> salt of one field of one entry. The
entry is named by what it already carries and never repeats: the call id of a call.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

import msgspec

_ENCODER = msgspec.json.Encoder()
_BLOCK = 64  # of SHA-256 (FIPS 180-4)
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_INNER = bytes(byte ^ 0x36 for byte in range(256))


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) for keys of at most 64 bytes.

    Made of two plain hashes: OpenSSL's one-shot HMAC lets go of the interpreter lock each time, and on the call path the
    journal's thread then takes it, at several times the price of the hash. A test holds it equal to the library's.
    """
    block = key.ljust(_BLOCK, b"\0")
    return sha256(block.translate(_OUTER) + sha256(block.translate(_INNER) + message).digest()).digest()


def subject_key(master: bytes, leaf_pseudonym: str, handle: bytes = b"") -> bytes:
    """The 32-byte key that all salts about one subject derive from.

    ``handle`` is the secret of the person that the subject is (``Standing.handle``), empty where there is none.
    INVARIANT (P8): the pseudonym stands in the log and the master key stays; the handle is erased, and with it every salt.
    """
    return mac(mac(master, b"handle\n" + handle) if handle else master, b"subject\n" + leaf_pseudonym.encode())


def salt(key: bytes, entry: str, name: str) -> bytes:
    """The 32-byte salt of field ``name`` of the entry called ``entry`` under a subject's key."""
    return mac(key, f"salt\n{entry}\n{name}".encode())


def commit(salt: bytes, name: str, value: str | int) -> str:
    """The commitment, 64 hex digits. ``value`` is text or an integer below 2**53."""
    return mac(salt, _ENCODER.encode((name, value))).hex()


def opens(commitment: str, salt: bytes, name: str, value: str | int) -> bool:
    """Whether the commitment was made from this salt, name and value; compared in constant time."""
    return hmac.compare_digest(commitment, commit(salt, name, value))
