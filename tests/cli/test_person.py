"""``person``: people one by one and by roster, every row or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import agent, fact, key, org, person
from support.registry_cli import Home

HEAD = "person,us_citizen,source,verifier,method,verified_at,expires_at\n"
ROW = "{},{},hr,v,doc,2026-01-01T00:00:00Z,open\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.run(org.app, "add", "acme", "--name", "Acme")
    made.run(org.app, "add", "sub", "--name", "Sub")
    made.run(person.app, "add", "ann", "--org", "acme", "--name", "Ann", "--role", "engineer")
    return made


def roster(home: Home, text: str, name: str = "r.csv") -> str:
    path = home.folder.parent / name
    path.write_text(text)
    return str(path)


def test_a_person_is_shown_with_everything_known(home: Home) -> None:
    evidence = ("--source", "passport", "--verifier", "hr", "--method", "document", "--expires", "open")
    home.run(fact.app, "record", "ann", "nationality", "US;DE", *evidence)
    home.run(agent.app, "add", "bot", "--org", "acme", "--person", "ann")
    issued = home.read(key.app, "issue", "--person", "ann")
    shown = home.read(person.app, "show", "ann")
    assert (shown["name"], shown["keys"], shown["agents"]) == ("Ann", [issued["id"]], ["bot"])
    member = shown["in acme"]
    assert member["role"] == "engineer"
    assert member["facts"]["nationality"] == "DE, US (known)"
    assert member["facts"]["vetting"] == "unknown"
    assert not any(name.startswith("us_person") for name in member["facts"]), "no instrument asks for a status (P10)"
    home.run(person.app, "show", "ann", "--at", "2020-01-01T00:00:00Z", code=1)
    home.run(person.app, "show", "nobody", code=1)


def test_memberships_start_and_end(home: Home) -> None:
    home.run(person.app, "join", "ann", "--org", "sub", "--role", "guest")
    assert [row["id"] for row in home.read(person.app, "list", "--org", "sub")] == ["ann"]
    home.run(person.app, "leave", "ann", "--org", "sub", code=2)
    home.run(person.app, "leave", "ann", "--org", "sub", "--yes")
    assert home.read(person.app, "show", "ann")["in sub"]["state"] == "ended"


def test_a_dry_run_tells_differences_and_writes_nothing(home: Home) -> None:
    path = roster(home, HEAD + ROW.format("ann", "yes") + ROW.format("ben", "no"))
    preview = home.read(person.app, "import", path, "--org", "acme", "--dry-run", code=5)
    assert preview["rows"] == 2
    assert preview["changes"] == {"fact.recorded": 1, "person.enrolled": 1}
    assert len(home.read(person.app, "list")) == 1


def test_an_import_is_all_or_nothing_and_repeatable(home: Home) -> None:
    path = roster(home, HEAD + ROW.format("ben", "yes") + ROW.format("carl", "no"))
    home.run(person.app, "import", path, "--org", "acme", code=2)
    home.run(person.app, "import", path, "--org", "acme", "--yes")
    assert [row["id"] for row in home.read(person.app, "list")] == ["ann", "ben", "carl"]
    home.run(person.app, "import", path, "--org", "acme", "--dry-run")
    told = home.run(person.app, "import", path, "--org", "acme", "--yes")
    assert "Nothing changed" in told.stderr


def test_faults_of_the_file_and_against_the_registry_come_together(home: Home) -> None:
    path = roster(home, HEAD.replace("person,", "person,organization,") + ROW.format("ben,none", "maybe"))
    told = home.run(person.app, "import", path, "--yes", code=1)
    assert "r.csv:2 us_citizen" in told.stderr
    assert "r.csv:2: there is no organization 'none'" in told.stderr
    assert len(home.read(person.app, "list")) == 1


def test_a_correction_needs_to_be_asked_for(home: Home) -> None:
    first = roster(home, HEAD + ROW.format("ben", "yes"))
    home.run(person.app, "import", first, "--org", "acme", "--yes")
    second = roster(home, HEAD + ROW.format("ben", "no"))
    assert "--replace" in home.run(person.app, "import", second, "--org", "acme", "--yes", code=1).stderr
    home.run(person.app, "import", second, "--org", "acme", "--yes", "--replace")
    assert home.read(person.app, "show", "ben")["in acme"]["facts"]["us_citizen"] == "no (known)"


def test_a_missing_or_unreadable_file_is_told_in_words(home: Home) -> None:
    assert "No such file" in home.run(person.app, "import", str(home.folder / "none.csv"), code=1).stderr
    assert "directory" in home.run(person.app, "import", str(home.folder), code=1).stderr


def test_a_list_shows_the_first_and_says_how_many_more(home: Home) -> None:
    path = roster(home, HEAD + "".join(ROW.format(f"p{number:03}", "yes") for number in range(300)))
    home.run(person.app, "import", path, "--org", "sub", "--yes")
    told = home.run(person.app, "list")
    assert len(told.stdout.splitlines()) == 201
    assert "101 more are not shown" in told.stderr
    assert "297 more" in home.run(person.app, "list", "--org", "sub", "--limit", "3").stderr
    assert [row["id"] for row in home.read(person.app, "list", "--prefix", "p29", "--limit", "2")] == ["p290", "p291"]
    assert len(home.read(person.app, "list", "--limit", "0")) == 301
    assert home.run(person.app, "list", "--prefix", "ann").stderr == ""


def test_a_file_in_another_encoding_is_told_with_the_line(home: Home) -> None:
    path = Path(roster(home, ""))
    path.write_bytes((HEAD + ROW.format("ann", "yes")).encode() + b"p\xfc,yes,hr,v,doc,2026-01-01T00:00:00Z,open\n")
    told = home.run(person.app, "import", str(path), "--org", "acme", "--yes", code=1)
    assert "r.csv:3" in told.stderr
    assert "UTF-8" in told.stderr
    path.write_bytes(b"person\n" + b"x" * (2 * 1024 * 1024))
    assert "more than" in home.run(person.app, "import", str(path), "--org", "acme", "--yes", code=1).stderr


def test_p10_a_roster_of_origins_that_nothing_asks_for_is_warned_about(home: Home) -> None:
    path = roster(home, HEAD + ROW.format("ben", "yes"))
    told = home.run(person.app, "import", path, "--org", "acme", "--yes").stderr
    assert told.count("no instrument that was entered asks for us_citizen.") == 1
    vetted = roster(home, HEAD.replace("us_citizen", "vetting") + ROW.format("carl", "level-1"), "v.csv")
    assert "Warning" not in home.run(person.app, "import", vetted, "--org", "acme", "--yes").stderr


@pytest.mark.parametrize("name", ["us_person.ear", "us_person.itar", "us_person.bulk"])
def test_a_roster_cannot_type_in_a_derived_status(home: Home, name: str) -> None:
    path = roster(home, HEAD.replace("us_citizen", name) + ROW.format("ben", "yes"))
    told = home.run(person.app, "import", path, "--org", "acme", "--yes", code=1).stderr
    assert f"{name} is derived from evidence and never typed in" in told
    assert "record the evidence: us_citizen" in told
    lines = roster(home, f'{{"person": "ben", "{name}": "yes"}}\n', "r.jsonl")
    assert "never typed in" in home.run(person.app, "import", lines, "--org", "acme", "--yes", code=1).stderr
    assert len(home.read(person.app, "list")) == 1
