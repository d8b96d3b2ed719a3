"""The detectors still do what the committed report says; whoever moves a figure on purpose commits the new report beside it."""

from __future__ import annotations

import json

from evaluation import drift, sets
from evaluation.sections import Ground


def test_no_drift_against_the_committed_report() -> None:
    was = json.loads(drift.COMMITTED.read_text(encoding="utf-8"))["watched"]
    said = drift.moved(was, drift.watched(Ground()))
    assert not said, "figures moved; if on purpose, run python -m evaluation --commit:\n  " + "\n  ".join(said)


def test_the_report_was_made_from_the_texts_that_lie_here() -> None:
    was = json.loads(drift.COMMITTED.read_text(encoding="utf-8"))["data"]
    now = sets.hashes(None)
    assert {name: digest for name, digest in was.items() if name.startswith("own/")} == now
