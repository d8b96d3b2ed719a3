"""A counter as a process: reads history up to a moment, and nothing after it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from safeconduct.assembly.demo.census import Count, total
from safeconduct.assembly.demo.enrollment import activate, enroll, enter
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import State
from safeconduct.assembly.home import Home
from safeconduct.terms.moments import Moment
from support.demo_world import demo_desk

PEOPLE, ORGANIZATIONS = 120, 8


def _count(home: Home, state: State, at: Moment, part: int) -> list[Count]:
    words = [home.path, PEOPLE, ORGANIZATIONS, int(state), at, part, 2]
    command = [sys.executable, "-m", "safeconduct.assembly.demo.census_process", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=list[Count])


def test_p6_counters_answer_as_of_the_moment_they_are_given(tmp_path: Path) -> None:
    world = populate(PEOPLE, ORGANIZATIONS)
    with demo_desk(tmp_path) as (home, desk):
        enroll(desk, world, desk.now())
        enter(desk, letters(world)[State.AUTHORIZED])
        activate(desk, letters(world)[State.AUTHORIZED])
        before = desk.now()
        enter(desk, letters(world)[State.LETTER])
        activate(desk, letters(world)[State.LETTER])
        after = desk.now()
    early = total([_count(home, State.AUTHORIZED, before, part) for part in range(2)])
    late = total([_count(home, State.LETTER, after, part) for part in range(2)])
    assert [(each.permitted, each.denied, each.wrong) for each in early] == [(PEOPLE, 0, 0)] * 2
    assert all(each.permitted + each.denied == PEOPLE and each.denied > 0 and each.wrong == 0 for each in late)
