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
from safeconduct.assembly.demo.tables import write
from safeconduct.assembly.demo.verdicts import EXPIRED, FABLE, MODELS, NAMED, UNKNOWN, YES, Seat, State
from safeconduct.terms.moments import parse
from support.demo_world import demo_desk, verdicts

PEOPLE, ORGANIZATIONS = 400, 12
WORLD = populate(PEOPLE, ORGANIZATIONS)


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


@pytest.fixture(scope="module")
def law(played: tuple[Outcome, _Heard, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[Seat]]:
    """The verdicts of each state, worked out anew from tables written anew."""
    moments = {told.state: parse(told.at) for told in played[0].states}
    files = write(WORLD, tmp_path_factory.mktemp("tables"), moments[1])
    return {state: verdicts(files, State(state), at) for state, at in moments.items()}


def test_p5_a_stop_touches_exactly_the_named(played: tuple[Outcome, _Heard, Path], law: dict[int, list[Seat]]) -> None:
    outcome, _, _ = played
    cast = {(f"person/{each.person.id}", each.organization) for each in WORLD.cast}
    cast |= {(f"agent/{each.agent}", each.organization) for each in WORLD.cast}
    live: set[tuple[str, str, str]] = set()
    for told in outcome.states:
        allowed = {
            (seat.who, seat.organization, model)
            for seat in law[told.state]
            for model, word in zip(MODELS, (seat.fable, seat.mythos), strict=True)
            if (seat.who, seat.organization) in cast and word == YES
        }
        assert (told.cut, told.went_on, told.let_in) == (len(live - allowed), len(live & allowed), len(allowed - live))
        live = allowed
    assert sum(told.cut for told in outcome.states) > 0


def test_everybody_is_counted_in_every_state(played: tuple[Outcome, _Heard, Path], law: dict[int, list[Seat]]) -> None:
    outcome, heard, _ = played
    for told in outcome.states:
        seats = law[told.state]
        assert told.seats == len(seats)
        assert told.sampled == (len(seats) if told.state == State.EXEMPTION else 0)
        for count in told.counts:
            words = Counter(seat.fable if count.model == FABLE else seat.mythos for seat in seats)
            assert (count.permitted, count.named, count.unknown, count.expired) == (
                words[YES],
                words[NAMED],
                words[UNKNOWN],
                words[EXPIRED],
            )
            assert (count.wrong, count.cut, count.let_in) == (0, 0, 0)
            assert count.permitted + count.denied == len(seats)
    assert heard.whole == PEOPLE


def test_p6_live_answers_are_derived_again_from_history(played: tuple[Outcome, _Heard, Path]) -> None:
    outcome, _, _ = played
    assert outcome.derived == 4 * len(MODELS) * 2 * len(WORLD.cast)
    assert outcome.derived_wrong == 0


def test_a_log_that_is_not_there_and_cuts_it_does_not_tell_of_are_faults(tmp_path: Path) -> None:
    heard = _Heard()
    with demo_desk(tmp_path) as (home, desk):
        files = write(WORLD, tmp_path, desk.now())
        play = story.Play(home, {**os.environ, "SAFECONDUCT_HOME": str(home.path)}, desk, WORLD, files, heard)
        caller = Caller(WORLD.cast[0], False, "never shown")
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
