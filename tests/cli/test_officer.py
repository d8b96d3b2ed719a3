"""Officers at the command line: a first key opens nothing but its own replacement, and no key is ever told twice."""

from __future__ import annotations

import stat
from copy import copy
from pathlib import Path

from safeconduct.assembly.officer_key import VARIABLE
from safeconduct.cli import main, org, request
from safeconduct.cli.officer import app
from safeconduct.registry.keys import looks_like_officer_key
from support.officers import officer_of, two
from support.registry_cli import Home


def holding(home: Home, file: Path) -> Home:
    seen = copy(home)
    seen.environ = {**home.environ, VARIABLE: str(file)}
    return seen


def test_p9_a_first_key_opens_nothing_but_its_own_replacement(tmp_path: Path) -> None:
    home, file = Home(tmp_path), tmp_path / "mira.key"
    home.run(app, "add", "mira", "--name", "Mira Example", "--out", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = file.read_text().strip()
    assert looks_like_officer_key(first)
    mira = holding(home, file)
    assert "whoever issued it has seen it" in mira.run(org.app, "add", "acme", "--name", "Acme", code=1).stderr
    assert home.read(app, "list")[0]["state"] == "first key"
    mira.run(app, "rotate")
    assert file.read_text().strip() != first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    mira.run(org.app, "add", "acme", "--name", "Acme")
    assert home.read(app, "list")[0]["state"] == "active"
    (old := tmp_path / "old.key").write_text(first)
    old.chmod(0o600)
    assert "the key of no officer" in holding(home, old).run(org.app, "add", "b", "--name", "B", code=1).stderr


def test_the_key_is_written_to_stdout_once_and_is_in_no_file_of_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    key = home.run(app, "add", "mira").stdout.strip()
    assert looks_like_officer_key(key)
    assert key not in home.run(app, "list", "--json").stdout
    assert looks_like_officer_key(home.read(app, "add", "noor")["key"])
    told = home.run(request.app, "approve", code=2).stderr
    assert "no request waits" in told
    for file in home.folder.rglob("*"):
        assert not file.is_file() or key.encode() not in file.read_bytes(), file


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    home, file = Home(tmp_path), tmp_path / "mira.key"
    mira = officer_of(home, "mira")
    file.chmod(0o644)
    assert "others may read" in mira.run(app, "list", code=1).stderr


def test_p9_a_third_officer_takes_the_agreement_of_a_second(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mira, noor = two(home)
    file = tmp_path / "olga.key"
    told = mira.run(app, "add", "olga", "--out", str(file)).stderr
    assert "Nothing has changed yet" in told
    assert {each["id"] for each in home.read(app, "list")} == {"mira", "noor"}
    [asked] = home.read(request.app, "list")
    noor.run(request.app, "approve", asked["id"], "--yes")
    holding(home, file).run(app, "rotate")
    rows = {each["id"]: each for each in home.read(app, "list")}
    assert rows["olga"]["keys issued by"] == ["officer:mira", "officer:olga"]


def test_an_ended_officer_is_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mira, noor = two(home)
    noor.run(app, "end", "mira", "--yes", "--why", "left")
    assert "the key of no officer" in mira.run(app, "list", code=1).stderr
    assert "no officer any more" in noor.run(app, "end", "mira", "--yes", code=1).stderr


def test_a_lost_key_is_replaced_by_a_first_key_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    two(home)
    (tmp_path / "mira.key").unlink()
    home.run(app, "rotate", "mira", "--out", str(tmp_path / "again.key"))
    assert {each["id"]: each["state"] for each in home.read(app, "list")} == {"mira": "first key", "noor": "active"}
    assert "is no officer" in home.run(app, "rotate", code=1).stderr


def test_an_officer_is_linked_to_the_person_whom_the_officer_is(tmp_path: Path) -> None:
    home = Home(tmp_path)
    mira, _ = two(home)
    mira.run(main.app, "org", "add", "acme", "--name", "Acme")
    mira.run(main.app, "person", "add", "ann", "--org", "acme")
    mira.run(app, "link", "mira", "person/ann")
    assert {each["id"]: each["person"] for each in home.read(app, "list")} == {"mira": "ann", "noor": ""}
    assert "Nothing has changed yet" in mira.run(app, "link", "mira").stderr
