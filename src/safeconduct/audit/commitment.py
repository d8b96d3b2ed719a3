"""How does an entry speak of something without saying it? Salted commitments (P8).

``commit(salt, name, value)`` is HMAC-SHA256(salt, RFC 8785 of [name, value]): whoever holds the salt can open it, nobody else
can guess it, and destroying the key that salts derive from erases the link. Keys are kept elsewhere; this is arithmetic.

Derivation: master key -> key of one subject (leaf pseudonym) -> salt of one field of one entry. The entry is named by what it
already carries and never repeats: the call id of a call.
"""

from __future__ import annotations

import hmac

import msgspec

_ENCODER = msgspec.json.Encoder()


def subject_key(master: bytes, leaf_pseudonym: str) -> bytes:
    """The 32-byte key that all salts about one subject derive from."""
    return hmac.digest(master, b"subject\n" + leaf_pseudonym.encode(), "sha256")


def salt(key: bytes, entry: str, name: str) -> bytes:
    """The 32-byte salt of field ``name`` of the entry called ``entry`` under a subject's key."""
    return hmac.digest(key, f"salt\n{entry}\n{name}".encode(), "sha256")


def commit(salt: bytes, name: str, value: str | int) -> str:
    """The commitment, 64 hex digits. ``value`` is text or an integer below 2**53."""
    return hmac.digest(salt, _ENCODER.encode((name, value)), "sha256").hex()


def opens(commitment: str, salt: bytes, name: str, value: str | int) -> bool:
    """Whether the commitment was made from this salt, name and value; compared in constant time."""
    return hmac.compare_digest(commitment, commit(salt, name, value))
