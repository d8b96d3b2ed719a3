"""``safeconduct canary``: lists come from a file or standard input, go only with a second officer, and are never shown."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from safeconduct.cli import canary, main
from support.officers import two
from support.registry_cli import Home

STRING = "acme-canary-20260601"


def _home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.run(main.app, "org", "add", "acme", "--name", "Acme")
    return home


def test_p9_lists_are_added_by_one_and_removed_by_two(tmp_path: Path) -> None:
    mira, noor = two(_home(tmp_path))
    file = tmp_path / "seeds.txt"
    file.write_text(f"{STRING}\n{STRING}-b\n")
    words = ("--org", "acme", "--name", "seeds")
    told = mira.run(canary.app, "add", str(file), *words)
    assert "within a second" in told.stderr
    (row,) = mira.read(canary.app, "list")
    assert [row[name] for name in ("organization", "name", "strings", "documents", "by")] == [
        "acme",
        "seeds",
        2,
        0,
        "officer:mira",
    ]
    assert STRING not in mira.run(canary.app, "list").output
    assert mira.read(canary.app, "list", "--org", "other") == []
    asked = mira.run(canary.app, "remove", *words, "--yes")
    assert "waits as request" in asked.stderr
    (row,) = mira.read(canary.app, "list")
    assert row["state"] == "looked for"
    noor.run(main.app, "request", "approve", "--yes")
    assert mira.read(canary.app, "list") == []
    before = mira.read(canary.app, "list", "--at", row["added"])
    assert [each["name"] for each in before] == ["seeds"]


def test_p9_a_list_is_replaced_by_two_and_the_request_shows_no_fingerprint(tmp_path: Path) -> None:
    mira, noor = two(_home(tmp_path))
    file = tmp_path / "seeds.txt"
    file.write_text(STRING)
    words = ("add", str(file), "--org", "acme", "--name", "seeds")
    mira.run(canary.app, *words)
    mira.run(canary.app, *words, code=1)
    file.write_text(f"{STRING}\n{STRING}-c")
    asked = mira.read(canary.app, *words, "--replace")["request"]
    shown = mira.read(main.app, "request", "show", asked)
    assert shown["the act"] == {"name": "seeds", "organization": "acme", "replace": True, "why": ""}
    noor.run(main.app, "request", "approve", "--yes")
    assert [row["strings"] for row in mira.read(canary.app, "list")] == [2]


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


def test_lists_of_an_earlier_version_are_taken_over_once(tmp_path: Path) -> None:
    home = _home(tmp_path)
    file = home.folder / "canaries.json"
    kept = {"organization": "acme", "name": "seeds", "added_at": 1, "strings": ["0123456789abcdef"], "documents": []}
    file.write_text(json.dumps({"key": "b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28=", "lists": [kept]}))
    home.run(canary.app, "import")
    assert [row["name"] for row in home.read(canary.app, "list")] == ["seeds"]
    assert not file.exists()
    home.run(canary.app, "import", code=1)
