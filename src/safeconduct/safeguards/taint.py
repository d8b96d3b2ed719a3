"""Which words of a call come from nobody who is party to it? What untrusted texts say, to be compared with later tool calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from safeconduct.terms.blocks import UNTRUSTED, Block


@dataclass(frozen=True, slots=True)
class Taint:
    """What trusted and untrusted texts of one request say."""

    trusted: str = ""
    untrusted: str = ""
    full: bool = False

    @classmethod
    def of(cls, blocks: Iterable[Block]) -> Taint:
        """What the texts of a request say. Costs as much as reading them: ask for it when a tool call is there to be judged."""
        mine: list[str] = []
        theirs: list[str] = []
        for block in blocks:
            (theirs if block.origin in UNTRUSTED else mine).append(block.text)
        return cls("\n".join(mine), "\n".join(theirs))


NONE = Taint()
