"""The whole story on a small population, with real processes: every state, every count, the log at the end."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from safeconduct.assembly.demo import story
from safeconduct.assembly.demo.chapter import Chapter
from safeconduct.assembly.demo.enrollment import Caller
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.story import Outcome, tell
from safeconduct.assembly.demo.verdicts import MODELS, State, verdict
from support.demo_world import demo_desk

PEOPLE, ORGANIZATIONS = 400, 12
pytestmark = pytest.mark.xdist_group("demo_story")


class _Heard:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.whole = 0

    def say(self, line: str) -> None:
        self.lines.append(line)

    def progress(self, what: str, done: int, whole: int) -> None:
        assert done <= whole
        self.whole = whole


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outcome, _Heard, Path]]:
    folder = tmp_path_factory.mktemp("story")
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    heard = _Heard()
    try:
        yield tell(PEOPLE, ORGANIZATIONS, heard), heard, folder
    finally:
        tempfile.tempdir = before


def test_nothing_is_wrong_and_the_log_proves_itself(played: tuple[Outcome, _Heard, Path]) -> None:
    outcome, heard, _ = played
    assert outcome.faults == []
    assert [told.wrong for told in outcome.states] == [[], [], [], []]
    assert outcome.wrong == 0
    assert any("The log holds" in line for line in heard.lines)
    assert outcome.verify.startswith("safeconduct audit verify --log ")
    assert any(outcome.verify in line for line in heard.lines)


def test_p5_a_stop_touches_exactly_the_named(played: tuple[Outcome, _Heard, Path]) -> None:
    outcome, _, _ = played
    world = populate(PEOPLE, ORGANIZATIONS)
    seats = [(member.person, model) for member in world.cast for model in MODELS for _ in ("person", "agent")]
    live: set[int] = set()
    for told in outcome.states:
        allowed = {number for number, (person, model) in enumerate(seats) if verdict(State(told.state), model, person).permitted}
        assert (told.cut, told.went_on, told.let_in) == (len(live - allowed), len(live & allowed), len(allowed - live))
        live = allowed
    assert sum(told.cut for told in outcome.states) > 0


def test_everybody_is_counted_in_every_state(played: tuple[Outcome, _Heard, Path]) -> None:
    outcome, heard, _ = played
    world = populate(PEOPLE, ORGANIZATIONS)
    for told in outcome.states:
        for count in told.counts:
            codes = Counter(verdict(State(told.state), count.model, someone).code for someone in world.people)
            assert (count.permitted, count.named, count.unknown, count.expired, count.wrong) == (
                codes[""],
                codes["forbidden"],
                codes["fact_unknown"],
                codes["fact_expired"],
                0,
            )
            assert count.permitted + count.denied == PEOPLE
    assert heard.whole == PEOPLE


def test_p6_live_answers_are_derived_again_from_history(played: tuple[Outcome, _Heard, Path]) -> None:
    outcome, _, _ = played
    assert outcome.derived == 4 * len(MODELS) * len(populate(PEOPLE, ORGANIZATIONS).cast)
    assert outcome.derived_wrong == 0


def test_a_log_that_is_not_there_and_cuts_it_does_not_tell_of_are_faults(tmp_path: Path) -> None:
    heard = _Heard()
    with demo_desk(tmp_path) as (home, desk):
        world = populate(60, 6)
        play = story.Play(home, {**os.environ, "SAFECONDUCT_HOME": str(home.path)}, desk, world, heard)
        caller = Caller(world.cast[0], False, "never shown")
        play.chapters.append(Chapter(State.LETTER, cut=[(caller, MODELS[0])]))
        story._verify(play, ["audit", "verify", "--log", str(home.log)])
    assert play.faults == ["the log does not hold", "the log tells of 0 cut calls, the clients saw 1"]
    assert "  THE LOG DOES NOT HOLD." in heard.lines


def test_it_leaves_no_folder_no_process_and_no_secret_behind(played: tuple[Outcome, _Heard, Path]) -> None:
    outcome, heard, folder = played
    assert list(folder.iterdir()) == []
    assert not any("sc-key-" in line for line in heard.lines)
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes()
        except OSError:
            continue  # it ended while we looked
        assert os.fsencode(outcome.home) not in words
