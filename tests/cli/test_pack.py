"""Rule packs at the command line: what changes is told, and counts once a second officer agreed."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from safeconduct.cli import request
from safeconduct.cli.pack import app
from support.officers import two
from support.registry_cli import Home

PACK = resources.files("safeconduct.assembly").joinpath("packs", "us-country-groups.toml")


def test_a_pack_is_entered_by_two(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mira, noor = two(home)
    mira.run(app, "enter", str(PACK), "--yes")
    assert home.read(app, "list") == []
    noor.run(request.app, "approve", home.read(request.app, "list")[0]["id"], "--yes")
    [row] = home.read(app, "list")
    assert (row["id"], row["entered by"]) == ("us-country-groups", "officer:mira")
    assert {"D5", "E1", "E2"} <= set(row["lists"])


def test_what_is_no_pack_is_told_with_its_line(tmp_path: Path) -> None:
    home, file = Home(tmp_path), tmp_path / "odd.toml"
    file.write_text("[pack]\nid = 'x'\n")
    assert "odd.toml:" in home.run(app, "enter", str(file), "--yes", code=1).stderr
    file.write_bytes(b"\xff")
    assert "not UTF-8" in home.run(app, "enter", str(file), "--yes", code=1).stderr
