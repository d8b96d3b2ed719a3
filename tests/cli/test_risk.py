"""``safeconduct risk``: who is at risk, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.process import clock
from safeconduct.cli import risk
from safeconduct.office import acts
from safeconduct.office.measure_acts import MoveRisk
from safeconduct.terms.moments import SECOND
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    with open_desk(made.environ) as desk:
        desk.perform(acts.RegisterOrganization("acme", "Acme"))
        for name, band in (("ann", "elevated"), ("ben", "low"), ("eve", "high")):
            desk.perform(acts.RegisterPerson(name, "acme"))
            part = f"{name} tried names. (+2.0) Calls: call_1."
            desk.perform(MoveRisk(f"person/{name}", band, clock() + 3_600 * SECOND, (part,)), actor="watch")
    return made


def test_everybody_at_risk_is_listed_the_highest_band_first(home: Home) -> None:
    shown = home.read(risk.app, "list")
    assert [(each["who"], each["band"]) for each in shown] == [
        ("person/eve", "high"),
        ("person/ann", "elevated"),
        ("person/ben", "low"),
    ]
    assert "person/ben" not in home.run(risk.app, "list", "--band", "elevated").output
    assert "nobody" in home.run(risk.app, "list", "--band", "severe").output
    assert "no band" in home.run(risk.app, "list", "--band", "green", code=1).output


def test_a_band_is_shown_with_its_parts(home: Home) -> None:
    shown = home.run(risk.app, "show", "ann").output
    assert shown.startswith("person/ann: elevated")
    assert "call_1" in shown
    assert home.read(risk.app, "show", "person/ann")["band"] == "elevated"
    assert "organization/acme: none" in home.run(risk.app, "show", "organization/acme").output


def test_what_the_watch_does_not_know_is_nothing(home: Home) -> None:
    assert "nothing speaks against" in home.run(risk.app, "explain", "ann").output
    assert home.read(risk.app, "explain", "ann")["parts"] == []


@pytest.mark.parametrize(
    ("who", "mend"), [("anne", "person list"), ("organization/acne", "org list"), ("person/", ""), ("x/y", "KIND/ID")]
)
def test_who_is_not_there_is_not_said_to_be_at_no_risk(home: Home, who: str, mend: str) -> None:
    for command in ("show", "explain"):
        assert mend in home.run(risk.app, command, who, code=1).stderr
