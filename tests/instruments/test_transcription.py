"""Two transcriptions of one letter: layout makes no difference, everything else does and is named with both lines."""

from __future__ import annotations

import hashlib

import pytest

from safeconduct.instruments.transcription import Transcription, compare
from safeconduct.terms.faults import Refused
from support.policy_june import ANNEX_A, GLASSWING, LETTER_12, LETTER_26, LETTER_30, PARTNERS

GUARD = '\n[[guard]]\nid = "g"\nauthority = "us-cisa"\ncohort = \'principal.vetting == "m"\'\nsay = "Ask."\n'
FULL = LETTER_12.replace("[[rule]]", 'until = 2027-01-01T00:00:00Z\ntitle = "A letter"\n\n[[rule]]') + 'fallback = "m"\n' + GUARD


def read(text: str, files: dict[str, bytes] | None = None, name: str = "x.toml") -> Transcription:
    files = {"annex-a.csv": ANNEX_A, "partners.csv": PARTNERS} if files is None else files
    for file, data in files.items():
        text = text.replace(f"@{file}@", hashlib.sha256(data).hexdigest())
    return Transcription.of(text, files, name)


def found(first: str, second: str) -> list[tuple[str, str, str, str, str]]:
    return [
        (one.what, one.first, one.second, one.first_where, one.second_where)
        for one in compare(read(first, name="a.toml"), read(second, name="b.toml"))
    ]


@pytest.mark.parametrize("text", [GLASSWING, LETTER_12, LETTER_26, LETTER_30, FULL])
def test_a_text_says_the_same_as_itself(text: str) -> None:
    assert found(text, "# typed at noon\n\n" + text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2026-06-12T17:21:00-04:00", "2026-06-12T21:21:00Z"),  # the same moment
        ("cohort = 'principal.us_person.ear != \"yes\"'", "cohort = '''\n// foreigners\nprincipal.us_person.ear!=\"yes\"\n'''"),
        ('["claude-fable-5", "claude-mythos-5"]', '["claude-mythos-5",\n  "claude-fable-5"]'),
        ("A license is required", "A  license is required"),
        (
            'say = "A license is required before a foreign person may use this model."',
            "say = 'A license is required before a foreign person may use this model.'",
        ),
    ],
)
def test_layout_makes_no_difference(old: str, new: str) -> None:
    changed = FULL.replace(old, new)
    assert changed != FULL
    assert found(FULL, changed) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"us-bis-2026-06-12"', '"us-bis-2026-06-21"', "id"),
        ('authority = "us-bis"', 'authority = "us-doc"', "authority"),
        ('regime = "ear"', 'regime = "ear" #', None),
        ("effective = 2026-06-12T17:21:00-04:00", "effective = 2026-06-12T17:21:00-05:00", "effective"),
        ("received = 2026-06-12T17:21:00-04:00\n", "", "received"),
        ("until = 2027-01-01T00:00:00Z\n", "", "until"),
        ('"A letter"', '"The letter"', "title"),
        ('["claude-fable-5", "claude-mythos-5"]', '["claude-mythos-5"]', 'models of rule "foreign-persons"'),
        ('ear != "yes"', 'ear == "no"', 'cohort of rule "foreign-persons"'),
        ("may use this model", "may use these models", 'say of rule "foreign-persons"'),
        ('fallback = "m"\n', "", 'fallback of rule "foreign-persons"'),
        ('id = "foreign-persons"', 'id = "foreign"', 'rule "foreign-persons"'),
        ('authority = "us-cisa"', 'authority = "us-nsa"', 'authority of guard "g"'),
        ('vetting == "m"', 'vetting != "m"', 'cohort of guard "g"'),
    ],
)
def test_every_difference_is_named_with_both_lines(old: str, new: str, what: str | None) -> None:
    changed = "# shifts every line by one\n" + FULL.replace(old, new)
    differences = found(FULL, changed)
    assert [one[0] for one in differences][:1] == ([what] if what else [])
    for _, first, second, here, there in differences:
        assert first != second
        assert here.startswith("a.toml:")
        assert there.startswith("b.toml:")
    if what and new and what != 'rule "foreign-persons"':
        line = int(differences[0][3].rpartition(":")[2])
        assert int(differences[0][4].rpartition(":")[2]) == line + 1


def test_a_difference_reads_as_a_sentence() -> None:
    [one] = compare(
        read(LETTER_12, name="a.toml"), read(LETTER_12.replace("17:21:00-04:00\n\n", "17:12:00-04:00\n\n"), name="b.toml")
    )
    assert str(one.fault) == (
        'a.toml:8: effective: the first transcription has "2026-06-12T21:21:00Z", '
        'the second (b.toml:8) has "2026-06-12T21:12:00Z"'
        " (Look at the letter itself and correct the one that is wrong)"
    )


def test_duties_and_targets_are_compared() -> None:
    assert [one[0] for one in found(GLASSWING, GLASSWING.replace("4000", "40000"))] == ['duties of rule "partners"']
    assert [one[0] for one in found(LETTER_30, LETTER_30.replace("06-12", "06-26"))] == ['lifts of rule "controls-lifted"']
    assert [one[0] for one in found(LETTER_26, LETTER_26.replace("06-12", "06-21"))] == ['exempts of rule "trusted-partners"']


def test_an_annex_is_compared_by_what_it_lists() -> None:
    one = read(LETTER_26)
    same = read(LETTER_26, {"annex-a.csv": b"organization\r\nborealis\r\nacme\r\n"})
    other = read(LETTER_26, {"annex-a.csv": b"organization,scope\nacme,and contractors\nborealis,\n"})
    names = read(LETTER_26, {"annex-a.csv": b"name\nacme\nborealis plc\n"})
    assert compare(one, same) == ()
    assert [each.what for each in compare(one, other)] == ['file of annex "trusted-partners"']
    assert [each.what for each in compare(one, names)] == ['file of annex "trusted-partners"']


def test_long_values_are_shown_where_they_part() -> None:
    long = "A license is required. " * 20
    text = LETTER_12.replace("A license is required before a foreign person may use this model.", long + "Ask.")
    [one] = compare(read(text), read(text.replace("Ask.", "Axe.")))
    assert "Ask." in one.first
    assert "Axe." in one.second
    assert len(one.first) < 150


def test_a_broken_transcription_is_refused_with_its_faults() -> None:
    with pytest.raises(Refused):
        read(LETTER_12.replace('kind = "requirement"', ""))
