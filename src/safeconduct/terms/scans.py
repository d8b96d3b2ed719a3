"""What do workers and detectors in other processes say to each other? One text a question, one answer each, in frames.

A frame is its length in four bytes, big-endian, and a msgpack array. A process greets whoever connects with an answer to
question 0: only then it is known to be at work, and not merely listening.
"""

from __future__ import annotations

import struct
from enum import StrEnum
from typing import Final

import msgspec

from safeconduct.terms.blocks import Origin
from safeconduct.terms.findings import Finding
from safeconduct.terms.signals import Features

MOST_CHARACTERS: Final = 400_000  # of one text; of a longer one its head and its tail are asked about
MAX_FRAME: Final = 8 * 1024 * 1024
GREETING: Final = 0
_LENGTH: Final = struct.Struct(">I")


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """What the detectors of one process said of one text. Paths of findings are empty: the same text may stand anywhere.

    ``repeats`` are calls whose answers the text repeats.
    """

    findings: tuple[Finding, ...] = ()
    features: Features = Features()
    repeats: tuple[str, ...] = ()


CLEAN: Final = Heard()


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a text stands: in which call, for whom, with which model. Ids of the registry; ``subject`` is the leaf pseudonym."""

    call: str = ""
    organization: str = ""
    project: str = ""
    model: str = ""
    subject: str = ""


class Part(StrEnum):
    """What is wanted of a text."""

    LOOK = "look"  # what it holds
    PROMPT = "prompt"  # that it is known as what the caller of a call sent
    ANSWER = "answer"  # that it is remembered as what a call was answered


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """A question. ``waits``: a call waits for the answer, so it comes before those that none waits for.

    ``place`` is told only to those to whom it matters where a text stands.
    """

    number: int
    waits: bool
    origin: Origin
    text: str
    place: Place | None = None
    part: Part = Part.LOOK


class Said(msgspec.Struct, frozen=True, array_like=True):
    """The answer to question ``number``; nothing where a detector erred or too much was asked at once."""

    number: int
    heard: Heard | None = None


_encode = msgspec.msgpack.Encoder().encode
asked = msgspec.msgpack.Decoder(Asked).decode
"""Read a question. Raises msgspec.MsgspecError."""
said = msgspec.msgpack.Decoder(Said).decode
"""Read an answer. Raises msgspec.MsgspecError."""


def framed(message: Asked | Said) -> bytes:
    """A message as it travels."""
    data = _encode(message)
    return _LENGTH.pack(len(data)) + data


def shortened(text: str) -> str:
    """A text as it is asked about: without lone surrogates, which no encoding carries, and no longer than is looked at."""
    if len(text) > MOST_CHARACTERS:
        half = MOST_CHARACTERS // 2
        text = f"{text[:half]}\n{text[-half:]}"
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class Frames:
    """Takes bytes as they come and gives whole messages."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now. Raises ValueError for one that is too long."""
        held = self._held
        held += data
        found, at = [], 0
        while len(held) - at >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(held, at)
            if size > MAX_FRAME:
                raise ValueError(f"a message of {size} bytes is longer than any that is sent")
            end = at + _LENGTH.size + size
            if len(held) < end:
                break
            found.append(bytes(held[at + _LENGTH.size : end]))
            at = end
        del held[:at]
        return found
