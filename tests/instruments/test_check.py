"""Each way an instrument can fail to make sense is told with its sentence, its line and its mend."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.instruments.check import Known, Severity, check, review, warnings
from safeconduct.terms.moments import parse
from support.policy_june import FILES, GLASSWING, LETTER_12, LETTER_26, LETTER_30, MODELS, instrument, june

KNOWN = Known(MODELS, frozenset({"acme", "borealis", "cobalt"}), tuple(one.instrument for one in june()))


@pytest.mark.parametrize("text", [GLASSWING, LETTER_12, LETTER_26, LETTER_30])
def test_the_june_letters_are_in_order(text: str) -> None:
    letter = instrument(text)
    assert check(letter) == []
    assert check(letter, KNOWN) == []


def line_of(text: str, piece: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if piece in line)


COHORT = 'principal.us_person.ear != "yes"'
# the letter, what is replaced by what, the line that is named (by a piece of it), code, sentence, mend
BROKEN = [
    (LETTER_12, COHORT, "principal.us_person.ear !=", "cohort", "cohort_syntax", "not a Cedar condition", "one Cedar condition"),
    (LETTER_12, COHORT, "true } unless { false", "cohort", "cohort_syntax", "more than one expression", "one Cedar condition"),
    (
        LETTER_12,
        COHORT,
        'principal.us_persn.ear != "yes"',
        "cohort",
        "cohort_reads",
        "schema does not have",
        "principal.us_person.ear?",
    ),
    (LETTER_12, COHORT, "principal.zzz", "cohort", "cohort_reads", "reads principal.zzz", "Use one of"),
    (LETTER_12, COHORT, "principal.us_person.ear", "cohort", "cohort_type", "not a yes-or-no question", "Compare it"),
    (LETTER_12, COHORT, "principal.tier", "cohort", "cohort_type", "part of it is a String", "Compare it"),
    (LETTER_12, COHORT, 'principal.nationality == "IR"', "cohort", "cohort_type", "compares unlike things", ".contains(...)"),
    (LETTER_12, COHORT, 'principal.us_person.ear == "maybe"', "cohort", "cohort_reads", "can never be", '"yes" or "no"'),
    (LETTER_12, COHORT, 'principal.us_person.itar != "yes"', "cohort", "cohort_regime", "under the regime ear", "us_person.ear"),
    (LETTER_12, COHORT, "false", "cohort", "never_fires", "never true", "drop the rule"),
    (
        LETTER_12,
        COHORT,
        'principal.organization in Annex::"x"',
        "cohort",
        "cohort_annex",
        '"x", which is not here',
        "Add an [[annex]]",
    ),
    (LETTER_26, 'Annex::"trusted-partners"', 'Annex::"trusted"', "cohort", "cohort_annex", '"trusted"', "trusted-partners"),
    (LETTER_26, 'Annex::"trusted-partners"', 'Organization::"acmee"', "cohort", "unknown_organization", '"acmee"', "Register"),
    (
        LETTER_12,
        '"claude-mythos-5"]',
        '"claude-mythos-6"]',
        "[[rule]]",
        "unknown_model",
        '"claude-mythos-6"',
        '"claude-mythos-5"?',
    ),
    (LETTER_12, '"claude-mythos-5"]', '"mythos"]', "[[rule]]", "unknown_model", '"mythos"', 'canonical id "claude-mythos-5"'),
    (LETTER_12, '"claude-mythos-5"]', '"tier:secret"]', "[[rule]]", "unknown_model", '"tier:secret"', "Did you mean"),
    (LETTER_26, "12/foreign-persons", "12/foreign-person", "[[rule]]", "unknown_rule", "does not exist", "12/foreign-persons"),
    (
        LETTER_26,
        "us-bis-2026-06-12/foreign-persons",
        "glasswing/partners",
        "[[rule]]",
        "wrong_target",
        "forbids nothing",
        "lift it",
    ),
    (
        LETTER_26,
        "us-bis-2026-06-12/foreign-persons",
        "us-bis-2026-06-26/trusted-partners",
        "[[rule]]",
        "rule_names_itself",
        "exempts itself",
        "that is meant",
    ),
    (LETTER_26, '["claude-mythos-5"]', '["gpt-5.6-cyber"]', "[[rule]]", "never_fires", "can never fire", "claude-fable-5"),
    (
        LETTER_30.replace("06-30", "07-01"),
        "us-bis-2026-06-12/foreign-persons",
        "us-bis-2026-06-30/controls-lifted",
        "[[rule]]",
        "wrong_target",
        "itself a lift",
        "Withdraw",
    ),
]


@pytest.mark.parametrize(("text", "old", "new", "place", "code", "what", "mend"), BROKEN)
def test_a_fault_names_line_sentence_and_mend(text: str, old: str, new: str, place: str, code: str, what: str, mend: str) -> None:
    broken = text.replace(old, new)
    assert broken != text
    found = check(instrument(broken), KNOWN)
    assert [fault.code for fault in found] == [code], found
    assert what in found[0].what
    assert mend in found[0].mend
    assert found[0].where == f"letter.toml:{line_of(broken, place)}"


def test_an_instrument_that_ends_before_it_begins_is_told() -> None:
    text = LETTER_12.replace("\n\n[[rule]]", "\nuntil = 2026-06-12T17:21:00-04:00\n\n[[rule]]")
    assert [fault.code for fault in check(instrument(text))] == ["never_in_force"]


def test_p10_an_organizations_own_policy_may_not_ask_for_nationality() -> None:
    text = LETTER_12.replace('"requirement"', '"organization_policy"').replace('regime = "ear"\n', "")
    for cohort in (COHORT, 'principal.nationality.contains("IR")', 'principal.nationality_recent == "IR"'):
        [fault] = check(instrument(text.replace(COHORT, cohort)))
        assert fault.code == "cohort_regime"
    assert check(instrument(text.replace(COHORT, 'principal.vetting != "enhanced"'))) == []


def test_an_annex_may_list_only_registered_organizations() -> None:
    files = {**FILES, "annex-a.csv": b"organization,scope\nacme,\nborealsi,\n"}
    [fault] = check(instrument(LETTER_26, files), KNOWN)
    assert (fault.code, fault.where) == ("unknown_organization", "annex-a.csv:3")
    assert "borealis" in fault.mend


def test_faults_of_all_rules_come_together() -> None:
    text = LETTER_12.replace(COHORT, "principal.zzz").replace('"claude-mythos-5"]', '"nope"]')
    assert {fault.code for fault in check(instrument(text), KNOWN)} == {"cohort_reads", "unknown_model"}


def test_without_a_catalog_no_model_is_known() -> None:
    faults = check(instrument(LETTER_12), replace(KNOWN, models=()))
    assert {fault.code for fault in faults} == {"unknown_model"}


NOW = parse("2026-06-15T00:00:00Z")


@pytest.mark.parametrize(
    ("old", "new", "severity", "code", "line"),
    [
        ("\n\n[[rule]]", "\nuntil = 2026-06-14T00:00:00Z\n\n[[rule]]", "fault", "already_ended", "until"),
        ("\n\n[[rule]]", "\nuntil = 2026-06-12T17:20:00-04:00\n\n[[rule]]", "fault", "never_in_force", "until"),
        ("", "", "warning", "effective_past", "effective"),
        ("received = 2026-06-12T17:21:00", "received = 2026-06-12T17:21:01", "warning", "received_late", "received"),
        ("received = 2026-06-12T17:21:00", "received = 2026-06-16T17:21:00", "fault", "received_future", "received"),
    ],
)
def test_times_that_cannot_be_right_are_told(old: str, new: str, severity: str, code: str, line: str) -> None:
    text = LETTER_12.replace(old, new, 1) if old else LETTER_12
    found = {one.fault.code: one for one in review(instrument(text), replace(KNOWN, now=NOW))}
    assert found[code].severity == severity
    assert found[code].fault.where == f"letter.toml:{line_of(text, line + ' =')}"


def test_times_to_come_are_in_order() -> None:
    early = parse("2026-06-12T21:21:00Z")
    assert review(instrument(LETTER_12), replace(KNOWN, now=early)) == []
    assert [one.fault.code for one in review(instrument(LETTER_12), replace(KNOWN, now=early - 1))] == ["received_future"]


@pytest.mark.parametrize(
    ("text", "held", "told"),
    [
        (LETTER_12, {}, "nobody is ruled out"),
        (LETTER_12, {"us_person.ear": 1}, ""),
        (LETTER_26, {"us_person.ear": 9}, "nobody is certain"),
        (LETTER_26, {"employed_there": 3}, ""),
        (LETTER_30, {}, ""),
    ],
)
def test_facts_that_nobody_holds_are_told(text: str, held: dict[str, int], told: str) -> None:
    found = [one for one in warnings(instrument(text), replace(KNOWN, held=held, people=4_321)) if one.code == "fact_unheld"]
    assert [told in one.what for one in found] == ([True] if told else [])
    assert all("none of 4,321 people has valid evidence" in one.what for one in found)
    assert check(instrument(text), replace(KNOWN, held=held)) == []
    assert all(one.where == f"letter.toml:{line_of(text, 'cohort')}" for one in found)


def test_warnings_keep_nothing_out() -> None:
    assert check(instrument(LETTER_12), replace(KNOWN, now=NOW, held={})) == []
    severities = {one.severity for one in review(instrument(LETTER_12), replace(KNOWN, now=NOW, held={}))}
    assert severities == {Severity.WARNING}


@pytest.mark.parametrize("text", [LETTER_26, LETTER_30], ids=["exempts", "lifts"])
def test_p9_only_whoever_forbade_something_takes_it_back(text: str) -> None:
    """Else two officers end a ministry's signed letter by a paper of their own."""
    assert check(instrument(text), KNOWN) == []
    own = instrument(text.replace('authority = "us-bis"', 'authority = "anthropic"'))
    (found,) = check(own, KNOWN)
    assert (found.code, "a prohibition of us-bis" in found.what, "own letter" in found.mend) == ("other_authority", True, True)
