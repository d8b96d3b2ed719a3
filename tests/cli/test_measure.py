"""Measures at the command line."""

from __future__ import annotations

from pathlib import Path

from safeconduct.cli import main, measure
from support.officers import two
from support.registry_cli import Home


def test_a_measure_is_taken_shown_appealed_and_undone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(main.app, "org", "add", "acme", "--name", "Acme")
    mira, noor = two(home)
    mira.run(measure.app, "take", "organization/acme", "suspend", "--minutes", "30", "--why", "leak", "--yes")
    (row,) = home.read(measure.app, "list")
    assert (row["state"], row["about"], row["step"], row["by"]) == ("in force", "organization/acme", "suspend", "officer:mira")
    home.run(measure.app, "appeal", row["id"], "--words", "It was a drill.")
    shown = home.read(measure.app, "show", row["id"])
    assert "It was a drill." in shown["appealed"]
    noor.run(measure.app, "undo", row["id"], "--why", "a drill")
    assert home.read(measure.app, "list")[0]["state"] == "in force", "a second officer has to agree"
    mira.run(measure.app, "undo", row["id"], "--why", "a drill")
    assert home.read(measure.app, "list") == []
    assert [each["state"] for each in home.read(measure.app, "list", "--all", "--who", "organization/acme")] == ["undone"]


def test_a_rehearsal_says_how_many_calls_it_would_have_stopped(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(main.app, "org", "add", "acme", "--name", "Acme")
    home.run(measure.app, "rehearse", "organization/acme", "hold", "--minutes", "0")
    (row,) = home.read(measure.app, "list")
    assert (row["state"], row["until"]) == ("rehearsed", "open")
    assert home.read(measure.app, "show", row["id"])["calls it would have stopped"] == 0


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(measure.app, "take", "person/nobody", "suspend", "--yes", code=1)
    home.run(measure.app, "show", "M-000000000000", code=1)
    home.run(measure.app, "undo", "M-000000000000", code=1)
