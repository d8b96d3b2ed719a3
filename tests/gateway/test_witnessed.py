"""What the feeder's own words mean for readiness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from safeconduct.gateway.witnessed import FEEDER_FILE, FEEDER_STALE, Witnessed
from safeconduct.terms.moments import SECOND

NOW = 1_700_000_000 * SECOND


def say(run: Path, size: int, witnessed: int, age: int, at: int = NOW, halted: str = "") -> None:
    log: dict[str, Any] = {"origin": "log.example", "size": size, "witnessed_size": witnessed, "witnessed_at": NOW - age * SECOND}
    log["witnesses"] = [{"name": "w", "size": witnessed, "at": 0, "error": "", "halted": halted}]
    (run / FEEDER_FILE).write_text(json.dumps({"at": at, "logs": [log]}))


def test_nobody_waits_for_witnesses_that_nobody_requires(tmp_path: Path) -> None:
    assert Witnessed(tmp_path).look(NOW) == ({}, [])
    say(tmp_path, 50, 20, 600)
    gauges, faults = Witnessed(tmp_path).look(NOW)
    assert faults == []
    assert gauges == {"log_unwitnessed": 30, "log_unwitnessed_age_seconds": 600, "log_witnesses_halted": 0}


@pytest.mark.parametrize(("witnessed", "age", "ready"), [(20, 59, True), (20, 61, False), (50, 600, True), (-1, 61, False)])
def test_where_they_are_required_their_silence_counts(tmp_path: Path, witnessed: int, age: int, ready: bool) -> None:
    say(tmp_path, 50, witnessed, age)
    assert (Witnessed(tmp_path, 60).look(NOW)[1] == []) is ready


def test_why_a_witness_is_not_asked_any_more_is_told(tmp_path: Path) -> None:
    say(tmp_path, 50, 20, 61, halted="forked: it signed another tree")
    gauges, faults = Witnessed(tmp_path, 60).look(NOW)
    assert gauges["log_witnesses_halted"] == 1
    assert faults[1] == "w: forked: it signed another tree"


def test_a_feeder_that_never_spoke_or_fell_silent_is_told(tmp_path: Path) -> None:
    assert "not asked yet" in Witnessed(tmp_path, 60).look(NOW)[1][0]
    say(tmp_path, 50, 50, 0, NOW - FEEDER_STALE - 1)
    assert "any more" in Witnessed(tmp_path, 60).look(NOW)[1][0]
    (tmp_path / FEEDER_FILE).write_text("{")
    assert "not asked yet" in Witnessed(tmp_path, 60).look(NOW)[1][0]
