"""The life of an instrument at the command line: checked, entered, activated, listed, withdrawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safeconduct.cli.instrument import app
from safeconduct.instruments.forms import json_schema
from safeconduct.terms.conditions import SCHEMA_TEXT
from support.policy_home import peopled, write_letters
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return peopled(tmp_path)


@pytest.fixture
def letters(tmp_path: Path) -> dict[str, Path]:
    return write_letters(tmp_path / "letters")


def test_the_life_of_a_letter(home: Home, letters: dict[str, Path]) -> None:
    assert "in order" in home.run(app, "check", str(letters["letter-12"])).stderr
    entered = home.run(app, "enter", str(letters["letter-12"]))
    assert "instrument activate us-bis-2026-06-12" in entered.stderr
    [row] = home.read(app, "list")
    assert (row["id"], row["version"], row["status"], row["rules"]) == ("us-bis-2026-06-12", 1, "entered", ["foreign-persons"])
    home.run(app, "activate", "us-bis-2026-06-12", "--yes")
    assert home.read(app, "list")[0]["status"] == "in force"
    assert home.run(app, "show", "us-bis-2026-06-12").stdout.strip() == letters["letter-12"].read_text().strip()
    [policy] = home.read(app, "show", "us-bis-2026-06-12", "--cedar")
    assert json.loads(policy["policy"])["effect"] == "forbid"
    home.run(app, "withdraw", "us-bis-2026-06-12", "--yes", "--why", "drill over")
    assert home.read(app, "list")[0]["status"] == "withdrawn"
    assert home.read(app, "show", "us-bis-2026-06-12", "--cedar") == []


def test_annexes_travel_with_the_letter(home: Home, letters: dict[str, Path]) -> None:
    for name in ("glasswing", "letter-12", "letter-26"):
        home.run(app, "enter", str(letters[name]))
    shown = home.read(app, "show", "us-bis-2026-06-26")
    assert shown["annexes"] == {"annex-a.csv": "organization,scope\nacme,\nborealis,\n"}


def test_a_letter_with_faults_is_refused_whole(home: Home, letters: dict[str, Path]) -> None:
    text = (
        letters["letter-12"]
        .read_text()
        .replace('"claude-mythos-5"]', '"claude-mythos-6"]')
        .replace("us_person.ear", "us_persn.ear")
    )
    letters["letter-12"].write_text(text)
    for command in ("check", "enter"):
        told = home.run(app, command, str(letters["letter-12"]), code=1).stderr
        assert "letter-12.toml:10" in told
        assert "letter-12.toml:14" in told
        assert "Did you mean" in told
    assert home.read(app, "list") == []


def test_an_exemption_cannot_come_before_the_rule_it_names(home: Home, letters: dict[str, Path]) -> None:
    assert "does not exist" in home.run(app, "enter", str(letters["letter-26"]), code=1).stderr
    home.run(app, "check", "--alone", str(letters["letter-26"]))


def test_activation_checks_again(home: Home, letters: dict[str, Path]) -> None:
    from safeconduct.cli import model

    home.run(app, "enter", str(letters["letter-12"]))
    home.run(model.app, "withdraw", "claude-fable-5", "--yes")
    told = home.run(app, "activate", "us-bis-2026-06-12", "--yes", code=1).stderr
    assert "claude-fable-5" in told
    assert home.read(app, "list")[0]["status"] == "entered"


def test_a_file_that_is_no_text_or_not_there_is_told(home: Home, tmp_path: Path) -> None:
    odd = tmp_path / "odd.toml"
    odd.write_bytes(b"[instrument]\nid = '\xff'\n")
    assert "odd.toml:2" in home.run(app, "check", str(odd), code=1).stderr
    assert "absent.toml" in home.run(app, "check", str(tmp_path / "absent.toml"), code=1).stderr


def test_a_missing_annex_is_told_with_its_line(home: Home, letters: dict[str, Path]) -> None:
    (letters["letter-26"].parent / "annex-a.csv").unlink()
    assert "letter-26.toml:16" in home.run(app, "check", str(letters["letter-26"]), code=1).stderr


def test_unknown_instruments_are_told(home: Home) -> None:
    for words in (("show", "nope"), ("activate", "nope", "--yes"), ("withdraw", "nope", "--yes")):
        assert "nope" in home.run(app, *words, code=1).stderr


def test_schemas_are_printed(home: Home) -> None:
    assert json.loads(home.run(app, "schema").stdout) == json_schema()
    assert home.run(app, "schema", "--cedar").stdout.strip() == SCHEMA_TEXT.strip()


def test_the_list_as_of_an_earlier_moment(home: Home, letters: dict[str, Path]) -> None:
    home.run(app, "enter", str(letters["letter-12"]))
    assert home.read(app, "list", "--at", "2020-01-01T00:00:00Z") == []
