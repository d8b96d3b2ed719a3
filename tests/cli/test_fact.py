"""``fact``: recorded with evidence, listed with numbers, withdrawn by number."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.cli import fact, org, person
from safeconduct.registry.derive import DERIVED
from safeconduct.registry.facts import CATALOG
from safeconduct.registry.records import FactRecord
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
    home.run(fact.app, "withdraw", "ann", str(row["record"]), "--why", "wrong person", code=2)
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
        (("us_person.ear", "yes", *EVIDENCE, "--expires", "open"), 1),
    ],
)
def test_what_is_no_evidence_is_told_in_words(home: Home, words: tuple[str, ...], code: int) -> None:
    home.run(fact.app, "record", "ann", *words, code=code)
    assert home.read(fact.app, "list", "ann") == []


def test_employment_without_its_organization_is_told_as_such(home: Home) -> None:
    told = home.run(fact.app, "record", "ann", "employed_there", "true", *EVIDENCE, "--expires", "open", code=1)
    assert "employed_there holds in one organization" in told.stderr


def test_a_correction_replaces(home: Home) -> None:
    home.run(fact.app, "record", "ann", "us_citizen", "no", *EVIDENCE, "--expires", "open")
    number = str(home.read(fact.app, "list", "ann")[0]["record"])
    home.run(fact.app, "record", "ann", "us_citizen", "yes", *EVIDENCE, "--expires", "open", "--replaces", number)
    assert [row["value"] for row in home.read(fact.app, "list", "ann")] == ["yes"]


def test_every_fact_has_a_name_and_a_meaning(home: Home) -> None:
    assert [row["fact"] for row in home.read(fact.app, "names")] == [*CATALOG, *DERIVED]


@pytest.mark.parametrize("name", sorted(DERIVED))
def test_a_derived_status_is_never_typed_in_and_the_answer_names_the_evidence(home: Home, name: str) -> None:
    told = home.run(fact.app, "record", "ann", name, "yes", *EVIDENCE, "--expires", "open", code=1).stderr
    assert f"{name} is derived from evidence and never typed in" in told
    assert "record the evidence: us_citizen, nationality, permanent_residence" in told


def test_a_correction_leaves_a_trail(home: Home) -> None:
    home.run(fact.app, "record", "ann", "us_citizen", "no", *EVIDENCE, "--expires", "open")
    before = home.read(fact.app, "list", "ann", "--history")[0]
    assert (before["state"], before["withdrawn"], before["why"]) == ("unexpired", "", "")
    number, right = before["record"], ("yes", *EVIDENCE, "--expires", "open")
    home.run(fact.app, "correct", "ann", number, *right, code=2)  # a reason has to be given
    home.run(fact.app, "correct", "ann", number, *right, "--why", " ", code=1)
    home.run(fact.app, "correct", "ann", "999", *right, "--why", "misread", code=1)
    home.run(fact.app, "correct", "ann", "seven", *right, "--why", "misread", code=2)
    home.run(fact.app, "correct", "ann", number, *right, "--why", "misread passport")
    assert [row["value"] for row in home.read(fact.app, "list", "ann")] == ["yes"]
    wrong, fresh = home.read(fact.app, "list", "ann", "--history")
    assert (wrong["record"], wrong["value"], wrong["state"], wrong["why"]) == (number, "no", "withdrawn", "misread passport")
    assert wrong["withdrawn_by"] == wrong["recorded_by"] != ""
    assert wrong["withdrawn"] == fresh["recorded"] > wrong["recorded"]
    then = home.read(fact.app, "list", "ann", "--history", "--at", wrong["recorded"])
    assert [(row["record"], row["state"]) for row in then] == [(number, "unexpired")]


def test_a_withdrawal_needs_a_reason(home: Home) -> None:
    home.run(fact.app, "record", "ann", "vetting", "level-1", *EVIDENCE, "--expires", "open")
    number = home.read(fact.app, "list", "ann")[0]["record"]
    assert "no reason" in home.run(fact.app, "withdraw", "ann", number, "--yes", code=1).stderr
    assert len(home.read(fact.app, "list", "ann")) == 1


@pytest.mark.parametrize(
    ("name", "value", "warned"),
    [
        ("us_citizen", "yes", True),
        ("nationality", "DE;US", True),
        ("nationality.recent", "DE", True),
        ("permanent_residence", "none", True),
        ("protected_individual", "asylee", True),
        ("vetting", "level-1", False),
        ("residence", "DE", False),
    ],
)
def test_p10_recording_an_origin_that_nothing_asks_for_is_warned_about(home: Home, name: str, value: str, warned: bool) -> None:
    told = home.run(fact.app, "record", "ann", name, value, *EVIDENCE, "--expires", "open").stderr
    assert (f"no instrument that was entered asks for {name}." in told) is warned


def test_a_status_typed_in_before_is_shown_as_not_used() -> None:
    old = FactRecord(3, "us_person.ear", "yes", "hr", "v", "typed", 0, 1)
    assert fact.row(old, 5)["state"] == "typed in, not used"
