"""Cases at the command line."""

from __future__ import annotations

from pathlib import Path

from safeconduct.assembly.desk import open_desk
from safeconduct.cli import case, main
from safeconduct.office.acts import RaiseCase
from support.officers import two
from support.registry_cli import Home


def test_a_case_is_opened_shown_listed_and_closed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(main.app, "org", "add", "acme", "--name", "Acme")
    mira, noor = two(home)
    home.run(case.app, "open", "leak", "--organization", "acme", "--why", "why", code=1)
    mira.run(case.app, "open", "leak", "--organization", "acme", "--call", "call_a_1", "--why", "a leak")
    (row,) = home.read(case.app, "list")
    assert (row["id"], row["state"], row["organization"], row["calls"]) == ("leak", "open", "acme", 1)
    assert home.read(case.app, "show", "leak")["calls"] == ["call_a_1"]
    home.run(case.app, "show", "none", code=1)
    noor.run(case.app, "close", "leak", "--why", "done", "--yes")
    assert home.read(case.app, "list") == []
    (row,) = home.read(case.app, "list", "--all")
    assert row["state"].startswith("closed")
    mira.run(case.app, "close", "leak", "--yes", code=1)


def test_signals_wait_in_the_queue_and_verdicts_teach(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mira, noor = two(home)
    with open_desk(home.environ) as desk:
        desk.perform(RaiseCase("case-1", "agent/bot", "burst", "Ten times its rate.", ("call_a_1",), (), "low"), actor="watch")
        seen = RaiseCase("case-2", "person/ada", "probing", "Asked for three models it was never granted.", severity="severe")
        desk.perform(seen, actor="watch")
    assert [(row["id"], row["severity"], row["about"]) for row in home.read(case.app, "queue")] == [
        ("case-2", "severe", "person/ada"),
        ("case-1", "low", "agent/bot"),
    ]
    home.run(case.app, "note", "case-2", "an account notes nothing", code=1)
    mira.run(case.app, "assign", "case-2", "noor")
    noor.run(case.app, "note", "case-2", "Asked the lead.")
    noor.run(case.app, "verdict", "case-2", "wrong", "--kind", "probing", "--why", "a renamed model")
    noor.run(case.app, "verdict", "case-2", "wrong", "--kind", "unseen", code=1)
    told = [each["what"] for each in home.read(case.app, "timeline", "case-2")]
    assert told[1:] == [
        "probing (severe): Asked for three models it was never granted.",
        "noted: Asked the lead.",
        "judged probing wrong: a renamed model",
    ]
    (learned,) = home.read(case.app, "calibration")
    assert (learned["kind"], learned["wrong"], learned["weighs"]) == ("probing", 1, "x 1.00")
    mira.run(case.app, "merge", "case-1", "--into", "case-2", "--yes")
    shown = home.read(case.app, "show", "case-2")
    assert (shown["signals"], shown["calls"], shown["assignee"]) == (2, ["call_a_1"], "officer:noor")
