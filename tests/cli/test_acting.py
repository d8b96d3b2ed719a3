"""What the nouns share: an act is told in words and as data, and a destructive one names target, effect and undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import agent, org, person, project, request
from safeconduct.cli.acting import state_of, until
from safeconduct.registry.records import Agent
from safeconduct.terms.moments import FOREVER
from support.officers import two
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.run(org.app, "add", "acme", "--name", "Acme")
    made.run(project.app, "add", "red", "--org", "acme", "--purpose", "testing")
    made.run(person.app, "add", "ann", "--org", "acme")
    made.run(agent.app, "add", "bot", "--org", "acme", "--person", "ann")
    return made


NOUNS = [(org.app, "acme"), (project.app, "red"), (person.app, "ann"), (agent.app, "bot")]


@pytest.mark.parametrize(("app", "name"), NOUNS, ids=["org", "project", "person", "agent"])
def test_lives_are_suspended_restored_and_ended(home: Home, app: object, name: str) -> None:
    def state() -> str:
        return next(row["state"] for row in home.read(app, "list") if row["id"] == name)  # type: ignore[arg-type]

    assert state() == "active"
    asked = home.run(app, "suspend", name, code=2)  # type: ignore[arg-type]
    assert "Undo: safeconduct" in asked.stderr
    assert state() == "active"
    done = home.read(app, "suspend", name, "--why", "check", "--yes")  # type: ignore[arg-type]
    assert [change["subject"] for change in done["changes"]] == [name]
    assert state() == "suspended"
    home.run(app, "suspend", name, "--yes", code=1)  # type: ignore[arg-type]
    mira, noor = two(home)
    waits = mira.read(app, "restore", name)["request"]  # type: ignore[arg-type]
    assert state() == "suspended"
    noor.run(request.app, "approve", waits, "--yes")
    assert state() == "active"
    home.run(app, "end", name, "--yes", "--at", "2026-01-01", code=2)  # type: ignore[arg-type]
    home.run(app, "end", name, "--yes", "--at", "2020-01-01T00:00:00Z", code=1)  # type: ignore[arg-type]
    home.run(app, "end", name, "--yes")  # type: ignore[arg-type]
    assert state() == "ended"


def test_without_a_home_every_noun_says_how_to_get_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.environ["SAFECONDUCT_HOME"] = str(tmp_path / "elsewhere")
    for app, _ in NOUNS:
        told = home.run(app, "list", code=1)
        assert "safeconduct init" in told.stderr
        assert told.stdout == ""


def test_a_life_in_one_word() -> None:
    record = Agent("bot", "acme", "person", "ann", "", "", 10, 20)
    assert [state_of(record, now) for now in (9, 10, 20)] == ["not yet", "active", "ended"]
    assert until(FOREVER) == "open"
