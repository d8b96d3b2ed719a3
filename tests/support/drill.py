"""The June drill for tests: a home of any size on the days of June 2026, and processes that judge it and decide it.

The clock is that of the story: 10, 13 and 27 June, 1 July. What is about to expire on the 20th lies between two letters.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec

from safeconduct.assembly import home as homes
from safeconduct.assembly.demo import tables
from safeconduct.assembly.demo.census_process import Counted
from safeconduct.assembly.demo.enrollment import activate, enroll, enter
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.play import merged
from safeconduct.assembly.demo.population import Population, populate
from safeconduct.assembly.demo.tables import Files
from safeconduct.assembly.demo.verdicts import State
from safeconduct.assembly.home import Home
from safeconduct.desk.desk import Desk
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.moments import SECOND, Moment, parse, show
from support.registry_desk import Clock, MemoryJournal

DAYS: dict[State, Moment] = {
    State.AUTHORIZED: parse("2026-06-10T12:00:00Z"),
    State.LETTER: parse("2026-06-13T12:00:00Z"),
    State.EXEMPTION: parse("2026-06-27T12:00:00Z"),
    State.LIFTED: parse("2026-07-01T12:00:00Z"),
}
LIMIT = 900.0  # seconds for one process


@dataclass
class Drill:
    """A home in which all four states came about. ``seconds`` says how long each step of making it took."""

    home: Home
    folder: Path
    desk: Desk
    population: Population
    files: Files
    moments: dict[State, Moment]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def seats(self) -> int:
        return self.files.memberships + len(self.population.agents)

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "SAFECONDUCT_HOME": str(self.home.path)}

    def verdicts(self, state: State) -> Path:
        """The verdicts of a state, written by a process that shares no line with the product."""
        out = self.folder / f"verdicts-{int(state)}.tsv"
        words = [out, int(state), show(self.moments[state]), self.files.world, *self.files.rosters]
        with _timed(self.seconds, f"verdicts of state {int(state)}"):
            subprocess.run(_command("verdicts", words), timeout=LIMIT, check=True)
        return out

    def decided(self, state: State, verdicts: Path, sample: int) -> Counted:
        """Everybody decided as of a state by two processes, compared with the verdicts; every ``sample``-th seat one by one."""
        words = [self.home.path, verdicts, int(state), self.moments[state]]
        commands = [_command("census_process", [*words, part, 2, sample]) for part in (0, 1)]
        with _timed(self.seconds, f"state {int(state)} decided and compared"):
            counted = merged(list(_answers(commands)))
        self.seconds[f"state {int(state)} decided"] = counted.seconds
        return counted


@contextmanager
def drill(folder: Path, people: int, organizations: int = 150) -> Iterator[Drill]:
    """Everything recorded and all four letters put in force, each on its day."""
    home = Home(folder / "home")
    homes.create(home)
    clock, seconds, randomness = Clock(), dict[str, float](), count(1)
    clock.now = DAYS[State.AUTHORIZED] - 3600 * SECOND
    population = populate(people, organizations)
    with _timed(seconds, "tables written"):
        files = tables.write(population, folder, clock.now)
    with ChangeStore.open(home.registry) as store:
        desk = Desk(
            store,
            MemoryJournal(),
            pepper=home.secret("pepper"),
            pseudonym_key=home.secret("pseudonym.key"),
            random=lambda size: next(randomness).to_bytes(size),
            clock=clock,
        )
        with _timed(seconds, "imported"):
            enroll(desk, files)
        moments = {}
        for state, documents in letters(population).items():
            clock.now = DAYS[state]
            with _timed(seconds, f"state {int(state)} brought about"):
                enter(desk, documents)
                activate(desk, documents)
            moments[state] = clock.now
        yield Drill(home, folder, desk, population, files, moments, seconds)


def _answers(commands: Sequence[list[str]]) -> Iterator[Counted]:
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    try:
        for each in running:
            said, _ = each.communicate(timeout=LIMIT)
            assert each.returncode == 0
            yield msgspec.json.decode(said.splitlines()[-1], type=Counted)
    finally:
        for each in running:
            each.kill()
            each.wait()


def _command(module: str, words: Sequence[object]) -> list[str]:
    return [sys.executable, "-m", f"safeconduct.assembly.demo.{module}", *map(str, words)]


@contextmanager
def _timed(seconds: dict[str, float], what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[what] = round(time.monotonic() - began, 2)
