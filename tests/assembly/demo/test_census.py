"""The census finds the right numbers, and finds what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly.demo.census import Asked, Count, compared, in_classes, matched, one_by_one, total, word_of_code
from safeconduct.assembly.demo.enrollment import activate, enter
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.tables import Files
from safeconduct.assembly.demo.verdicts import FABLE, HIDDEN, LAPSED, MYTHOS, NAMED, YES, Seat, State
from safeconduct.desk.desk import Desk
from support.demo_world import demo_desk, enrolled, verdicts

WORLD = populate(400, 40)


@dataclass
class Recorded:
    desk: Desk
    files: Files


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    with demo_desk(tmp_path) as (_, desk):
        yield Recorded(desk, enrolled(desk, WORLD, tmp_path))


def _bring_about(desk: Desk, state: State) -> Asked:
    documents = letters(WORLD)[state]
    enter(desk, documents)
    activate(desk, documents)
    return Asked.of(desk.registry.copy(), desk.now())


def _count(asked: Asked, recorded: Recorded, state: State) -> list[Count]:
    return compared(state, matched(verdicts(recorded.files, state, asked.now), in_classes(asked)))[0]


def test_p5_each_letter_touches_exactly_those_it_names_asked_both_ways(recorded: Recorded) -> None:
    counted: dict[State, list[Count]] = {}
    for state in State:
        asked = _bring_about(recorded.desk, state)
        seats = verdicts(recorded.files, state, asked.now)
        counts, differences = compared(state, matched(seats, in_classes(asked)))
        assert differences == []
        assert compared(state, one_by_one(asked, seats)) == (counts, [])
        assert {count.permitted + count.denied for count in counts} == {len(seats)}
        counted[state] = counts
    (fable, mythos), (exempt_fable, exempt_mythos) = counted[State.LETTER], counted[State.EXEMPTION]
    assert 0 < fable.named < fable.denied
    assert exempt_fable == msgspec.structs.replace(fable, state=3)
    assert exempt_mythos.permitted > mythos.permitted
    assert [each.permitted for each in counted[State.LIFTED]] == [each.permitted for each in counted[State.AUTHORIZED]]


def test_a_state_that_did_not_come_about_is_found_as_people_let_in(recorded: Recorded) -> None:
    asked = _bring_about(recorded.desk, State.AUTHORIZED)
    should = verdicts(recorded.files, State.LETTER, asked.now)
    counts, differences = compared(State.LETTER, matched(should, in_classes(asked)))
    for count, words in zip(counts, ([each.fable for each in should], [each.mythos for each in should]), strict=True):
        wrong = sum(word not in (YES, LAPSED, HIDDEN) for word in words)
        assert (count.wrong, count.let_in, count.cut) == (wrong, wrong, 0)
    assert differences
    assert "yes instead of" in differences[0]


def test_somebody_needlessly_cut_is_counted_as_such() -> None:
    seat = Seat("person/p", "o", YES, NAMED)
    (fable, mythos), differences = compared(State.LETTER, [(seat, (NAMED, NAMED)), (seat, (YES, YES))])
    assert (fable.cut, fable.let_in, fable.wrong) == (1, 0, 1)
    assert (mythos.cut, mythos.let_in, mythos.wrong) == (0, 1, 1)
    assert differences == [f"person/p of o, {FABLE}: named instead of yes", f"person/p of o, {MYTHOS}: yes instead of named"]


def test_p6_the_answer_of_a_past_moment_follows_from_history(recorded: Recorded) -> None:
    counted = {}
    for state in State:
        asked = _bring_about(recorded.desk, state)
        counted[state] = (asked.now, _count(asked, recorded, state))
    for state, (at, counts) in counted.items():
        assert _count(Asked.of(recorded.desk.as_of(at), at), recorded, state) == counts


def test_parts_add_up(recorded: Recorded) -> None:
    _bring_about(recorded.desk, State.AUTHORIZED)
    asked = _bring_about(recorded.desk, State.LETTER)
    seats = verdicts(recorded.files, State.LETTER, asked.now)
    answers = [in_classes(asked, part, 3) for part in range(3)]
    assert sum(map(len, answers)) == len(seats)
    parts = [compared(State.LETTER, matched(seats, each))[0] for each in answers]
    assert total(parts) == _count(asked, recorded, State.LETTER)
    assert msgspec.json.decode(msgspec.json.encode(parts[0]), type=list[Count]) == parts[0]


def test_a_code_that_the_verdicts_do_not_know_stays_as_it_is() -> None:
    assert [word_of_code(code) for code in ("forbidden", "person_suspended", "decision_failed")] == [
        NAMED,
        LAPSED,
        "decision_failed",
    ]
