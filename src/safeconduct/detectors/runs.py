"""Where does a run of characters begin and end? By hand and in linear time: patterns only find where to look.

Everything here works on bytes (UTF-8), and looks at no more than a bound says.
"""

from __future__ import annotations

from typing import Final

DIGITS: Final = b"0123456789"
UPPER: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER: Final = UPPER.lower()
ALNUM: Final = DIGITS + UPPER + LOWER
CLASSES: Final[dict[str, bytes]] = {
    "digits": DIGITS,
    "hex": b"0123456789abcdefABCDEF",
    "hexword": b"0123456789abcdefABCDEF_",
    "lowerhex": b"0123456789abcdef",
    "upper": UPPER + DIGITS,
    "lower": LOWER + DIGITS,
    "alnum": ALNUM,
    "word": ALNUM + b"_",
    "dash": ALNUM + b"_-",
    "dots": ALNUM + b"_-.",
    "tilde": ALNUM + b"_-.~",
    "path": ALNUM + b"_-/",
    "equals": ALNUM + b"_-=",
    "dotequals": ALNUM + b"_-.=",
    "base64": ALNUM + b"+/=",
    "base64url": ALNUM + b"+/=_-",
}
SPACES: Final = b" \t\r\n\v\f\x00"  # NUL stands between texts
LONGEST: Final = 4_096  # bytes: no run is followed further


def table(inside: bytes) -> bytes:
    """For :func:`end_of`: 1 for each byte of the class, 0 for others."""
    members = frozenset(inside)
    return bytes(1 if byte in members else 0 for byte in range(256))


TABLES: Final[dict[str, bytes]] = {name: table(members) for name, members in CLASSES.items()}
SOLID: Final = bytes(0 if byte in SPACES else 1 for byte in range(256))
"""Everything but white space."""


def end_of(data: bytes, start: int, inside: bytes, limit: int = LONGEST) -> int:
    """Where the run that begins at ``start`` ends, at most ``limit`` bytes on. ``inside`` is a :func:`table`."""
    chunk = data[start : start + limit].translate(inside)
    length = chunk.find(0)
    return start + (len(chunk) if length < 0 else length)


def start_of(data: bytes, end: int, members: bytes, limit: int = LONGEST) -> int:
    """Where the run that ends at ``end`` starts, at most ``limit`` bytes before."""
    size = 128
    while True:
        size = min(size, limit, end)
        kept = len(data[end - size : end].rstrip(members))
        if kept or size == min(limit, end):
            return end - size + kept
        size *= 8


def solid_start(data: bytes, end: int, limit: int = LONGEST) -> int:
    """Where the run without white space that ends at ``end`` starts."""
    low = max(0, end - limit)
    return max(data.rfind(b" ", low, end), data.rfind(b"\n", low, end), data.rfind(b"\t", low, end), low - 1) + 1


def line_start(data: bytes, at: int, limit: int = LONGEST) -> int:
    """Where the line that holds ``at`` starts; a line feed written as an escape counts."""
    low = max(0, at - limit)
    escaped = data.rfind(b"\\n", low, at)
    return max(data.rfind(b"\n", low, at) + 1, escaped + 2 if escaped >= 0 else 0, low)


def line_end(data: bytes, at: int, limit: int = LONGEST) -> int:
    """Where the line that holds ``at`` ends."""
    high = min(len(data), at + limit)
    ends = [end for end in (data.find(b"\n", at, high), data.find(b"\\n", at, high)) if end >= 0]
    return min(ends, default=high)
