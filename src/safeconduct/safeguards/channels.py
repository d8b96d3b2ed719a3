"""What is known of one text of a stream as it comes, and of one event that waits? The pieces that hold-back is made of.

A channel is what a client joins into one text; an event brings stretches of channels. When an event may leave is ``holdback``'s
question.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from safeconduct.terms.blocks import Edit
from safeconduct.terms.findings import Finding
from safeconduct.terms.moments import Moment
from safeconduct.terms.streams import Said

CONTEXT: Final = 256  # characters before what is open that a detector sees again: words that tell what a value is
TRIMMED: Final = 64  # characters more than that, before they are let go: each of them is scanned with every event until then

EAGER: Final = 512  # characters that may be open and are scanned again with every event; of more,
GROWTH: Final = 16  # the part that has to be new


class Span:
    """``text`` instead of what stands on a channel from ``start`` to ``end``, counted from the channel's beginning."""

    __slots__ = ("end", "start", "text")

    def __init__(self, start: int, end: int, text: str) -> None:
        self.start = start
        self.end = end
        self.text = text


class Channel:
    """One text as it comes. ``window`` is its end, from ``base`` on; what lies before ``decided`` cannot change any more.

    ``seam`` is where its last part began: clients show the parts of a text apart, too.
    """

    __slots__ = (
        "address",
        "base",
        "decided",
        "said",
        "scanned",
        "seam",
        "seams",
        "spans",
        "window",
    )

    def __init__(self, said: Said) -> None:
        self.said = said
        self.window = ""
        self.address = ""  # the beginning of an address that was forgotten and goes on in the window
        self.base = 0
        self.decided = 0
        self.scanned = 0  # how far it was when it was scanned last
        self.seam = 0
        self.spans: list[Span] = []  # changes, until the events that hold them left
        self.seams: list[int] | None = None  # of what is mixed of other channels: where one of them ends and another goes on

    @property
    def end(self) -> int:
        return self.base + len(self.window)

    @property
    def due(self) -> bool:
        """Whether enough came since the last scan. What is long open is scanned again with each sixteenth that is new.

        Scanned with each event, a long run would cost as many scans of all of it as it has events.
        """
        open_ = self.end - self.decided
        return open_ <= EAGER or (self.end - self.scanned) * GROWTH >= open_

    def trim(self) -> None:
        """Forget what no detector has to see again."""
        cut = self.decided - self.base - CONTEXT
        if cut > TRIMMED:
            space = self.window.find(" ", cut, cut + CONTEXT // 2)
            cut = space if space > 0 else cut
            self.window = self.window[cut:]
            self.base += cut


Part = tuple[Channel, int, int, str]  # a stretch of a channel, and where it stands in the event that brings it


class Waiting:
    """One event that waits: its bytes, the stretches of channels it brings, and edits of its whole texts."""

    __slots__ = ("data", "edits", "parts", "since", "whole")

    def __init__(self, data: bytes, since: Moment) -> None:
        self.data = data
        self.since = since
        self.edits: list[Edit] = []
        self.parts: list[Part] = []
        self.whole = False  # it does more than to bring one text, so it is never split


def last_part(channel: Channel) -> str:
    """What came since the last part of a text ended, where it is read apart from what stands directly before it, too."""
    at = channel.seam - channel.base
    return channel.window[at:] if 0 < at < len(channel.window) and not channel.window[at - 1].isspace() else ""


def joined(found: list[Finding], apart: list[Finding], by: int, size: int) -> list[Finding]:
    """Findings in a text, and in its last part, which begins at ``by``; each once."""
    moved = [msgspec.structs.replace(each, start=each.start + by, end=each.end + by if each.end else size) for each in apart]
    known = {(each.detector, each.kind, each.start, each.end) for each in found}
    return [*found, *(each for each in moved if (each.detector, each.kind, each.start, each.end) not in known)]


def edits_of(spans: Iterable[Span], start: int, end: int, path: str) -> list[Edit]:
    """What the spans of a channel change in the stretch of it that one event brings. The first event of a span gets its text."""
    return [
        Edit(path, max(span.start, start) - start, min(span.end, end) - start, span.text if span.start >= start else "")
        for span in spans
        if span.start < end and span.end > start
    ]


def over_seams(found: Iterable[Finding], channel: Channel) -> list[Finding]:
    """Findings in mixed text that no channel alone can tell."""
    seams = [seam - channel.base for seam in channel.seams or ()]
    return [each for each in found if any(each.start < seam < each.end for seam in seams)]


def merged(edits: list[Edit]) -> list[Edit]:
    """Edits without overlaps: where two change the same characters, the first says what stands there."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda each: (each.path, each.start)):
        last = kept[-1] if kept else None
        if last is not None and last.path == edit.path and edit.start < last.end:
            kept[-1] = Edit(last.path, last.start, max(last.end, edit.end), last.text)
        else:
            kept.append(edit)
    return kept
