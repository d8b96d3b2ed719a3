"""Is a string that looks like a secret or somebody's number one? Checksums, entropy, placeholders. Pure arithmetic on bytes."""

from __future__ import annotations

import binascii
import math
import tomllib
from collections import Counter
from importlib.resources import files
from typing import Final

import msgspec

_PLACES: Final = (
    b"example", b"xxxx", b"placeholder", b"changeme", b"change_me", b"change-me", b"redacted", b"dummy", b"insert", b"replace",
    b"1234567890", b"0123456789", b"abcdefgh", b"00000000", b"fake", b"sample", b"foobar", b"yourkey", b"your_", b"your-", b"my_",
    b"-here", b"_here", b"****", b"....", b"randomstring", b"tokenhere", b"_token", b"test_key", b"abc123", b"1234-1234",
)  # fmt: skip
_OPENERS: Final = (
    b"${", b"$(", b"{{", b"<", b"%(", b"$", b"{", b"[", b"(", b"`", b"*", b"@", b"!ref", b"!sub", b"...", b"!vault", b"!secret",
    b"!env", b"!import",
)  # fmt: skip
_OVER: Final = 1_735_689_600
"""Seconds of Unix time, the beginning of 2025: a token that ended before then opens nothing today."""

IBAN_LENGTHS: Final[dict[bytes, int]] = {
    country.encode(): length
    for country, length in tomllib.loads(files(__package__).joinpath("tables", "iban.toml").read_text()).items()
}
"""Length of an IBAN by country. Source: ISO 13616 registry."""

_VERHOEFF_D: Final = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_P: Final = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def entropy(value: bytes) -> float:
    """Shannon entropy in bits for each byte."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values()) if size else 0.0


def placeholder(value: bytes) -> bool:
    """True for what stands where a secret would: ``<token>``, ``${VAR}``, ``xxxx``, documented examples."""
    lower = value.lower()
    if lower.startswith(_OPENERS) or any(word in lower for word in _PLACES):
        return True
    return len(set(value)) <= max(2, min(len(value) // 8, 12))


def luhn(digits: bytes) -> bool:
    """The checksum of payment cards and some national numbers. Source: ISO/IEC 7812-1 annex B."""
    total = 0
    for place, byte in enumerate(reversed(digits)):
        figure = byte - 48
        if place % 2:
            figure = figure * 2 - 9 if figure > 4 else figure * 2
        total += figure
    return total % 10 == 0


def iban(value: bytes) -> bool:
    """True if country, length and checksum (mod 97) hold; ``value`` without spaces. Source: ISO 13616, ISO 7064."""
    if IBAN_LENGTHS.get(value[:2]) != len(value) or not value[2:4].isdigit() or not value.isalnum():
        return False
    turned = (value[4:] + value[:4]).decode("ascii")
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def card(digits: bytes) -> bool:
    """A payment card's number: an issuer's range, its length, and the checksum."""
    size = len(digits)
    two, four = int(digits[:2]), int(digits[:4])
    known = (
        (digits[:1] == b"4" and size in (13, 16, 19))
        or ((51 <= two <= 55 or 2221 <= four <= 2720) and size == 16)
        or (two in (34, 37) and size == 15)
        or ((two in (36, 38, 39) or 300 <= four // 10 <= 305) and size == 14)
        or ((four == 6011 or two == 65 or 644 <= four // 10 <= 649 or two == 62) and 16 <= size <= 19)
        or (3528 <= four <= 3589 and 16 <= size <= 19)
        or (four in (1800, 2131) and size == 15)
        or ((two in (50, 56, 57, 58, 61, 63, 64, 67, 68, 69)) and 13 <= size <= 19)
    )
    return known and len(set(digits)) > 2 and luhn(digits)


def ssn(digits: bytes) -> bool:
    """Nine digits that the US Social Security Administration could have given out."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    famous = digits in (b"078051120", b"219099999", b"123456789", b"111111111")
    return area not in (b"000", b"666") and area < b"900" and group != b"00" and serial != b"0000" and not famous


