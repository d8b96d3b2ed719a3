"""What is looked for? The rules as data: where to look (a pattern), how a hit is read, and how it is checked.

Rules live in ``tables/*.toml``, one table for each detector. A pattern is for Hyperscan and only finds the place: it is short,
bounded, and ends at a known point. A reader (a function of ours) follows the text from there and says what is there, if anything.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any, Final

import msgspec

BEFORE: Final = rb"[^A-Za-moqsu-z0-9]"
"""What stands before a token: nothing that belongs to a word, or the n, r or t of an escape, as in JSON inside of JSON.

One class compiles and runs faster than two branches; :func:`begins` tells escapes from letters. Prefixes of FEW or more
characters are looked for without it, as plain literals, which is faster still."""
FEW: Final = 5
_OPENING: Final = frozenset(range(256)) - frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


class Rule(msgspec.Struct, frozen=True):
    """One rule. ``patterns`` end where reading starts; ``behind`` bytes before that belong to what is found already.

    ``charset``, ``least``, ``most`` (bytes beyond ``behind``), ``entropy`` (bits) and ``digits`` are for readers of tokens.
    ``reach`` is how many bytes after the pattern may still decide; ``vague`` rules yield to others at the same place;
    ``prefixed`` ones need :func:`begins`.
    """

    detector: str
    kind: str
    said: str
    reader: str
    patterns: tuple[bytes, ...]
    behind: int = 0
    charset: str = "alnum"
    least: int = 1
    most: int = 256
    entropy: float = 3.0
    digits: int = 1
    reach: int = 0
    vague: bool = False
    words: tuple[bytes, ...] = ()
    prefixed: bool = False


def begins(data: bytes, start: int) -> bool:
    """True if what starts here, behind BEFORE, is no part of a longer word."""
    before = data[start - 1]
    return before in _OPENING or (before in b"nrt" and data[start - 2 : start - 1] == b"\\")


def escaped(literal: str) -> bytes:
    """The literal as a pattern, byte by byte."""
    return b"".join(bytes([byte]) if chr(byte).isalnum() and byte < 128 else b"\\x%02x" % byte for byte in literal.encode())


def either_case(literal: str) -> bytes:
    """The literal as a pattern in any case, scripts other than Latin included."""
    options = []
    for letter in literal:
        forms = list(dict.fromkeys(form for form in (letter.lower(), letter.upper()) if len(form) == 1)) or [letter]
        plain = letter.isascii() or len(forms) == 1
        options.append(escaped(forms[0]) if plain else b"(?:" + b"|".join(escaped(form) for form in forms) + b")")
    return b"(?i:" + b"".join(options) + b")"


def read(name: str) -> dict[str, Any]:
    """One table of the package. Raises nothing in a whole installation: tables are part of it."""
    return tomllib.loads(files(__package__).joinpath("tables").joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def rules(detector: str, rows: list[dict[str, Any]]) -> list[Rule]:
    """The rows of a table as rules: one rule for each length of prefix, because ``behind`` is its length."""
    found: list[Rule] = []
    for row in rows:
        plain = {key: value for key, value in row.items() if key not in ("prefixes", "patterns", "before", "words")}
        words = tuple(word.encode() for word in row.get("words", ()))
        before = b"" if row.get("before") == "any" else BEFORE
        for size in sorted({len(prefix) for prefix in row.get("prefixes", ())}):
            patterns = tuple(
                (before if size < FEW else b"") + escaped(prefix) for prefix in row["prefixes"] if len(prefix) == size
            )
            found.append(
                Rule(
                    **{
                        **plain,
                        "detector": detector,
                        "patterns": patterns,
                        "behind": size,
                        "words": words,
                        "prefixed": before != b"",
                    }
                )
            )
        if "patterns" in row:
            patterns = tuple(pattern.encode() for pattern in row["patterns"])
            found.append(Rule(**{**plain, "detector": detector, "patterns": patterns, "words": words}))
    return found
