"""``org``: organizations are added with all they need, listed and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import agent, org, person, project
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.run(org.app, "add", "acme", "--name", "Acme", "--program", "glass", "--ends", "2090-01-01T00:00:00Z")
    made.run(
        org.app,
        "add",
        "sub",
        "--name",
        "Sub",
        "--parent",
        "acme",
        "--starts",
        "2080-01-01T00:00:00+01:00",
        "--ends",
        "2081-01-01T00:00:00Z",
    )
    return made


def test_what_was_added_is_listed(home: Home) -> None:
    acme, sub = home.read(org.app, "list")
    assert (acme["name"], acme["programs"], acme["ends"], acme["state"]) == ("Acme", ["glass"], "2090-01-01T00:00:00Z", "active")
    assert (sub["parent"], sub["starts"], sub["state"]) == ("acme", "2079-12-31T23:00:00Z", "not yet")


def test_a_subsidiary_is_told_from_a_contractor(home: Home) -> None:
    home.run(org.app, "add", "unit", "--name", "Unit", "--parent", "acme", "--subsidiary")
    assert {each["id"]: each["relation"] for each in home.read(org.app, "list")} == {
        "acme": "",
        "sub": "contractor",
        "unit": "subsidiary",
    }
    assert "name its parent" in home.run(org.app, "add", "lone", "--name", "L", "--subsidiary", code=1).stderr


def test_kinds_relations_and_ends(home: Home) -> None:
    assert "needs an end date" in home.run(org.app, "add", "crew", "--name", "C", "--parent", "acme", code=1).stderr
    home.run(org.app, "add", "navy", "--name", "Navy", "--kind", "agency")
    home.run(org.app, "add", "near", "--name", "Near", "--parent", "navy", "--relation", "affiliate")
    home.run(org.app, "add", "odd", "--name", "O", "--parent", "navy", "--relation", "affiliate", "--subsidiary", code=2)
    home.run(org.app, "amend", "sub", "--ends", "2082-01-01T00:00:00Z", "--name", "Sub Two")
    found = {each["id"]: each for each in home.read(org.app, "list")}
    assert (found["navy"]["kind"], found["near"]["relation"], found["near"]["kind"]) == ("agency", "affiliate", "company")
    assert (found["sub"]["ends"], found["sub"]["name"]) == ("2082-01-01T00:00:00Z", "Sub Two")
    assert "needs an end date" in home.run(org.app, "amend", "sub", "--ends", "open", code=1).stderr


def test_one_is_shown_with_what_belongs_to_it(home: Home) -> None:
    home.run(project.app, "add", "red", "--org", "acme", "--purpose", "x")
    home.run(person.app, "add", "ann", "--org", "acme")
    home.run(agent.app, "add", "bot", "--org", "acme", "--person", "ann")
    shown = home.read(org.app, "show", "acme")
    assert (shown["sponsors"], shown["projects"], shown["agents"], shown["members"]) == (["sub"], ["red"], ["bot"], 1)
    assert "org list" in home.run(org.app, "show", "none", code=1).stderr


def test_every_fault_is_told_and_nothing_is_added(home: Home) -> None:
    told = home.run(org.app, "add", "Neu", "--name", "N", "--parent", "none", code=1)
    assert "no organization id" in told.stderr
    assert "there is no organization 'none'" in told.stderr
    assert len(home.read(org.app, "list")) == 2
    home.run(org.app, "add", "neu", code=2)
    home.run(org.app, "add", "neu", "--name", "N", "--ends", "tomorrow", code=2)
