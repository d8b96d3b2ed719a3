"""A counter as a process: reads history up to a moment, and nothing after it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from safeconduct.assembly.demo.census_process import Counted
from safeconduct.assembly.demo.enrollment import activate, enter
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import Seat, State
from safeconduct.assembly.home import Home
from safeconduct.terms.moments import Moment
from support.demo_world import demo_desk, enrolled, verdicts

WORLD = populate(150, 12)


def _count(home: Home, written: Path, state: State, at: Moment, part: int) -> Counted:
    words = [home.path, written, int(state), at, part, 2, 5]
    command = [sys.executable, "-m", "safeconduct.assembly.demo.census_process", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Counted)


def _written(path: Path, seats: list[Seat]) -> Path:
    path.write_text("".join("\t".join(seat) + "\n" for seat in seats))
    return path


def test_p6_counters_answer_as_of_the_moment_they_are_given(tmp_path: Path) -> None:
    moments = {}
    with demo_desk(tmp_path) as (home, desk):
        files = enrolled(desk, WORLD, tmp_path)
        for state in (State.AUTHORIZED, State.LETTER):
            enter(desk, letters(WORLD)[state])
            activate(desk, letters(WORLD)[state])
            moments[state] = desk.now()
    for state, at in moments.items():
        seats = verdicts(files, state, at)
        parts = [_count(home, _written(tmp_path / f"{state}.tsv", seats), state, at, part) for part in range(2)]
        assert sum(part.seats for part in parts) == len(seats)
        assert [(part.unmatched, part.sampled_wrong, part.differences) for part in parts] == [(0, 0, [])] * 2
        assert all(part.sampled > 0 for part in parts)
        assert [count.wrong for part in parts for count in part.counts] == [0] * 4
        fewer = _count(home, _written(tmp_path / "fewer.tsv", seats[1:]), state, at, 0)
        other = _count(home, tmp_path / "fewer.tsv", state, at, 1)
        assert fewer.unmatched + other.unmatched == 1, "a seat that no table has is found"
