"""One switch on a stage without sockets: what is right counts as right, and a gateway that errs is caught."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from safeconduct.assembly.demo import chapter as chapters
from safeconduct.assembly.demo.chapter import Chapter, Stage
from safeconduct.assembly.demo.enrollment import enroll, issue_keys
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import MYTHOS, NAMED, YES, State, Verdict
from support.demo_world import PretendDoor, demo_desk

WORLD = populate(60, 6)
CAST = {member.person.id: member for member in WORLD.cast}
Bend = Callable[[str, str, Verdict], Verdict]


def _play(folder: Path, states: list[State], bend: Bend | None = None) -> list[Chapter]:
    with demo_desk(folder) as (home, desk):
        enroll(desk, WORLD, desk.now())
        callers = issue_keys(desk, WORLD)[:28]  # the first seven kinds are enough here
        stage = Stage(desk, PretendDoor(desk, home.secret("pepper"), bend), callers)  # type: ignore[arg-type]

        async def play() -> list[Chapter]:
            assert await stage.nobody_gets_in() == []
            found = [await stage.turn(state, letters(WORLD)[state]) for state in states]
            await stage.leave()
            assert not stage.streams
            return found

        return asyncio.run(play())


def test_p5_a_stop_cuts_the_named_and_nobody_else(tmp_path: Path) -> None:
    first, second, third, fourth = _play(tmp_path, list(State))
    assert [each.wrong for each in (first, second, third, fourth)] == [[], [], [], []]
    assert len(first.let_in) == 56
    assert not first.cut
    assert second.cut
    assert not second.let_in
    assert {caller.member.person.us_person for caller, _ in second.cut} == {False}
    assert {caller.member.person.us_person for caller, _ in second.went_on} == {True}
    assert not third.cut
    assert {model for _, model in third.let_in} == {MYTHOS}
    assert len(fourth.let_in) + len(fourth.went_on) == 56


def test_a_gateway_that_cuts_too_many_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapters, "PATIENCE", 0.3)
    turns: list[Verdict] = []

    def blunt(person: str, model: str, given: Verdict) -> Verdict:
        turns.append(given)
        return Verdict(False, NAMED) if not all(each.permitted for each in turns) else given

    _, second = _play(tmp_path, [State.AUTHORIZED, State.LETTER], blunt)
    assert any("disturbed" in line for line in second.wrong)


def test_a_gateway_that_lets_a_named_stream_go_on_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapters, "PATIENCE", 0.3)

    def lax(person: str, model: str, given: Verdict) -> Verdict:
        return YES if CAST[person].kind == "foreign employee of an unlisted company" else given

    _, second = _play(tmp_path, [State.AUTHORIZED, State.LETTER], lax)
    assert second.wrong
    assert [
        line for line in second.wrong if "foreign employee of an unlisted company" not in line or "yes instead of no" not in line
    ] == []
