"""What is done for each state of the law beside the callers? The letter's way to approval, the verdicts, the count of everybody.

Each is a process of its own: the preview is the product's command, the verdicts share no line with the product, and the
counters decide on two cores while the gateway serves.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from safeconduct.assembly.demo import narration
from safeconduct.assembly.demo.census import total
from safeconduct.assembly.demo.census_process import Counted
from safeconduct.assembly.demo.chapter import Chapter, Seat, Stage
from safeconduct.assembly.demo.enrollment import agree, write_up
from safeconduct.assembly.demo.letters import Letter
from safeconduct.assembly.demo.narration import Listener
from safeconduct.assembly.demo.population import Population
from safeconduct.assembly.demo.tables import Files
from safeconduct.assembly.demo.verdicts import MODELS, YES, State, read_verdicts
from safeconduct.assembly.home import Home
from safeconduct.desk.desk import Desk
from safeconduct.terms.moments import SECOND, Moment, show

COUNTERS = 2  # processes that decide the whole population
SAMPLE = 20_000  # seats decided one by one in the last state that cuts, beside everybody in classes
MOST_LINE = 256 * 1024  # bytes of a line that a counter writes


@dataclass(slots=True)
class Play:
    """One performance, and what has been seen of it so far."""

    home: Home
    environ: Mapping[str, str]
    desk: Desk
    population: Population
    files: Files
    listener: Listener
    chapters: list[Chapter] = field(default_factory=list)
    moments: dict[State, Moment] = field(default_factory=dict)
    counted: dict[State, Counted] = field(default_factory=dict)
    previewed: dict[State, float] = field(default_factory=dict)
    judged: dict[State, float] = field(default_factory=dict)
    recorded: float = 0.0
    faults: list[str] = field(default_factory=list)


async def approve(play: Play, letter: Letter, state: State) -> None:
    """A letter's life up to its activation; the preview is the product's own command, and what it says has to come true."""
    write_up(play.desk, letter)
    began = time.monotonic()
    words = ["safeconduct", "instrument", "preview", letter.id, "--json"]
    pipe = subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*python(), *words, env=dict(play.environ), stdout=pipe, stderr=pipe)
    printed, said = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the preview failed: {said.decode(errors='replace')[-1000:]}")
    found: dict[str, Any] = msgspec.json.decode(printed)
    took = time.monotonic() - began
    play.previewed[state] = round(play.previewed.get(state, 0.0) + took, 2)
    for line in narration.preview(letter.id, found, took):
        play.listener.say(line)
    agree(play.desk, letter, str(found["digest"]))
    if state is not State.AUTHORIZED:
        figures = (int(found["figures"]["lost"]), int(found["figures"]["gained"]))
        due = _turned(play, state)
        if figures != due:
            play.faults.append(f"the preview of {letter.id} says that {figures[0]} lose and {figures[1]} gain; by law {due}")


def _turned(play: Play, state: State) -> tuple[int, int]:
    """How many seats the law of a state takes a model from, and how many it gives one, against the state before."""
    lost = gained = 0
    pairs = zip(*(read_verdicts(_verdicts_of(play, State(each))) for each in (state - 1, state)), strict=True)
    for before, after in pairs:
        words = list(zip(before[2:], after[2:], strict=True))
        lost += any(was == YES != now for was, now in words)
        gained += any(was != YES == now for was, now in words)
    return lost, gained


def _verdicts_of(play: Play, state: State) -> Path:
    return play.files.folder / f"verdicts-{int(state)}.tsv"


async def judge(play: Play, state: State) -> Path:
    """Let the verdicts of a state be written, by a process that knows nothing of the product."""
    out = _verdicts_of(play, state)
    now = play.desk.now()
    began = time.monotonic()
    words = [out, int(state), show(now - now % SECOND), play.files.world, *play.files.rosters]
    process = await asyncio.create_subprocess_exec(*python(), "safeconduct.assembly.demo.verdicts", *map(str, words))
    if await process.wait():
        raise RuntimeError("the verdicts could not be written")
    play.judged[state] = round(time.monotonic() - began, 2)
    return out


def expected(stage: Stage, verdicts: Path) -> dict[Seat, str]:
    """The verdict for each of the cast and each model."""
    cast = {(caller.who, caller.member.organization): caller for caller, _ in stage.seats}
    found: dict[Seat, str] = {}
    for seat in read_verdicts(verdicts):
        caller = cast.get((seat.who, seat.organization))
        if caller is not None:
            found |= {(caller, model): word for model, word in zip(MODELS, (seat.fable, seat.mythos), strict=True)}
    return found


async def count(play: Play, state: State, at: Moment, verdicts: Path) -> Counted:
    """Decide the whole population as of ``at``, in processes beside the serving gateway."""
    people = play.population.size
    seats = play.files.memberships + len(play.population.agents)
    sample = max(1, seats // SAMPLE) if state is State.EXEMPTION else 0
    done = [0] * COUNTERS

    async def part(number: int) -> Counted:
        words = [play.home.path, verdicts, int(state), at, number, COUNTERS, sample]
        argv = [*python(), "safeconduct.assembly.demo.census_process", *map(str, words)]
        process = await asyncio.create_subprocess_exec(*argv, env=dict(play.environ), stdout=subprocess.PIPE, limit=MOST_LINE)
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                if line.startswith(b"{"):
                    return msgspec.json.decode(line, type=Counted)
                done[number] = int(line)
                play.listener.progress(f"state {int(state)}", min(sum(done), people), people)
            raise RuntimeError(f"a counter ended early with {await process.wait()}")
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    parts = await asyncio.gather(*(part(number) for number in range(COUNTERS)))
    play.listener.progress(f"state {int(state)}", people, people)
    whole = merged(parts)
    if whole.unmatched or whole.seats != seats:
        play.faults.append(f"{whole.seats} seats were decided and {whole.unmatched} of them are in no table; there are {seats}")
    if whole.sampled_wrong:
        play.faults.append(f"{whole.sampled_wrong} of the answers given one by one are not the verdict")
    return whole


def merged(parts: Sequence[Counted]) -> Counted:
    """What several counters found, together."""
    return Counted(
        counts=total(each.counts for each in parts),
        differences=[line for each in parts for line in each.differences],
        seats=sum(each.seats for each in parts),
        unmatched=sum(each.unmatched for each in parts),
        sampled=sum(each.sampled for each in parts),
        sampled_wrong=sum(each.sampled_wrong for each in parts),
        seconds=max(each.seconds for each in parts),
    )


def python() -> list[str]:
    """How this Python is started again, followed by the name of a module."""
    return [sys.executable, "-I", "-m"] if sys.flags.isolated else [sys.executable, "-m"]
