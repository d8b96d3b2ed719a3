"""Cases at the command line."""

from __future__ import annotations

from pathlib import Path

from safeconduct.cli import case, main
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
