"""From odd calls to a measure in force and back, through real processes: the suspect alone is stopped, and it is all on record.

``python -m bench.measure`` prints the milliseconds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.home import Home
from safeconduct.storage.sqlite.changes import ChangeStore
from support.crowd_measure import OTHERS, played, town
from support.faults_home import keep

pytestmark = pytest.mark.slow
STEPS = ("risk.moved", "measure.taken", "measure.undone")


def test_p5_a_risk_that_rises_suspends_and_cuts_within_two_seconds_and_undo_restores_within_one(tmp_path: Path) -> None:
    with town(tmp_path, 1, 8) as (stand, members):
        (suspect,) = [each for each in members if each.group != OTHERS]
        figures = played(stand, members, suspect, pace_ms=200)
        assert figures.faults() == []
        assert stand.stop() == 0
        stand.cli("audit", "verify")
        entries = keep(Home(stand.home))
    with ChangeStore.open(Home(stand.home).registry, read_only=True) as store:
        steps = [change for change in store.since(0) if change.kind in STEPS]
    assert steps[0].kind == "risk.moved"
    assert [change.kind for change in steps if change.kind != "risk.moved"] == list(STEPS[1:])
    assert {change.actor for change in steps[:2]} == {"watch"}
    acts = [each for each in entries if each["type"] == "act.performed"]
    spans = [range(each["first_change"], each["first_change"] + each["changes"]) for each in acts if each.get("first_change")]
    assert all(any(change.seq in span for span in spans) for change in steps), "a step without an entry"
    refused = [each for each in entries if each["type"] == "call.decided" and "measure_suspend" in each["reasons"]]
    assert refused, "the call that was refused meanwhile"
    stops = [each for each in entries if each["type"] == "enforcement.applied" and "measure.taken" in each["causes"]]
    assert sum(each["cut"] for each in stops) == 1, "the suspect's stream, and no other"
