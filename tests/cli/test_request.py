"""Acts that wait, at the command line: seen, agreed to, declined."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from safeconduct.cli import pack
from safeconduct.cli.request import app
from support.officers import two
from support.registry_cli import Home

PACK = resources.files("safeconduct.assembly").joinpath("packs", "us-country-groups.toml")


def test_what_waits_is_shown_and_can_be_declined(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mira, noor = two(home)
    mira.run(pack.app, "enter", str(PACK), "--yes")
    [row] = home.read(app, "list")
    assert (row["act"], row["about"], row["waits for"]) == ("pack.enter", "us-country-groups", ["second officer"])
    shown = home.read(app, "show", row["id"])
    assert shown["the act"] == {"id": "us-country-groups"}
    assert "CU" in shown["lists"]["E1"] + shown["lists"]["E2"], "nobody agrees to what he cannot read"
    assert "changes whom conditions catch" in shown["needs"]["second officer"]
    assert "it waits" in noor.run(pack.app, "enter", str(PACK), "--yes", code=1).stderr
    noor.run(app, "decline", row["id"], "--why", "not re-checked")
    assert home.read(app, "list") == []
    assert home.read(app, "list", "--all")[0]["state"] == "declined"
    assert "declined already" in noor.run(app, "approve", row["id"], "--yes", code=1).stderr
    assert home.read(pack.app, "list") == []


def test_unknown_requests_are_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for words in (("show", "r9"), ("approve", "r9", "--yes"), ("decline", "r9")):
        assert "there is no request" in home.run(app, *words, code=1).stderr
