"""Which words of an answer are to be remembered? What the model wrote, put together from however many pieces it came in.

Only where a rule asks for it (``reuse answer log``). What is made of the words, and for how long, is the detector's part.

INVARIANT: P8 - what is collected lives as long as the call and leaves for the process of the detector alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from safeconduct.safeguards.ports import About, Wanted
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.safeguards import REUSE
from safeconduct.terms.scans import Part, Place
from safeconduct.terms.streams import Heard

MOST: Final = 400_000  # characters of one answer; what comes behind them is not remembered
PIECE: Final = 300_000  # characters of one question
OVERLAP: Final = 200  # characters that two pieces share, so that no passage is cut for both
_WRITTEN: Final = frozenset({Origin.ASSISTANT, Origin.TOOL_CALL})
_BETWEEN: Final = "\n"


class Collected:
    """The words of one answer, for ``place``."""

    __slots__ = ("_channels", "_room", "_whole", "place")

    def __init__(self, place: Place) -> None:
        self.place = place
        self._channels: dict[str, list[str]] = {}
        self._whole: dict[tuple[Origin, str], None] = {}
        self._room = MOST

    def hear(self, heard: Heard) -> None:
        """Take what one event, or several, said. Arguments of tool calls count once they are whole."""
        for said in heard.said:
            if said.origin in _WRITTEN and not said.json:
                self._channels.setdefault(said.channel, []).append(self._taken(said.text))
        if heard.blocks:
            self.read(heard.blocks)
        for call in heard.calls:
            self._put(Origin.TOOL_CALL, call.arguments)

    def read(self, blocks: Iterable[Block]) -> None:
        """Take texts that came whole."""
        for block in blocks:
            if block.origin in _WRITTEN:
                self._put(block.origin, block.text)

    def questions(self) -> tuple[Wanted, ...]:
        """What the detector is told of the answer. The last one says that there is no more, so there is always one."""
        texts = {(Origin.ASSISTANT, "".join(pieces)): None for pieces in self._channels.values()}
        told = [_wanted(self.place, Part.ANSWER, origin, text) for origin, text in (texts | self._whole) if text]
        return (*told, _wanted(self.place, Part.ANSWER, Origin.ASSISTANT, ""))

    def _put(self, origin: Origin, text: str) -> None:
        if (origin, text) not in self._whole:
            self._whole[origin, self._taken(text)] = None

    def _taken(self, text: str) -> str:
        taken = text[: self._room]
        self._room -= len(taken)
        return taken


def asked(place: Place, blocks: Iterable[Block]) -> tuple[Wanted, ...]:
    """What the detector is told of a request whose answer will be remembered: what the answer only repeats is not its own."""
    whole = _BETWEEN.join([block.text for block in blocks])
    step = PIECE - OVERLAP
    starts = range(0, max(1, len(whole) - OVERLAP), step)
    return tuple(_wanted(place, Part.PROMPT, Origin.USER, whole[start : start + PIECE]) for start in starts)


def _wanted(place: Place, part: Part, origin: Origin, text: str) -> Wanted:
    return Wanted(b"", REUSE, origin, text, About(place=place), part=part)
