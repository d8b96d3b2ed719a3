"""Who is asked about the texts of one call, and when? Detectors in other processes at once; the judge about what is left to it.

How processes are reached is the scanner's part, how the judge is asked the judge's. A text that is longer than one question is
asked about in pieces, so that nothing of it goes unjudged.

INVARIANT (P12): whoever asks hears exactly once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from safeconduct.exchange import doubt
from safeconduct.gateway.judge import Judge
from safeconduct.gateway.scanner import Scanner
from safeconduct.safeguards.judging import MOST_CHARACTERS, Judgment
from safeconduct.safeguards.ports import Wanted
from safeconduct.safeguards.seen import Heard
from safeconduct.terms.safeguards import JUDGE

MOST_QUESTIONS: Final = 64  # about one call; a call that needs more is not judged
AT_ONCE: Final = 8  # of one call
OVERLAP: Final = 400  # characters that two pieces of one text share

_WHY: Final = {"judge_late": "late", "judge_unreadable": "error"}

Then = Callable[[tuple[Heard | None, ...]], None]
Failed = Callable[[str, str], None]


class Scanning:
    """A worker's way to everything that looks at texts elsewhere. ``gray`` as ``Enabled`` has it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, scanner: Scanner, judge: Judge | None = None, gray: float = 0.0) -> None:
        self._loop = loop
        self._scanner = scanner
        self._judge = judge
        self._gray = gray

    def scan(self, texts: Sequence[Wanted], then: Callable[[tuple[Heard, ...]], None], failed: Failed) -> None:
        """Ask about texts that a call waits for: all of them the judge's, or none. ``then`` or ``failed`` hears, later."""
        if texts[0].process != JUDGE:
            self._scanner.scan(texts, then, failed)
        elif self._judge is None:
            self._loop.call_soon(failed, JUDGE, "gone")
        else:
            Deliberation(self._loop, self._judge, texts, lambda heard: then(_whole(heard)), failed)

    def score(self, texts: Sequence[Wanted], then: Then) -> None:
        """Ask about texts that nobody waits for; ``then`` hears of each what was said of it, if anything was."""
        mine = [each for each in texts if each.process == JUDGE]
        others = [each for each in texts if each.process != JUDGE]
        if not mine:
            self._scanner.score(texts, then)
            return
        said: dict[bytes, Heard] = {}

        def scored(heard: tuple[Heard | None, ...]) -> None:
            told = {(one.text, one.origin): each for one, each in zip(others, heard, strict=True) if each is not None}
            said.update({one.key: each for one, each in zip(others, heard, strict=True) if each is not None})
            asked = doubt.confirmed(mine, told, self._gray)
            if not asked or self._judge is None:
                then(tuple(said.get(each.key) for each in texts))
                return
            Deliberation(self._loop, self._judge, asked, lambda heard: judged(asked, heard), None)

        def judged(asked: Sequence[Wanted], heard: tuple[Heard | None, ...]) -> None:
            said.update({one.key: each for one, each in zip(asked, heard, strict=True) if each is not None})
            then(tuple(said.get(each.key) for each in texts))

        if others:
            self._scanner.score(others, scored)
        else:
            self._loop.call_soon(scored, ())


class Deliberation:
    """The judge's part of one call: some questions at once, the others when there is room. ``failed`` where the call waits."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, judge: Judge, texts: Sequence[Wanted], then: Then, failed: Failed | None
    ) -> None:
        self._judge = judge
        self._texts = texts
        self._then = then
        self._failed = failed
        self._left = deque((place, piece) for place, each in enumerate(texts) for piece in pieces(each.text))
        self._open: set[Callable[[], None]] = set()
        self._judgments: list[list[Judgment] | None] = [[] for _ in texts]  # None: a piece of it was not judged
        self._done = False
        if len(self._left) > MOST_QUESTIONS:
            if failed is not None:
                loop.call_soon(failed, JUDGE, "gone")
                return
            for place, _ in list(self._left)[MOST_QUESTIONS:]:
                self._judgments[place] = None
            self._left = deque(list(self._left)[:MOST_QUESTIONS])
        self._ask()

    def _ask(self) -> None:
        while self._left and len(self._open) < AT_ONCE:
            place, piece = self._left.popleft()
            self._question(place, piece)

    def _question(self, place: int, piece: str) -> None:
        about = self._texts[place].about
        call, purpose = ("", "") if about is None else (about.call, about.purpose)
        give_up: list[Callable[[], None]] = []

        def hears(judgment: Judgment | None, code: str) -> None:
            self._open.difference_update(give_up)
            self._hear(place, judgment, code)

        give_up.append(self._judge.ask(call, [piece], purpose, hears, held=self._failed is not None))
        self._open.update(give_up)

    def _hear(self, place: int, judgment: Judgment | None, code: str) -> None:
        if self._done:
            return
        before = self._judgments[place]
        if judgment is None:
            if self._failed is not None:
                self._fail(_WHY.get(code, "gone"))
                return
            self._judgments[place] = None
        elif before is not None:
            before.append(judgment)
        self._ask()
        if not self._left and not self._open:
            self._done = True
            self._then(tuple(None if each is None else doubt.heard_of(each) for each in self._judgments))

    def _fail(self, why: str) -> None:
        """INVARIANT: P1 - one text that was not judged, and the call does not leave."""
        assert self._failed is not None
        self._done = True
        self._left.clear()
        for give_up in list(self._open):
            give_up()
        self._failed(JUDGE, why)


def pieces(text: str) -> list[str]:
    """A text in pieces that fit into a question; neighbors overlap, so that no sentence is cut for both."""
    if len(text) <= MOST_CHARACTERS:
        return [text]
    step = MOST_CHARACTERS - OVERLAP
    return [text[start : start + MOST_CHARACTERS] for start in range(0, len(text) - OVERLAP, step)]


def _whole(heard: Sequence[Heard | None]) -> tuple[Heard, ...]:
    """What a held judge said: it fails before it says nothing of a text."""
    return tuple(each for each in heard if each is not None)
