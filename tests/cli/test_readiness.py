"""Readiness as a command, and a roster of the gaps that the importer reads."""

from __future__ import annotations

import csv
from pathlib import Path

from safeconduct.cli.main import app
from safeconduct.registry.roster import COLUMNS
from support.inquiry_home import FABLE, STOP, cobalt_home, keep

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
duties = [
    {{ name = "safeguard", value = "acme-words request block" }},
    {{ name = "safeguard", value = "secrets request redact" }},
]
"""


def test_gaps_by_organization_and_as_a_roster(tmp_path: Path) -> None:
    home, _ = cobalt_home(tmp_path)
    letter, out = tmp_path / "stop.toml", tmp_path / "gaps.csv"
    letter.write_text(STOP)
    assert home.read(app, "readiness") == []
    (row,) = home.read(app, "readiness", "--instrument", str(letter), "--out", str(out))
    assert row == {
        "organization": "cobalt",
        "fact": "us_person.ear",
        "verified": 1,
        "expiring": 0,
        "expired": 1,
        "unknown": 1,
        "contradicted": 0,
    }
    with out.open() as file:
        gaps = list(csv.DictReader(file))
    assert [(gap["person"], gap["organization"]) for gap in gaps] == [("ben", "cobalt"), ("cat", "cobalt")]
    assert set(gaps[0]) <= COLUMNS
    assert "us_citizen" in gaps[0]
    assert out.stat().st_mode & 0o777 == 0o600
    out.write_text("filled in")
    assert "perhaps filled in" in home.run(app, "readiness", "--instrument", str(letter), "--out", str(out), code=1).stderr
    assert out.read_text() == "filled in"
    home.run(app, "readiness", "--org", "nowhere", code=1)


def test_a_rule_that_asks_for_a_detector_nobody_enabled_is_named(tmp_path: Path) -> None:
    home, town = cobalt_home(tmp_path)
    town.enact(ASKING)
    keep(home, town.world.changes)
    told = home.run(app, "readiness").stderr
    assert "Rule asking/all asks for the detector acme-words, which is not enabled" in told
    assert "detector secrets" not in told
