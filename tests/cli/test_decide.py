"""``decide``: permit or deny by exit code, the rules that decided, and what would change the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.cli.decide import app
from safeconduct.terms.moments import show
from support.letters import put_in_force_at
from support.policy_home import peopled, write_letters
from support.policy_june import FILES, LETTER_12
from support.registry_cli import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = peopled(tmp_path)
    letters = write_letters(tmp_path / "letters")
    put_in_force_at(made, letters["glasswing"].read_text(), {name: data.decode() for name, data in FILES.items()})
    return made


def test_p6_the_answer_as_of_a_moment_stays_what_it_was(home: Home) -> None:
    question = ("--person", "bo", "--model", "claude-mythos-5")
    before = home.read(app, *question)
    assert (before["decision"], before["rules"]) == ("permit", ["glasswing/partners"])
    with open_desk(home.environ) as desk:
        moment = show(desk.now())
    put_in_force_at(home, LETTER_12)
    now = home.read(app, *question, code=3)
    assert (now["decision"], now["reasons"][0]["code"]) == ("deny", "forbidden")
    then = home.read(app, *question, "--at", moment)
    assert (then["decision"], then["policy_hash"], then["standing_hash"]) == (
        "permit",
        before["policy_hash"],
        before["standing_hash"],
    )
    home.read(app, *question, "--at", "2020-01-01T00:00:00Z", "--org", "acme", code=3)


def test_the_words_name_rules_facts_and_a_way_out(home: Home) -> None:
    put_in_force_at(home, LETTER_12)
    told = home.run(app, "--person", "chris", "--model", "claude-mythos-5", code=3).stdout
    assert told.startswith("deny  chris of acme  claude-mythos-5")
    assert "fact_unknown" in told
    assert "decided: forbid us-bis-2026-06-12/foreign-persons reads us_person.ear unknown" in told
    assert "would permit: record valid evidence (us_citizen, nationality, permanent_residence, protected_individual)" in told
    told = home.run(app, "--person", "bo", "--model", "claude-mythos-5", code=3).stdout
    assert "no small change" in told


def test_a_model_that_the_letter_offers_instead_is_told(home: Home) -> None:
    question = ("--person", "chris", "--model", "claude-mythos-5")
    one = 'models = ["claude-mythos-5"]\nfallback = "claude-fable-5"'
    put_in_force_at(home, LETTER_12.replace('models = ["claude-fable-5", "claude-mythos-5"]', one))
    assert home.read(app, *question, code=3)["offers"] == "claude-fable-5"
    assert "offers instead: claude-fable-5, where that is permitted by itself" in home.run(app, *question, code=3).stdout


def test_an_agent_is_judged_as_its_person(home: Home) -> None:
    assert home.read(app, "--agent", "nightly", "--model", "mythos")["agents"] == ["nightly"]
    put_in_force_at(home, LETTER_12)
    assert home.read(app, "--agent", "nightly", "--model", "mythos", code=3)["person"] == "bo"


def test_p12_callers_cannot_tell_a_hidden_model_from_none_but_the_officer_can(home: Home) -> None:
    hidden = home.run(app, "--person", "zoe", "--model", "claude-mythos-5", code=3)
    absent = home.run(app, "--person", "zoe", "--model", "no-such-model", code=3)
    assert "exists, but no authorization ever covered zeta" in hidden.stderr
    assert "No model of the catalog has the name no-such-model" in absent.stderr
    reasons = [
        home.read(app, "--person", "zoe", "--model", name, code=3)["reasons"]
        for name in ("claude-mythos-5", "no-such-model", "m\u0443thos")
    ]
    assert reasons[0] == reasons[1] == reasons[2]


def test_hosts_and_dialects_are_part_of_the_question(home: Home) -> None:
    question = ("--person", "ada", "--model", "claude-mythos-5")
    assert home.read(app, *question, "--host", "evil.example", code=3)["reasons"][0]["code"] == "host_out_of_scope"
    assert home.read(app, *question, "--dialect", "chat", code=3)["reasons"][0]["code"] == "dialect_not_served"


def test_questions_that_cannot_be_asked(home: Home) -> None:
    home.run(app, "--model", "claude-mythos-5", code=2)
    home.run(app, "--model", "claude-mythos-5", "--person", "ada", "--agent", "nightly", code=2)
    home.run(app, "--model", "claude-mythos-5", "--person", "ada", "--at", "yesterday", code=2)
    assert "there is no person nobody" in home.run(app, "--model", "claude-mythos-5", "--person", "nobody", code=1).stderr


def test_a_moment_before_the_caller_was_registered_is_named_as_such(home: Home) -> None:
    early = home.run(app, "--model", "claude-mythos-5", "--person", "ada", "--at", "2001-01-01T00:00:00Z", code=1)
    assert "ada was not registered yet at that moment" in early.stderr


def test_someone_unknown_in_a_named_organization_is_denied(home: Home) -> None:
    found = home.read(app, "--model", "claude-fable-5", "--person", "nobody", "--org", "acme", code=3)
    assert found["reasons"][0]["code"] == "person_unknown"
