"""One switch on a stage without sockets: what is right counts as right, and a gateway that errs is caught."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from safeconduct.assembly.demo import chapter as chapters
from safeconduct.assembly.demo.chapter import Chapter, Stage
from safeconduct.assembly.demo.enrollment import enter, issue_keys
from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import Origin, populate
from safeconduct.assembly.demo.verdicts import FABLE, MODELS, MYTHOS, YES, State
from support.demo_world import PretendDoor, demo_desk, enrolled, verdicts

WORLD = populate(120, 12)
CAST = {member.person.id: member for member in WORLD.cast}
Bend = Callable[[str, str, str], str]


def _play(folder: Path, states: list[State], bend: Bend | None = None) -> list[Chapter]:
    with demo_desk(folder) as (home, desk):
        files = enrolled(desk, WORLD, folder)
        callers = issue_keys(desk, WORLD)[:60]  # the first fifteen kinds are enough here
        stage = Stage(desk, PretendDoor(desk, home.secret("pepper"), bend), callers)  # type: ignore[arg-type]

        async def play() -> list[Chapter]:
            assert await stage.nobody_gets_in() == []
            found = []
            for state in states:
                words = {(seat.who, seat.organization): seat[2:] for seat in verdicts(files, state, desk.now())}
                expected = {
                    (caller, model): words[caller.who, caller.member.organization][MODELS.index(model)]
                    for caller, model in stage.seats
                }
                enter(desk, letters(WORLD)[state])
                found.append(await stage.turn(state, letters(WORLD)[state], expected))
            await stage.leave()
            assert not stage.streams
            return found

        return asyncio.run(play())


US = {Origin.CITIZEN, Origin.DUAL_US, Origin.LATER_DUAL, Origin.GREEN_CARD, Origin.NATIONAL, Origin.PROTECTED}


def test_p5_a_stop_cuts_the_named_and_nobody_else(tmp_path: Path) -> None:
    first, second, third, fourth = _play(tmp_path, list(State))
    assert [each.wrong for each in (first, second, third, fourth)] == [[], [], [], []]
    assert len(first.let_in) == 120
    assert not first.cut
    assert second.cut
    assert not second.let_in
    assert not {caller.member.person.origin for caller, _ in second.cut} & US
    assert {caller.member.person.origin for caller, _ in second.went_on} <= US
    assert not third.cut
    assert {model for _, model in third.let_in} == {MYTHOS}
    assert len(fourth.let_in) + len(fourth.went_on) == 120
    assert {model for _, model in second.cut} == {FABLE, MYTHOS}


def test_a_gateway_that_cuts_too_many_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapters, "PATIENCE", 0.3)
    turns: list[str] = []

    def blunt(person: str, model: str, code: str) -> str:
        turns.append(code)
        return "forbidden" if any(turns) else code

    _, second = _play(tmp_path, [State.AUTHORIZED, State.LETTER], blunt)
    assert any("disturbed" in line for line in second.wrong)


def test_a_gateway_that_lets_a_named_stream_go_on_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapters, "PATIENCE", 0.3)
    lucky = "foreign employee of an unlisted company"

    def lax(person: str, model: str, code: str) -> str:
        return "" if CAST[person].kind == lucky else code

    _, second = _play(tmp_path, [State.AUTHORIZED, State.LETTER], lax)
    assert second.wrong
    assert [line for line in second.wrong if lucky not in line or f"{YES} instead of named" not in line] == []
