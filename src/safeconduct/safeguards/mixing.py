"""What would a client read that joins what the dialect keeps apart? Channels in the order in which they speak, as one text.

A text that the dialect does not know may go on in one that it knows, or the other way round. Around such loose texts, all that is
said is read in one, too; only what lies over a seam of two channels is told of it, for the rest is told of each channel.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from safeconduct.safeguards.channels import CONTEXT, Channel, Part, Waiting
from safeconduct.terms.blocks import Origin
from safeconduct.terms.streams import Said

MIXED: Final = "\0mixed"  # no channel of a dialect is called so


class Mixing:
    """The mixed text of one stream. ``left`` is for how many characters more channels are mixed, ``last`` who spoke last."""

    __slots__ = ("_mixed", "last", "left")

    def __init__(self) -> None:
        self._mixed: Channel | None = None
        self.last: Channel | None = None
        self.left = 0

    def take(self, said: Said, channel: Channel, queue: Iterable[Waiting], parts: list[Part] | None) -> Channel:
        """Add what a channel said; the mixed text. The events that bring it, in ``queue`` and at hand, then wait for both."""
        last, mixed = self.last, self._mixed if self.left else None
        if mixed is None:
            mixed = Channel(Said(MIXED, "", said.path, Origin.OTHER))
            mixed.seams = []
            if last is not None and last is not channel:
                mixed.window = last.window[-CONTEXT:]
                _bring(mixed, last, queue, parts)
            self._mixed = mixed
        if last is not channel and mixed.seams is not None:
            mixed.seams = [*(seam for seam in mixed.seams if seam > mixed.base), mixed.end]
        start = mixed.end
        mixed.window += said.text
        if parts is not None:
            parts.append((mixed, start, mixed.end, said.path))
        self.left = CONTEXT if said.loose else max(0, self.left - len(said.text))
        return mixed


def _bring(mixed: Channel, last: Channel, queue: Iterable[Waiting], parts: list[Part] | None) -> None:
    """The end of what the channel before said, as far as it waits, is a part of the mixed text."""
    by = last.end - mixed.end
    for held in queue:
        more = [(mixed, start - by, end - by, path) for each, start, end, path in held.parts if each is last and end > by]
        if more:
            held.parts += more
            held.whole = True
    if parts is not None:
        parts += [(mixed, start - by, end - by, path) for each, start, end, path in parts if each is last and end > by]
