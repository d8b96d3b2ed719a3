"""What does a log say about its tree? The checkpoint's own text: origin, size, root. C2SP tlog-checkpoint v1.0.0.

Ours carry no extension lines: what only we understand, nobody else can check. Lines of others are allowed and passed over.
Who signed the text is note's question, what a cosigner means by signing it is cosignature's.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from safeconduct.audit.tree import HASH_BYTES, MAX_SIZE


class NoteInvalid(ValueError):
    """The note is malformed, or a key we trust did not sign this text."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: who keeps the log, how many entries, their root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the signed text; extension lines are allowed and passed over. Raises NoteInvalid."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0]:
            raise NoteInvalid("a checkpoint holds an origin, a size and a root")
        return cls(lines[0], decimal(lines[1]), digest(lines[2]))


def unbase64(text: str) -> bytes:
    """Strict standard base64: one text, one meaning. Raises NoteInvalid."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NoteInvalid("this is not base64") from fault
    if base64.b64encode(raw).decode() != text:
        raise NoteInvalid("this base64 has bits left over")
    return raw


def digest(text: str) -> bytes:
    """A hash in base64. Raises NoteInvalid."""
    raw = unbase64(text)
    if len(raw) != HASH_BYTES:
        raise NoteInvalid("a hash has 32 bytes")
    return raw


def decimal(text: str) -> int:
    """A size or index as it has to be written: ASCII digits without leading zeros. Raises NoteInvalid."""
    if not text.isascii() or not text.isdigit() or (text[0] == "0" and text != "0") or len(text) > 16:
        raise NoteInvalid("a size or index is a plain decimal number")
    number = int(text)
    if number > MAX_SIZE:
        raise NoteInvalid("the number is larger than any log")
    return number
