"""One condition at a time: what it may read, with and without rule packs at hand."""

from __future__ import annotations

import pytest

from safeconduct.instruments.condition import condition, readable
from safeconduct.instruments.known import Known
from safeconduct.instruments.packs import CountryList, Pack
from support.policy_june import LETTER_12, instrument

COHORT = 'principal.us_person.ear != "yes"'
LIST = CountryList("A1", "Some", ("DE", "FR"), 1)
PACK = Pack("groups", "2026-01-01", "a source", "2026-01-02", "", (LIST,), "0" * 64, b"", "0" * 64)
KNOWN = Known(packs={"groups": PACK})
GUARD = '\n[[guard]]\nid = "g"\nauthority = "us-cisa"\ncohort = \'{}\'\nsay = "Ask."\n'


@pytest.mark.parametrize(
    ("cohort", "code"),
    [
        ("principal.zzz", "cohort_reads"),
        ("principal.tier ==", "cohort_syntax"),
        ('principal.organization in Annex::"x"', "cohort_annex"),
        ("principal.tier", "cohort_type"),
        ("false", "never_fires"),
        ('principal.us_person.itar == "yes"', "cohort_regime"),
    ],
)
def test_a_guards_condition_is_held_to_the_same(cohort: str, code: str) -> None:
    letter = instrument(LETTER_12 + GUARD.format(cohort))
    [found] = condition(letter, letter.guards[0], None)
    assert found.fault.code == code
    assert found.fault.what.startswith('Guard "g": ')
    assert letter.where(letter.guards[0].cohort_line) == found.fault.where


def test_packs_are_written_out_where_they_are_known() -> None:
    cohort = 'Pack::"groups/A1".contains(principal.residence)'
    assert readable(cohort, KNOWN) == (readable('["DE", "FR"].contains(principal.residence)', None)[0], set())
    assert readable(cohort, Known())[1] == {"groups/A1"}
    assert readable(cohort, None)[1] == set()  # by itself a file cannot know
    letter = instrument(LETTER_12.replace(COHORT, cohort))
    assert condition(letter, letter.rules[0], KNOWN) == []
    assert condition(letter, letter.rules[0], None) == []
    assert [one.fault.code for one in condition(letter, letter.rules[0], Known())] == ["unknown_pack"]
