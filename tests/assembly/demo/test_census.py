"""The census finds the right numbers, and finds what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly.demo.census import Count, census, total
from safeconduct.assembly.demo.enrollment import activate, enroll, enter
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import EXPIRED, FABLE, MODELS, MYTHOS, NAMED, UNKNOWN, State, verdict
from safeconduct.desk.desk import Desk
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from support.demo_world import demo_desk, view_of

WORLD = populate(400, 12)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with demo_desk(tmp_path) as (_, desk):
        enroll(desk, WORLD, desk.now())
        yield desk


def _bring_about(desk: Desk, state: State) -> None:
    documents = letters(WORLD)[state]
    enter(desk, documents)
    activate(desk, documents)


def _by_hand(state: State, model: str) -> Count:
    found = [verdict(state, model, someone) for someone in WORLD.people]
    codes = [each.code for each in found if not each.permitted]
    yes = len(found) - len(codes)
    return Count(int(state), model, yes, len(codes), codes.count(NAMED), codes.count(UNKNOWN), codes.count(EXPIRED), 0)


def test_p5_each_letter_touches_exactly_those_it_names(desk: Desk) -> None:
    for state in State:
        _bring_about(desk, state)
        counts = census(view_of(desk), WORLD.people, state, desk.now(), lambda _: None)
        assert counts == [_by_hand(state, model) for model in MODELS]
    assert _by_hand(State.LETTER, FABLE).denied > 0
    assert _by_hand(State.EXEMPTION, MYTHOS).permitted > _by_hand(State.LETTER, MYTHOS).permitted


def test_a_state_that_did_not_come_about_is_found(desk: Desk) -> None:
    _bring_about(desk, State.AUTHORIZED)
    counts = census(view_of(desk), WORLD.people, State.LETTER, desk.now(), lambda _: None)
    assert [count.wrong for count in counts] == [_by_hand(State.LETTER, model).denied for model in MODELS]


def test_p6_the_answer_of_a_past_moment_follows_from_history(desk: Desk) -> None:
    moments = {}
    for state in State:
        _bring_about(desk, state)
        moments[state] = desk.now()
    for state, at in moments.items():
        past = View(desk.as_of(at), Rules(), b"c" * 32, lambda _: None, at)
        assert census(past, WORLD.people, state, at, lambda _: None) == [_by_hand(state, model) for model in MODELS]


def test_parts_add_up(desk: Desk) -> None:
    _bring_about(desk, State.AUTHORIZED)
    _bring_about(desk, State.LETTER)
    told: list[int] = []
    view, now = view_of(desk), desk.now()
    parts = [census(view, WORLD.people[part::3], State.LETTER, now, told.append) for part in range(3)]
    assert total(parts) == [_by_hand(State.LETTER, model) for model in MODELS]
    assert msgspec.json.decode(msgspec.json.encode(parts[0]), type=list[Count]) == parts[0]
