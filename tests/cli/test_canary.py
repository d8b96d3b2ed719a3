"""``safeconduct canary``: lists come from a file or standard input, and are listed without what they are."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from safeconduct.cli import canary, main
from support.registry_cli import Home

STRING = "acme-canary-20260601"


def _home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.run(main.app, "org", "add", "acme", "--name", "Acme")
    return home


def test_lists_are_added_listed_and_removed(tmp_path: Path) -> None:
    home = _home(tmp_path)
    file = tmp_path / "seeds.txt"
    file.write_text(f"{STRING}\n{STRING}-b\n")
    told = home.run(canary.app, "add", str(file), "--org", "acme", "--name", "seeds")
    assert "Restart" in told.stderr
    (row,) = home.read(canary.app, "list")
    assert (row["organization"], row["name"], row["strings"], row["documents"]) == ("acme", "seeds", 2, 0)
    assert STRING not in home.run(canary.app, "list").output
    assert home.read(canary.app, "list", "--org", "other") == []
    home.run(canary.app, "remove", "--org", "acme", "--name", "seeds", "--yes")
    assert home.read(canary.app, "list") == []


def test_a_document_comes_from_standard_input(tmp_path: Path) -> None:
    home = _home(tmp_path)
    words = "The harvester returns to orchard seventeen whenever moonlight touches the northern boundary stones again."
    asked = ["add", "-", "--document", "--org", "acme", "--name", "plan", "--json"]
    done = CliRunner().invoke(canary.app, asked, input=words, env=home.environ)
    assert done.exit_code == 0, done.output
    (row,) = home.read(canary.app, "list")
    assert (row["strings"], row["documents"] > 0) == (0, True)


def test_what_cannot_be_a_list_is_refused(tmp_path: Path) -> None:
    home = _home(tmp_path)
    file = tmp_path / "seeds.txt"
    file.write_text("too short\n")
    words = ("--org", "acme", "--name", "seeds")
    home.run(canary.app, "add", str(file), *words, code=1)
    home.run(canary.app, "add", str(tmp_path / "gone"), *words, code=1)
    file.write_bytes(b"\xff\xfe")
    home.run(canary.app, "add", str(file), *words, code=1)
    file.write_text(STRING)
    home.run(canary.app, "add", str(file), "--org", "nobody", "--name", "seeds", code=1)
    home.run(canary.app, "remove", "--org", "acme", "--name", "seeds", "--yes", code=1)
