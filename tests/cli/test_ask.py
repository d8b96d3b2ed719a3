"""The questions as commands: what they write, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli.main import app
from support.inquiry_home import FABLE, STOP, cobalt_home, keep
from support.inquiry_worlds import NOON, show
from support.registry_cli import Home
from support.registry_world import DAY


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home, town = cobalt_home(tmp_path)
    town.world.at(NOON + DAY)
    town.enact(STOP)
    keep(home, town.world.changes)
    return home


def test_who_can_reach_a_model(home: Home) -> None:
    assert [row["id"] for row in home.read(app, "ask", "who", "--model", FABLE)] == ["ann"]
    counts = home.read(app, "ask", "who", "--model", FABLE, "--count")
    assert [(row["organization"], row["kind"], row["seats"], row["rules"]) for row in counts] == [
        ("cobalt", "person", 1, ["terms/r0"])
    ]
    before = home.read(app, "ask", "who", "--model", FABLE, "--at", show(NOON), "--org", "cobalt")
    assert [row["id"] for row in before] == ["ann", "ben", "cat"]
    assert len(home.read(app, "ask", "who", "--model", FABLE, "--at", show(NOON), "--limit", "1")) == 1
    everybody = home.read(app, "ask", "who", "--model", FABLE, "--at", show(NOON), "--limit", "0")
    assert everybody == home.read(app, "ask", "who", "--model", FABLE, "--at", show(NOON))
    assert len(everybody) > 1


def test_what_somebody_can_reach(home: Home) -> None:
    rows = home.read(app, "ask", "reach", "--person", "ann")
    assert [(row["model"], row["decision"], row["until"]) for row in rows] == [
        ("claude-fable-5", "permit", "open"),
        ("claude-mythos-5", "deny", "open"),
    ]
    assert home.read(app, "ask", "reach", "--agent", "robo")[0]["decision"] == "deny"


def test_what_ends_and_what_expires(home: Home) -> None:
    assert home.read(app, "ask", "ending", "--days", "30") == []
    assert home.read(app, "ask", "ending", "--names") == []
    assert home.read(app, "ask", "expiring", "--org", "cobalt") == []


def test_what_is_not_there_is_told(home: Home) -> None:
    home.run(app, "ask", "who", "--model", "nothing", code=1)
    home.run(app, "ask", "who", "--model", FABLE, "--org", "nowhere", code=1)
    home.run(app, "ask", "reach", "--person", "nobody", code=1)
    home.run(app, "ask", "reach", "--agent", "nobody", code=1)
    home.run(app, "ask", "reach", code=2)
