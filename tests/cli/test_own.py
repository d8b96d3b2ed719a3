"""``person view``: what is held about one person, and who needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import fact, org, person
from support.registry_cli import Home

EVIDENCE = ("--source", "passport", "--verifier", "hr", "--method", "document", "--expires", "open")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.run(org.app, "add", "acme", "--name", "Acme")
    made.run(person.app, "add", "ann", "--org", "acme", "--name", "Ann")
    made.run(fact.app, "record", "ann", "nationality", "DE;US", *EVIDENCE)
    return made


def test_a_person_is_shown_what_is_held_and_that_nobody_needs_it(home: Home) -> None:
    found = home.read(person.app, "view", "ann")
    (held,) = found["facts"]
    assert (held["fact"], held["needed_by"], held["note"]) == ("nationality", [], "No instrument in force needs this.")
    assert held["records"][0]["value"] == ["DE", "US"]
    told = home.run(person.app, "view", "ann")
    assert "DE, US" in told.stdout
    assert "No instrument in force needs this." in told.stdout
    assert "access officer" in told.stderr


def test_nobody_is_no_person(home: Home) -> None:
    assert "no person 'zoe'" in home.run(person.app, "view", "zoe", code=1).stderr
