"""Is this event the one before it but for its text? Then nothing else of it has to be read again.

A stream repeats itself: events differ in a text, a number and some padding. A pattern is learned from an event that was read
thoroughly and strictly; where another one has the very same bytes around a text, it says nothing but that text.

INVARIANT (P3): what stands between the bytes of a pattern is one JSON string's inside, digits, or letters of padding, and cannot
end the string that it stands in. So no reader can find other members in the event.
"""

from __future__ import annotations

from typing import Final

import msgspec

MAX_PADDING: Final = 64  # characters of ``obfuscation``: random padding by the provider, which no model can write
MAX_DIGITS: Final = 18
_SEQUENCE: Final = b'"sequence_number":'
_PADDING: Final = b'"obfuscation":"'

_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder().encode


class Pattern:
    """The bytes around the text of an event: up to a number or the text, from the number to the text, and what follows."""

    __slots__ = ("_after", "_head", "_middle", "_squeezed", "_tail")

    def __init__(self, head: bytes, middle: bytes, after: bytes, tail: bytes) -> None:
        self._head = head
        self._middle = middle  # empty where no number comes before the text
        self._after = after
        self._tail = tail  # empty where there is no padding
        self._squeezed = after.translate(None, b" ")

    def text(self, event: bytes) -> str | None:
        """The text of an event of this pattern; None for any other."""
        if not event.startswith(self._head):
            return None
        at = len(self._head)
        if self._middle:
            end = event.find(self._middle, at, at + MAX_DIGITS + len(self._middle))
            if end < 0 or not event[at:end].isdigit():
                return None
            at = end + len(self._middle)
        stop = self._padded(event, at) if self._tail else self._plain(event)
        if stop < at:
            return None
        try:
            return _text(b'"%s"' % event[at:stop])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def _plain(self, event: bytes) -> int:
        """Where the text ends; -1 where other things than spaces follow it. Providers pad with spaces between braces."""
        if event.endswith(self._after):
            return len(event) - len(self._after)
        stop = event.rfind(b'"')
        return stop if event[stop:].translate(None, b" ") == self._squeezed else -1

    def _padded(self, event: bytes, at: int) -> int:
        if not event.endswith(self._tail):
            return -1
        stop = event.rfind(self._after, at)
        if stop < 0:
            return -1
        padding = event[stop + len(self._after) : len(event) - len(self._tail)]
        return stop if len(padding) <= MAX_PADDING and (padding.isalnum() or not padding) else -1


def learned(event: bytes, marker: bytes, text: str, padding: str) -> Pattern | None:
    """The pattern of an everyday event, whose text follows ``marker``; None where it is spelled in no usual way."""
    start = event.find(marker) + len(marker)
    end = start + len(_encode(text)) - 2
    if start < len(marker) or event[start : end + 1] != _encode(text)[1:]:
        return None
    head, middle = event[:start], b""
    at = head.find(_SEQUENCE)
    if at >= 0:
        at += len(_SEQUENCE)
        digits = len(head[at:]) - len(head[at:].lstrip(b"0123456789"))
        head, middle = head[:at], head[at + digits :]
        if not digits:
            return None
    if not padding:
        return Pattern(head, middle, event[end:], b"")
    place = event.find(_PADDING, end) + len(_PADDING)
    rest = place + len(padding)
    if place < len(_PADDING) or not padding.isalnum() or event[place:rest] != padding.encode():
        return None
    return Pattern(head, middle, event[end:place], event[rest:])