def verhoeff(digits: bytes) -> bool:
    """The checksum of Indian Aadhaar numbers. Source: J. Verhoeff, 1969."""
    check = 0
    for place, byte in enumerate(reversed(digits)):
        check = int(_VERHOEFF_D[check][int(_VERHOEFF_P[place % 8][byte - 48])])
    return check == 0


def ean13(digits: bytes) -> bool:
    """The checksum of Swiss AHV numbers (GS1 General Specifications)."""
    return sum((byte - 48) * (3 if place % 2 else 1) for place, byte in enumerate(digits)) % 10 == 0


def cpf(digits: bytes) -> bool:
    """The two check digits of a Brazilian CPF."""
    if len(set(digits)) == 1:
        return False
    for size in (9, 10):
        total = sum((byte - 48) * (size + 1 - place) for place, byte in enumerate(digits[:size]))
        if total * 10 % 11 % 10 != digits[size] - 48:
            return False
    return True


def dni(value: bytes) -> bool:
    """The letter of a Spanish DNI: eight digits mod 23."""
    return b"TRWAGMYFPDXBNJZSQVHLCKE"[int(value[:8]) % 23] == value[8]


def insee(digits: bytes) -> bool:
    """The key of a French social security number: 97 minus the thirteen digits mod 97."""
    return 97 - int(digits[:13]) % 97 == int(digits[13:15])


def address4(value: bytes) -> bool:
    """An IPv4 address of somebody: four octets, outside of private, local, documentation and multicast ranges."""
    parts = value.split(b".")
    if len(parts) != 4 or any(len(part) > 3 or not part.isdigit() or int(part) > 255 for part in parts):
        return False
    one, two, three, _ = (int(part) for part in parts)
    if any(len(part) > 1 and part[:1] == b"0" for part in parts) or one in (0, 10, 127) or one >= 224:
        return False
    if (one == 172 and 16 <= two <= 31) or (one, two) in ((192, 168), (169, 254)) or (one == 100 and 64 <= two <= 127):
        return False
    if (one, two, three) in ((192, 0, 2), (198, 51, 100), (203, 0, 113)):
        return False
    return value not in (b"8.8.8.8", b"8.8.4.4", b"1.1.1.1", b"1.0.0.1", b"9.9.9.9", b"1.2.3.4") and one > 4


def jwt(value: bytes) -> bool:
    """Three parts, of which the first two are JSON objects in base64url. Source: RFC 7519 section 3."""
    parts = value.split(b".")
    if len(parts) < 3 or len(parts[2]) < 16:
        return False
    for part in parts[:2]:
        try:
            start = binascii.a2b_base64(part[:8].replace(b"-", b"+").replace(b"_", b"/") + b"==")
        except binascii.Error:
            return False
        if start[:1] != b"{":
            return False
    return not _spent(parts[1])


class _Claims(msgspec.Struct):
    sub: object = None
    exp: object = None


def _spent(payload: bytes) -> bool:
    """True for claims that open nothing: the subject of tutorials (source: the debugger of jwt.io), or an end years ago.

    Whoever signed them: nobody can change a claim of a token that a server still takes.
    """
    standard = payload[:4_096].replace(b"-", b"+").replace(b"_", b"/")
    try:
        claims = msgspec.json.decode(binascii.a2b_base64(standard + b"=" * (-len(standard) % 4)), type=_Claims)
    except (binascii.Error, msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return claims.sub == "1234567890" or (isinstance(claims.exp, int | float) and 0 < claims.exp < _OVER)


def mixed(value: bytes, digits: int = 2) -> bool:
    """Letters and at least ``digits`` digits: what no word of a language looks like."""
    figures = sum(48 <= byte <= 57 for byte in value)
    return figures >= digits and any(byte > 64 for byte in value)


def uuid(value: bytes) -> bool:
    return len(value) == 36 and [len(part) for part in value.split(b"-")] == [8, 4, 4, 4, 12]
