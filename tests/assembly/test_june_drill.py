"""The June drill, whole: every seat of a population in all four legal states, held against verdicts that share no line with us.

20,000 people by default. ``make drill`` (or SAFECONDUCT_DRILL_PEOPLE=1000000) takes the million, and prints its figures.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from safeconduct.assembly.demo.census import Asked
from safeconduct.assembly.demo.census_process import Counted
from safeconduct.assembly.demo.tables import FACTS
from safeconduct.assembly.demo.verdicts import (
    CONTRADICTED,
    EXPIRED,
    HIDDEN,
    LAPSED,
    MODELS,
    NAMED,
    UNKNOWN,
    YES,
    Seat,
    State,
    read_verdicts,
)
from safeconduct.exchange import no
from safeconduct.inquiry.seats import Side, survey
from safeconduct.registry.facts import COUNTRIES
from safeconduct.terms.call import Dialect
from safeconduct.terms.moments import show
from support.drill import LIMIT, Drill, drill

PEOPLE = int(os.environ.get("SAFECONDUCT_DRILL_PEOPLE", "20000"))
ONE_BY_ONE = 20_000  # seats decided the way a worker does, in each state
QUESTIONS = int(os.environ.get("SAFECONDUCT_DRILL_QUESTIONS", "24000"))  # rows of the auditor's file
pytestmark = [pytest.mark.drill, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def june(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with drill(tmp_path_factory.mktemp("june"), PEOPLE) as made:
        yield made
        told = "\n".join(f"{what:>40}: {took:8.2f} s" for what, took in made.seconds.items())
        sys.stderr.write(f"\n{told}\n")


@pytest.fixture(scope="module")
def law(june: Drill) -> dict[State, Path]:
    return {state: june.verdicts(state) for state in State}


@pytest.fixture(scope="module")
def counted(june: Drill, law: dict[State, Path]) -> dict[State, Counted]:
    sample = max(1, june.seats // ONE_BY_ONE)
    return {state: june.decided(state, law[state], sample) for state in State}


def test_p5_zero_wrong_and_zero_needlessly_cut_in_every_state(june: Drill, counted: dict[State, Counted]) -> None:
    for found in counted.values():
        assert found.differences == []
        assert (found.seats, found.unmatched, found.sampled_wrong) == (june.seats, 0, 0)
        assert [(count.wrong, count.cut, count.let_in) for count in found.counts] == [(0, 0, 0)] * len(MODELS)
        assert {count.permitted + count.denied for count in found.counts} == {june.seats}
        assert found.sampled >= min(ONE_BY_ONE, june.seats)


def test_the_drill_meets_everything_that_june_had(june: Drill, law: dict[State, Path]) -> None:
    words = {state: Counter(word for seat in read_verdicts(path) for word in seat[2:]) for state, path in law.items()}
    assert set(words[State.EXEMPTION]) == {YES, NAMED, UNKNOWN, EXPIRED, CONTRADICTED, LAPSED, HIDDEN}
    for state in (State.AUTHORIZED, State.LIFTED):
        assert set(words[state]) == {YES, LAPSED, HIDDEN}
    fable = {state: Counter(seat.fable for seat in read_verdicts(path)) for state, path in law.items()}
    assert fable[State.EXEMPTION][EXPIRED] > fable[State.LETTER][EXPIRED], "evidence ran out between two letters"
    assert fable[State.EXEMPTION][LAPSED] < fable[State.LETTER][LAPSED], "people began between two letters"
    assert 0.02 < fable[State.LETTER][UNKNOWN] / june.seats < 0.06
    assert 0.01 < fable[State.LETTER][EXPIRED] / june.seats < 0.04


def test_p6_an_auditor_who_asks_in_a_file_is_told_what_the_law_says(june: Drill, law: dict[State, Path], tmp_path: Path) -> None:
    """Every n-th seat in every state for both models, each with its moment, asked with the command anybody can type."""
    asked, expected = _questions(june, law)
    with (tmp_path / "questions.csv").open("w", newline="") as opened:
        csv.writer(opened).writerows([("who", "organization", "model", "at"), *asked])
    command = [sys.executable, "-m", "safeconduct", "decide", "--batch", str(tmp_path / "questions.csv")]
    subprocess.run([*command, "--out", str(tmp_path / "answers.csv")], env=june.environ, timeout=LIMIT, check=True)
    with (tmp_path / "answers.csv").open(newline="") as opened:
        answers = list(csv.DictReader(opened))
    assert [(row["who"], row["organization"], row["model"], row["at"]) for row in answers] == asked
    assert {row["error"] for row in answers} == {""}
    assert [row["decision"] == "permit" for row in answers] == [word == YES for word in expected]
    kinds = {(word, row["code"]) for word, row in zip(expected, answers, strict=True) if word not in (YES, LAPSED)}
    assert kinds == {
        (NAMED, "forbidden"),
        (UNKNOWN, "fact_unknown"),
        (EXPIRED, "fact_expired"),
        (CONTRADICTED, "fact_contradicted"),
        (HIDDEN, "model_not_found"),
    }


def _questions(june: Drill, law: dict[State, Path]) -> tuple[list[tuple[str, str, str, str]], list[str]]:
    step = max(1, june.seats * len(State) * len(MODELS) // QUESTIONS)
    asked: list[tuple[str, str, str, str]] = []
    expected: list[str] = []
    for state, path in law.items():
        at = show(june.moments[state])
        for number, seat in enumerate(read_verdicts(path)):
            if number % step == 0 or CONTRADICTED in seat:
                asked += [(seat.who, seat.organization, model, at) for model in MODELS]
                expected += [seat.fable, seat.mythos]
    return asked, expected


def test_p12_every_no_names_the_instrument_and_the_way_forward_and_nobodys_facts(june: Drill) -> None:
    """One caller of every class there is, as the caller sees it: no id, no value of a fact, no name of another."""
    at = june.moments[State.EXEMPTION]
    asked = Asked.of(june.desk.as_of(at), at)
    side = Side(asked.view.registry, at, asked.policy.facts)
    secret = {each.id for each in june.population.organizations} | set(june.population.projects) | {"refugee", "asylee"}
    secret |= {"temporary_resident", "national", *FACTS} | COUNTRIES
    sentences: dict[str, set[str]] = {}
    for (seat,), tally in survey([side], keep=1).pairs():
        assert seat is not None
        for decision in asked.decide(side.standing(seat, tally.first)):
            if not decision.permits:
                said = no.denied(decision, "call", Dialect.MESSAGES)
                assert said.mend
                sentences.setdefault(said.code, set()).add(f"{said.sentence} {said.mend}")
    assert {"forbidden", "fact_unknown", "fact_expired", "fact_contradicted", "model_not_found"} <= sentences.keys()
    for code, told in sentences.items():
        for sentence in told:
            tokens = {token.strip(".,;:()'\"") for token in sentence.split()}
            assert not tokens & secret, sentence
            assert not any(token.startswith(("p-", "agent-of-", "sub-agent-of-")) for token in tokens), sentence
            if code == "forbidden" or code.startswith("fact_"):
                assert "us-bis-2026-06-12/foreign-persons" in sentence
                assert "access officer" in sentence
    assert len(sentences["model_not_found"]) == 1, "whoever was never authorized learns nothing"
    assert all(len(told) <= 4 for told in sentences.values()), "a no says what it is about, and no more"


def test_seats_are_told_apart_by_who_and_where(law: dict[State, Path]) -> None:
    names = Counter(Seat(*seat)[:2] for seat in read_verdicts(law[State.AUTHORIZED]))
    assert set(names.values()) == {1}
