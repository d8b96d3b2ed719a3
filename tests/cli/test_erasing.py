"""``person erase`` shows what would go, and takes neither nobody nor two things at once."""

from __future__ import annotations

from pathlib import Path

from safeconduct.cli import main
from support.backup_town import ID, NAME, Town


def test_it_shows_what_would_go_and_what_stays(tmp_path: Path) -> None:
    town = Town(tmp_path)
    record = ("fact", "record", "ben", "training", "ethics", "--source", "hr", "--verifier", ID, "--method", "seen")
    town.mira.run(main.app, *record, "--expires", "2099-01-01T00:00:00Z")
    told = town.mira.run(main.app, "person", "erase", ID, "--ground", "gdpr-17", "--why", f"{NAME} asked", "--yes").output
    assert "Agents that go with the person: telltale-bot" in told
    assert "lose their free words: 1" in told
    assert "1 changes about something else name the person, and stay" in told
    assert "fact.recorded: verifier" in told
    assert "waits as request" in told


def test_a_person_or_what_was_cut_off_never_both(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.mira.run(main.app, "person", "erase", code=2)
    town.mira.run(main.app, "person", "erase", ID, "--resume", code=2)
    assert "No erasure is waiting" in town.mira.run(main.app, "person", "erase", "--resume").output
    told = town.mira.run(main.app, "person", "erase", ID, "--ground", "because", "--yes", code=1).output
    assert "no legal ground" in told
