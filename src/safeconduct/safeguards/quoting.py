"""What does a shell read between ``$'`` and ``'``? Letters that octal, hexadecimal or Unicode escapes hide.

How a line of shell is taken apart is ``shell``'s question. Source: Bash Reference Manual, section 3.1.2.4, ANSI-C quoting.
"""

from __future__ import annotations

from typing import Final

_PLAIN: Final = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_FIGURES: Final = {"x": 2, "u": 4, "U": 8}  # hexadecimal ones at most; fewer will do
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_OCTAL: Final = frozenset("01234567")


def closed(text: str, at: int) -> int:
    """Where the quote ends that goes on from here; -1 where it does not. One behind a backslash ends nothing."""
    end = text.find("'", at)
    while end >= 0:
        before = len(text[at:end]) - len(text[at:end].rstrip("\\"))
        if before % 2 == 0:
            return end
        end = text.find("'", end + 1)
    return -1


def unescaped(text: str) -> str:
    """The text as the shell reads it. What is no escape stands for itself; the character zero ends it."""
    pieces: list[str] = []
    at = 0
    while (sign := text.find("\\", at)) >= 0:
        pieces.append(text[at:sign])
        letter, at = _escape(text, sign + 1)
        if letter == "\0":
            return "".join(pieces)
        pieces.append(letter)
    return "".join((*pieces, text[at:]))


def _escape(text: str, at: int) -> tuple[str, int]:
    """What the escape behind a backslash stands for, and where it ends."""
    kind = text[at : at + 1]
    if kind in _PLAIN:
        return _PLAIN[kind], at + 1
    if kind in _OCTAL:
        end = _run(text, at, 3, _OCTAL)
        return chr(int(text[at:end], 8) & 0xFF), end
    if kind in _FIGURES:
        end = _run(text, at + 1, _FIGURES[kind], _HEX)
        if end > at + 1:
            code = int(text[at + 1 : end], 16)
            return (chr(code) if code < 0x11_0000 else "\ufffd"), end
    elif kind == "c" and len(text) > at + 1:
        return chr(ord(text[at + 1]) & 0x1F), at + 2
    return "\\", at


def _run(text: str, start: int, most: int, figures: frozenset[str]) -> int:
    end = start
    while end < len(text) and end - start < most and text[end] in figures:
        end += 1
    return end
