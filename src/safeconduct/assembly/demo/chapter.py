"""What happens when a state of the law changes under live calls? One switch, watched from the callers' side and measured.

1. The letter was entered, checked, previewed and approved before; now it is activated, and the clock runs from its commit.
2. Streams of those it names must end with a terminal event; whoever it lets in is asked for until there is a yes.
3. All others must go on: every stream has to bring more text, none of it missing.
4. Everybody of the cast calls once more, for both models; each answer is held against the verdicts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from safeconduct.assembly.demo.calls import Answer, Door, Stream
from safeconduct.assembly.demo.census import word_of_code
from safeconduct.assembly.demo.enrollment import Caller, activate
from safeconduct.assembly.demo.letters import Letter
from safeconduct.assembly.demo.verdicts import HIDDEN, MODELS, YES, State
from safeconduct.desk.desk import Desk

PATIENCE = 8.0  # seconds to wait for something that should take a fraction of one
LOOK = 0.01  # seconds between two looks at the streams
AGAIN = 0.03  # seconds until somebody who was refused asks again
MORE = 2  # pieces of text that a stream must bring after a switch to count as undisturbed

T = TypeVar("T")
Seat = tuple[Caller, str]
"""One caller and one model: the most that a live stream is about."""


@dataclass(slots=True)
class Chapter:
    """What one switch did to the cast. ``wrong`` says in words what should not have happened."""

    state: State
    switch_ms: float = 0.0
    cut: list[Seat] = field(default_factory=list)
    went_on: list[Seat] = field(default_factory=list)
    let_in: list[Seat] = field(default_factory=list)
    answers: dict[Seat, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Stage:
    """The cast with its live streams, in front of one running gateway."""

    def __init__(self, desk: Desk, door: Door, callers: tuple[Caller, ...]) -> None:
        self._desk = desk
        self._door = door
        self.seats: tuple[Seat, ...] = tuple((caller, model) for caller in callers for model in MODELS)
        self.streams: dict[Seat, Stream] = {}

    async def nobody_gets_in(self) -> list[str]:
        """Before anything is in force every call is refused, and no name is given away. Returns what was otherwise."""
        return [_otherwise(seat, given, HIDDEN) for seat, given in (await self._ask(self.seats)).items() if given != HIDDEN]

    async def turn(self, state: State, letters: tuple[Letter, ...], expected: Mapping[Seat, str]) -> Chapter:
        """Bring ``state`` about by approved letters, and see what it does. ``expected`` is the verdict for each seat."""
        chapter = Chapter(state)
        named = [seat for seat in self.streams if expected[seat] != YES]
        waiting = [seat for seat in self.seats if expected[seat] == YES and seat not in self.streams]
        activate(self._desk, letters)
        began = time.monotonic()
        yes, _ = await asyncio.gather(self._until_yes(waiting), _until(lambda: all(self.streams[seat].cut for seat in named)))
        ends = [self.streams[seat].cut_at for seat in named] + [answer.at for answer in yes.values()]
        chapter.switch_ms = round(max(0.0, max(ends, default=began) - began) * 1000, 1)
        chapter.let_in = [seat for seat, answer in yes.items() if answer.status == 200]
        await self._judge_streams(chapter, expected)
        chapter.answers = await self._ask(self.seats)
        for seat, given in chapter.answers.items():
            if given != expected[seat]:
                chapter.wrong.append(_otherwise(seat, given, expected[seat]))
        await self._open_streams(expected, chapter)
        return chapter

    async def leave(self) -> None:
        """Everybody hangs up."""
        for stream in self.streams.values():
            stream.close()
        await asyncio.gather(*(stream.ended for stream in self.streams.values()))
        self.streams.clear()

    async def _judge_streams(self, chapter: Chapter, expected: Mapping[Seat, str]) -> None:
        """Sort the streams into those cut as they should be, those that went on, and what was wrong."""
        before = {seat: stream.pieces for seat, stream in self.streams.items() if expected[seat] == YES}
        await _until(lambda: all(self.streams[seat].pieces >= pieces + MORE for seat, pieces in before.items()))
        for seat, stream in list(self.streams.items()):
            if expected[seat] != YES:
                given = word_of_code(stream.cut) if stream.cut else YES
                if given == expected[seat]:
                    chapter.cut.append(seat)
                else:
                    chapter.wrong.append(_otherwise(seat, given, expected[seat]))
                    stream.close()
                del self.streams[seat]
            elif stream.alive and stream.pieces >= before[seat] + MORE:
                chapter.went_on.append(seat)
            else:
                chapter.wrong.append(f"{_seat(seat)}: the stream was disturbed ({stream.cut or 'torn or stalled'})")
                stream.close()
                del self.streams[seat]

    async def _open_streams(self, expected: Mapping[Seat, str], chapter: Chapter) -> None:
        fresh: dict[Seat, Stream] = {}
        for seat in self.seats:
            if expected[seat] == YES and seat not in self.streams:
                fresh[seat] = await self._door.listen(seat[0].key, seat[1])
        await _until(lambda: all(stream.alive for stream in fresh.values()))
        for seat, stream in fresh.items():
            if stream.alive:
                self.streams[seat] = stream
            else:
                chapter.wrong.append(f"{_seat(seat)}: no stream could be opened (status {stream.status})")
                stream.close()

    async def _ask(self, seats: Iterable[Seat]) -> dict[Seat, str]:
        async def one(seat: Seat) -> str:
            answer = await self._call(seat)
            return YES if answer.status == 200 else word_of_code(answer.code)

        return await _all_of(seats, one)

    async def _until_yes(self, seats: Iterable[Seat]) -> dict[Seat, Answer]:
        deadline = time.monotonic() + PATIENCE

        async def one(seat: Seat) -> Answer:
            while (answer := await self._call(seat)).status != 200 and time.monotonic() < deadline:  # noqa: ASYNC110 - another process decides
                await asyncio.sleep(AGAIN)
            return answer

        return await _all_of(seats, one)

    async def _call(self, seat: Seat) -> Answer:
        try:
            return await self._door.ask(seat[0].key, seat[1])
        except (OSError, TimeoutError) as wrong:
            return Answer(0, type(wrong).__name__, time.monotonic())


async def _all_of(seats: Iterable[Seat], one: Callable[[Seat], Awaitable[T]]) -> dict[Seat, T]:
    listed = list(seats)
    return dict(zip(listed, await asyncio.gather(*(one(seat) for seat in listed)), strict=True))


async def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, or patience ends; the caller looks again to see which."""
    deadline = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < deadline:  # noqa: ASYNC110 - streams of another process, no event of ours
        await asyncio.sleep(LOOK)


def _seat(seat: Seat) -> str:
    return f"{seat[0].kind}, {seat[1]}"


def _otherwise(seat: Seat, given: str, expected: str) -> str:
    return f"{_seat(seat)}: {given} instead of {expected}"
