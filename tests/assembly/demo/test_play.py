"""What is done beside the callers tells the truth, and says so when the tables say otherwise."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from safeconduct.assembly.demo import play as plays
from safeconduct.assembly.demo.census import Count
from safeconduct.assembly.demo.census_process import Counted
from safeconduct.assembly.demo.enrollment import activate
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.play import Play, approve, count, judge, merged
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import State, read_verdicts
from support.demo_world import demo_desk, enrolled, verdicts

WORLD = populate(150, 12)


class _Silent:
    def say(self, line: str) -> None:
        del line

    def progress(self, what: str, done: int, whole: int) -> None:
        assert done <= whole


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    with demo_desk(tmp_path) as (home, desk):
        files = enrolled(desk, WORLD, tmp_path)
        environ = {**os.environ, "SAFECONDUCT_HOME": str(home.path)}
        yield Play(home, environ, desk, WORLD, files, _Silent())


async def _bring_about(play: Play, state: State) -> Path:
    written = await judge(play, state)
    for letter in letters(WORLD)[state]:
        await approve(play, letter, state)
    activate(play.desk, letters(WORLD)[state])
    return written


def test_verdicts_preview_and_count_agree_and_a_seat_in_no_table_is_a_fault(play: Play) -> None:
    async def told() -> tuple[Counted, Counted]:
        await _bring_about(play, State.AUTHORIZED)
        written = await _bring_about(play, State.LETTER)
        assert list(read_verdicts(written)) == verdicts(play.files, State.LETTER, play.desk.now())
        whole = await count(play, State.LETTER, play.desk.now(), written)
        assert play.faults == []
        written.write_text("".join(written.read_text().splitlines(keepends=True)[1:]))
        return whole, await count(play, State.LETTER, play.desk.now(), written)

    whole, less = asyncio.run(told())
    seats = play.files.memberships + len(WORLD.agents)
    assert (whole.seats, whole.unmatched, whole.differences) == (seats, 0, [])
    assert [found.wrong for found in whole.counts] == [0, 0]
    assert less.unmatched == 1
    assert "1 of them are in no table" in play.faults[0]
    assert {each.status for each in play.desk.registry.instruments()} == {"active"}


def test_p9_the_preview_is_recorded_by_one_and_approved_by_another(play: Play) -> None:
    asyncio.run(_bring_about(play, State.AUTHORIZED))
    for each in play.desk.registry.instruments():
        assert each.preview is not None
        assert each.preview.figures["seats"] == play.files.memberships + len(WORLD.agents)


def test_a_preview_that_the_law_does_not_bear_out_is_a_fault(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plays, "_turned", lambda *_: (0, 0))

    async def told() -> None:
        await _bring_about(play, State.AUTHORIZED)
        await _bring_about(play, State.LETTER)

    asyncio.run(told())
    assert len(play.faults) == 1
    assert "the preview of us-bis-2026-06-12 says" in play.faults[0]


def test_counters_add_up_and_the_slowest_counts() -> None:
    one = Count(2, "m", 7, 3, 3, 0, 0, 0, 0, 0, 1, 1, 0)
    part = Counted([one], ["a"], 10, 1, 2, 1, 1.5)
    assert merged([part, Counted([one], ["b"], 5, 0, 1, 0, 0.5)]) == Counted(
        [Count(2, "m", 14, 6, 6, 0, 0, 0, 0, 0, 2, 2, 0)], ["a", "b"], 15, 1, 3, 1, 1.5
    )
