"""Commands that are imported late are listed without, come when they are meant, and are a mapping like any other."""

from __future__ import annotations

import pytest

from safeconduct.cli.deferring import Commands, Later


@pytest.fixture
def commands() -> Commands:
    return Commands(
        {"agent": Later("agent", "Agents."), "gone": Later("no_such_module", "Gone."), "x": Later("up", "X", "up")}, {}
    )


def test_a_list_needs_no_module(commands: Commands) -> None:
    assert [commands.shown(name).help for name in commands] == ["Agents.", "Gone.", "X"]
    assert commands.shown("other") is None


def test_what_is_meant_is_the_command_itself_once(commands: Commands) -> None:
    assert "add" in commands["agent"].commands
    assert commands["agent"] is commands["agent"]
    assert commands.shown("agent") is commands["agent"]
    assert (commands["x"].name, commands["x"].help) == ("x", "X")
    with pytest.raises(ModuleNotFoundError):
        commands["gone"]


def test_what_is_put_and_taken_is_there_and_gone(commands: Commands) -> None:
    commands["own"] = "a command"
    assert (list(commands)[-1], commands["own"], len(commands)) == ("own", "a command", 4)
    commands["agent"] = "another"
    assert (next(iter(commands)), commands["agent"], len(commands)) == ("agent", "another", 4)
    del commands["gone"]
    assert "gone" not in commands
    assert commands.get("nothing") is None
