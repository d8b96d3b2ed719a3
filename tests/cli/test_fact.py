"""``fact``: recorded with evidence, listed with numbers, withdrawn by number."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import fact, org, person
from safeconduct.registry.facts import CATALOG
from support.registry_cli import Home

EVIDENCE = ("--source", "passport", "--verifier", "hr", "--method", "document")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.run(org.app, "add", "acme", "--name", "Acme")
    made.run(person.app, "add", "ann", "--org", "acme")
    return made


def test_a_fact_is_recorded_listed_and_withdrawn(home: Home) -> None:
    home.run(fact.app, "record", "ann", "us_citizen", "yes", *EVIDENCE, "--expires", "open")
    (row,) = home.read(fact.app, "list", "ann")
    assert (row["fact"], row["value"], row["state"], row["expires"]) == ("us_citizen", "yes", "unexpired", "open")
    home.run(fact.app, "withdraw", "ann", str(row["record"]), code=2)
    home.run(fact.app, "withdraw", "ann", str(row["record"]), "--why", "wrong person", "--yes")
    assert home.read(fact.app, "list", "ann") == []
    home.run(fact.app, "list", "ann", "--at", "2020-01-01T00:00:00Z", code=1)


def test_expired_evidence_is_shown_as_expired(home: Home) -> None:
    dates = ("--verified", "2020-01-01T00:00:00Z", "--expires", "2021-01-01T00:00:00Z")
    home.run(fact.app, "record", "ann", "employed_there", "true", *EVIDENCE, *dates, "--org", "acme")
    assert home.read(fact.app, "list", "ann")[0]["state"] == "expired"
    assert home.read(person.app, "show", "ann")["in acme"]["facts"]["employed_there"] == "expired"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("us_citizen", "maybe", *EVIDENCE, "--expires", "open"), 2),
        (("colour", "red", *EVIDENCE, "--expires", "open"), 2),
        (("us_citizen", "yes", *EVIDENCE), 2),
        (("us_citizen", "yes", *EVIDENCE, "--expires", "2030-01-01"), 2),
        (("us_citizen", "yes", *EVIDENCE, "--expires", "2020-01-01T00:00:00Z"), 1),
        (("us_citizen", "yes", "--source", "", "--verifier", "x", "--method", "x", "--expires", "open"), 1),
        (("employed_there", "true", *EVIDENCE, "--expires", "open"), 1),
    ],
)
def test_what_is_no_evidence_is_told_in_words(home: Home, words: tuple[str, ...], code: int) -> None:
    home.run(fact.app, "record", "ann", *words, code=code)
    assert home.read(fact.app, "list", "ann") == []


def test_a_correction_replaces(home: Home) -> None:
    home.run(fact.app, "record", "ann", "us_citizen", "no", *EVIDENCE, "--expires", "open")
    number = str(home.read(fact.app, "list", "ann")[0]["record"])
    home.run(fact.app, "record", "ann", "us_citizen", "yes", *EVIDENCE, "--expires", "open", "--replaces", number)
    assert [row["value"] for row in home.read(fact.app, "list", "ann")] == ["yes"]


def test_every_fact_has_a_name_and_a_meaning(home: Home) -> None:
    assert [row["fact"] for row in home.read(fact.app, "names")] == list(CATALOG)
