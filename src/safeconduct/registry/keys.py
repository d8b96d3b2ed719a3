"""What does one of our keys look like, and how is it kept?

A key is ``sc-key-``, 43 base-62 digits of 32 random bytes, and 6 base-62 digits of a CRC-32 over everything before.
The prefix lets secret scanners find a leaked key; the checksum lets whoever finds one tell a key from a mistyped or made-up
one, without asking us. A key is shown once and kept only as HMAC-SHA256 under a pepper that lives outside the registry, so
a stolen registry neither holds usable keys nor lets anyone test guesses.
"""

from __future__ import annotations

import hmac
import zlib
from typing import Final

PREFIX: Final = "sc-key-"
OFFICER_PREFIX: Final = "sc-officer-"  # an officer's key opens the desk, never a model
RANDOM_BYTES: Final = 32
DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_DIGITS: Final = 43  # 62**43 > 2**256, the least number of digits that holds 32 bytes
CHECK_DIGITS: Final = 6  # 62**6 > 2**32
LENGTH: Final = len(PREFIX) + SECRET_DIGITS + CHECK_DIGITS
_ALPHABET: Final = frozenset(DIGITS)


def mint(random32: bytes, prefix: str = PREFIX) -> str:
    """Write a key from 32 random bytes. Raises ValueError for any other number of bytes."""
    if len(random32) != RANDOM_BYTES:
        raise ValueError(f"a key is made of {RANDOM_BYTES} random bytes, not {len(random32)}")
    stem = prefix + _base62(int.from_bytes(random32), SECRET_DIGITS)
    return stem + _checksum(stem)


def looks_like_key(text: str) -> bool:
    """Whether the text has the form of a key; says nothing about its checksum or its life."""
    return len(text) == LENGTH and text.startswith(PREFIX) and _ALPHABET.issuperset(text[len(PREFIX) :])


def looks_like_officer_key(text: str) -> bool:
    """Whether the text has the form of an officer's key, checksum included."""
    body = text.removeprefix(OFFICER_PREFIX)
    if len(body) != SECRET_DIGITS + CHECK_DIGITS or body == text or not _ALPHABET.issuperset(body):
        return False
    return _checksum(text[:-CHECK_DIGITS]) == text[-CHECK_DIGITS:]


def checksum_holds(text: str) -> bool:
    """Whether the text has the form of a key and its checksum is right: no slip of the pen."""
    return looks_like_key(text) and _checksum(text[:-CHECK_DIGITS]) == text[-CHECK_DIGITS:]


def digest(pepper: bytes, key: str) -> bytes:
    """What is kept of a key: HMAC-SHA256 under the pepper, 32 bytes."""
    return hmac.digest(pepper, key.encode("utf-8", "surrogatepass"), "sha256")


def _checksum(stem: str) -> str:
    return _base62(zlib.crc32(stem.encode("ascii")), CHECK_DIGITS)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 62)
        digits.append(DIGITS[rest])
    return "".join(reversed(digits))
