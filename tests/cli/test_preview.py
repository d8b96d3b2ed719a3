"""Previews as a command: of a file, of an entered version, of a withdrawal."""

from __future__ import annotations

from pathlib import Path

from safeconduct.cli.main import app
from support.inquiry_home import FABLE, STOP, cobalt_home, keep
from support.inquiry_worlds import NOON
from support.registry_world import DAY

ASKING = f"""
[instrument]
id = "asking"
authority = "provider"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z

[[rule]]
id = "all"
effect = "oblige"
models = ["{FABLE}"]
cohort = "true"
say = "We look."
duties = [{{ name = "safeguard", value = "secrets request redact" }}]
"""


def test_a_file_is_previewed_and_nothing_changes(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    letter = tmp_path / "stop.toml"
    letter.write_text(STOP)
    found = home.read(app, "instrument", "preview", str(letter), "--list", "lost")
    assert (found["figures"]["lost"], found["figures"]["gained"], found["version"]) == (4, 0, 0)
    assert {(line["code"], line["seats"]) for line in found["lines"] if line["organization"] == "cobalt"} == {
        ("fact_unknown", 1),
        ("fact_expired", 1),
    }
    assert {each["seat"] for each in found["names"]} == {"ben", "cat", "robo", "under"}
    assert len(found["digest"]) == 64
    told = home.run(app, "instrument", "preview", str(letter)).stdout
    assert "a fact is not on record (stop/r0)" in told
    assert [row["id"] for row in home.read(app, "instrument", "list")] == ["terms"]


def test_a_withdrawal_is_previewed(tmp_path: Path) -> None:
    home, town = cobalt_home(tmp_path)
    town.world.at(NOON + DAY)
    town.enact(STOP)
    keep(home, town.world.changes)
    found = home.read(app, "instrument", "preview", "stop", "--withdraw")
    assert (found["figures"]["lost"], found["figures"]["gained"]) == (0, 4)
    assert {line["model"] for line in found["lines"]} == {FABLE}


def test_an_entered_version_is_previewed_and_recorded(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    letter = tmp_path / "stop.toml"
    letter.write_text(STOP)
    home.run(app, "instrument", "enter", str(letter))
    assert "is draft" in home.run(app, "instrument", "preview", "stop").output
    home.run(app, "instrument", "check", "stop")
    assert "Recorded" in home.run(app, "instrument", "preview", "stop").output
    (row,) = [each for each in home.read(app, "instrument", "list") if each["id"] == "stop"]
    assert row["status"] == "previewed"


def test_what_cannot_be_previewed_is_told(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    home.run(app, "instrument", "preview", "nothing", code=1)
    home.run(app, "instrument", "preview", "terms", "--version", "9", code=1)
    home.run(app, "instrument", "preview", "terms", "--list", "everybody", code=2)


def test_the_safeguards_that_come_are_named_with_the_seats_they_are_about(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    letter = tmp_path / "asking.toml"
    letter.write_text(ASKING)
    found = home.read(app, "instrument", "preview", str(letter))
    assert found["figures"]["duties"] > 0
    order = "+ safeguard=secrets request redact@asking/all"
    assert found["orders"][order] == found["figures"]["duties"]
    letter.write_text(ASKING.replace('"true"', "'principal.project == \"nowhere\"'"))
    reach = home.read(app, "instrument", "preview", str(letter))["reach"]
    assert f"{reach} may use a model that it is about\n" in home.run(app, "instrument", "preview", str(letter)).stdout
    letter.write_text(ASKING)
    assert f"duty {order}: {found['figures']['duties']} seats" in home.run(app, "instrument", "preview", str(letter)).stdout
