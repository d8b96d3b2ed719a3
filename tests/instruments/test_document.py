"""Every fault of an instrument file is found, with its line and how to mend it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.instruments.document import Kind, RuleEffect, read
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import parse
from support.policy_june import ANNEX_A, GLASSWING, LETTER_12, LETTER_26, LETTER_30, instrument

HEAD = """[instrument]
id = "letter-1"
authority = "ministry"
kind = "requirement"
effective = 2026-06-12T17:21:00-04:00
"""
RULE = """[[rule]]
id = "one"
effect = "forbid"
models = ["m"]
cohort = 'true'
say = "No."
"""
DUTIES = 'duties = [{name="retain", value="standard"}]\n'
OBLIGE = RULE.replace('"forbid"', '"oblige"') + DUTIES


def faults(text: str, files: dict[str, bytes] | None = None) -> list[tuple[str, str, str, str]]:
    with pytest.raises(Refused) as refused:
        read(text, files or {}, "x.toml")
    return [(fault.code, fault.where, fault.what, fault.mend) for fault in refused.value.faults]


def test_the_june_letters_read_as_written() -> None:
    letter = instrument(LETTER_12)
    assert (letter.id, letter.authority, letter.kind, letter.regime) == ("us-bis-2026-06-12", "us-bis", Kind.REQUIREMENT, "ear")
    assert letter.effective == letter.received == parse("2026-06-12T21:21:00Z")
    [rule] = letter.rules
    assert rule.effect is RuleEffect.FORBID
    assert rule.models == ("claude-fable-5", "claude-mythos-5")
    assert LETTER_12.split("\n")[rule.cohort_line - 1].startswith("cohort")
    assert LETTER_12.split("\n")[rule.line - 1] == "[[rule]]"

    exemption = instrument(LETTER_26)
    assert exemption.rules[0].effect is RuleEffect.EXEMPT
    assert exemption.rules[0].target == "us-bis-2026-06-12/foreign-persons"
    assert [line.organization for line in exemption.annexes[0].lines] == ["acme", "borealis"]
    assert instrument(LETTER_30).rules[0].effect is RuleEffect.LIFT
    assert instrument(GLASSWING).rules[0].duties == (("cap", "max_output_tokens=4000"),)


@pytest.mark.parametrize("kind", ["requirement", "authorization", "program_terms", "organization_policy"])
def test_an_obligation_may_stand_where_somebody_can_bind_others(kind: str) -> None:
    [rule] = read(HEAD.replace("requirement", kind) + OBLIGE, {}).rules
    assert (rule.effect, rule.duties) == (RuleEffect.OBLIGE, (("retain", "standard"),))


# text, code, line, a piece of the sentence, a piece of the mend
BROKEN = [
    ("", "missing_table", 1, "no [instrument] table", "Begin the file"),
    ("[instrument\n", "toml_syntax", 1, "not TOML", "Mend the syntax"),
    (HEAD + RULE + 'x = "\n', "toml_syntax", 12, "not TOML", "Mend the syntax"),
    (HEAD, "missing_table", 1, "no rule", "at least one [[rule]]"),
    (HEAD + 'colour = "red"\n' + RULE, "unknown_key", 6, '"colour" is unknown', "Known keys"),
    (HEAD + RULE + 'cohrot = "true"\n', "unknown_key", 12, '"cohrot" is unknown', 'Did you mean "cohort"?'),
    ("extra = 1\n" + HEAD + RULE, "unknown_key", 1, '"extra" is unknown', "[[rule]]"),
    (HEAD.replace("letter-1", "Letter One") + RULE, "wrong_id", 2, "not a usable name", "lower-case"),
    (HEAD.replace("requirement", "order") + RULE, "wrong_value", 4, '"kind" is wrong', "authorization"),
    (HEAD.replace("-04:00", "") + RULE, "wrong_value", 5, '"effective" is wrong', "with its zone"),
    (HEAD.replace("2026-06-12T17:21:00-04:00", "2026-06-12") + RULE, "wrong_value", 5, '"effective" is wrong', "with its zone"),
    (HEAD.replace('authority = "ministry"\n', "") + RULE, "missing_key", 1, '"authority" is missing', "Add authority"),
    (HEAD + 'text_sha256 = "ABC"\n' + RULE, "wrong_value", 6, '"text_sha256" is wrong', "quotes"),
    (HEAD + f'text_sha256 = "{"G" * 64}"\n' + RULE, "wrong_hash", 6, "not a sha256", "hex digits"),
    (HEAD + RULE.replace("effect =", "# effect ="), "rule_sort", 6, "it has none", "Keep one"),
    (HEAD + RULE + 'lifts = "a/b"\n', "rule_sort", 6, "effect and lifts", "Keep one"),
    (HEAD + RULE.replace('"forbid"', '"allow"'), "wrong_value", 8, '"effect" is wrong', "permit or oblige"),
    (HEAD + RULE.replace('"forbid"', '"permit"'), "rule_kind", 8, "cannot stand in an instrument of kind requirement", "forbid"),
    (HEAD + RULE.replace('["m"]', "[]"), "wrong_value", 9, '"models" is wrong', "at least one"),
    (HEAD + RULE.replace('["m"]', '"m"'), "wrong_value", 9, '"models" is wrong', "at least one"),
    (HEAD + RULE.replace('"m"', '"level:x"'), "wrong_model", 9, "selects no model", "tier:<tier>"),
    (HEAD + RULE.replace("cohort = 'true'\n", ""), "missing_key", 6, "has no cohort", "everybody"),
    (HEAD + RULE.replace('say = "No."\n', ""), "missing_key", 6, "without a sentence", "say"),
    (HEAD + RULE + 'duties = [{name="cap", value="1"}]\n', "duty_place", 12, "cannot ask for duties", "permit"),
    (HEAD + OBLIGE.replace(DUTIES, ""), "missing_key", 6, "obliges to nothing", "Add duties"),
    (HEAD + OBLIGE.replace(DUTIES, "duties = []\n"), "missing_key", 12, "obliges to nothing", "at least one"),
    (HEAD + OBLIGE.replace('say = "No."\n', ""), "missing_key", 6, "obliges without a sentence", "it concerns"),
    (HEAD + OBLIGE.replace("standard", "30 days"), "wrong_value", 12, "name of a retention class", '"none"'),
    (HEAD.replace("requirement", "lift") + OBLIGE, "rule_kind", 8, "(oblige) cannot stand", "lifts"),
    (HEAD.replace("requirement", "exemption") + OBLIGE, "rule_kind", 8, "(oblige) cannot stand", "exempts"),
    (HEAD + OBLIGE + 'fallback = "m2"\n', "fallback_place", 13, "no forbid", "forbid rule"),
    (HEAD + RULE + 'duties = [{name="hug", value="1"}]\n', "wrong_value", 12, '"duties" is wrong', "redact, retain"),
    (HEAD + RULE + RULE, "duplicate_id", 13, "already used on line 7", "its own id"),
    (HEAD + "[rule]\nid = 'x'\n", "wrong_type", 6, "list of tables", "[[rule]]"),
    (
        HEAD.replace("requirement", "exemption") + RULE.replace('effect = "forbid"', 'exempts = "some rule"'),
        "wrong_reference",
        8,
        "does not name a rule",
        "<instrument>/<rule>",
    ),
    (
        HEAD.replace("requirement", "lift") + RULE.replace('effect = "forbid"', 'lifts = "a/b"'),
        "lift_whole",
        9,
        "takes no models",
        "Drop models",
    ),
]


@pytest.mark.parametrize(("text", "code", "line", "what", "mend"), BROKEN)
def test_a_broken_document_says_what_where_and_how_to_mend(text: str, code: str, line: int, what: str, mend: str) -> None:
    found = [fault for fault in faults(text) if fault[0] == code and what in fault[2]]
    assert found, faults(text)
    assert found[0][1] == f"x.toml:{line}"
    assert mend in found[0][3]


def test_all_faults_are_told_at_once_in_order_of_line() -> None:
    text = HEAD.replace("ministry", "The Ministry") + RULE.replace('"forbid"', '"allow"').replace('["m"]', "[]") + "extra = 1\n"
    assert [where for _, where, _, _ in faults(text)] == ["x.toml:3", "x.toml:8", "x.toml:9", "x.toml:12"]


def annex(data: bytes, sha: str | None = None, file: str = "a.csv") -> str:
    sha = sha or hashlib.sha256(data).hexdigest()
    return HEAD + RULE + f'[[annex]]\nid = "list"\nfile = "{file}"\nsha256 = "{sha}"\n'


@pytest.mark.parametrize(
    ("data", "code", "where", "what"),
    [
        (b"org,scope\nacme,\n", "annex_columns", "a.csv:1", "must be organization,scope"),
        (b"", "annex_columns", "a.csv:1", "it is nothing"),
        (b"organization,scope\n", "annex_empty", "a.csv:1", "lists nobody"),
        (b"organization,scope\nacme,and friends\n", "annex_scope", "a.csv:2", '"and friends" is unknown'),
        (b"organization,scope\nacme,\n,\n,and contractors\n", "annex_row", "a.csv:4", "names no organization"),
        (b"organization,scope\nacme,,x\n", "annex_row", "a.csv:2", "3 columns"),
        (b"organization,scope\nacme,\nborealis,\nacme,\n", "annex_duplicate", "a.csv:4", "already listed on line 2"),
        (b"organization,scope\nacm\xe9,\n", "annex_encoding", "a.csv:2", "not UTF-8"),
        (b'organization,scope\n"acme,\n', "annex_syntax", "a.csv:2", "not CSV"),
    ],
)
def test_a_broken_annex_says_where(data: bytes, code: str, where: str, what: str) -> None:
    found = faults(annex(data), {"a.csv": data})
    assert [(fault[0], fault[1]) for fault in found] == [(code, where)]
    assert what in found[0][2]


def test_an_annex_that_is_not_the_signed_one_is_refused() -> None:
    [(code, where, what, mend)] = faults(annex(ANNEX_A, sha="0" * 64), {"a.csv": ANNEX_A})
    assert (code, where) == ("annex_hash", "x.toml:15")
    assert hashlib.sha256(ANNEX_A).hexdigest() in what
    assert "right file" in mend


def test_an_annex_must_lie_beside_the_instrument() -> None:
    assert faults(annex(ANNEX_A))[0][:2] == ("annex_missing", "x.toml:14")
    assert faults(annex(ANNEX_A, file="../a.csv"), {"../a.csv": ANNEX_A})[0][:2] == ("annex_path", "x.toml:14")


def test_an_annex_may_begin_with_a_byte_order_mark_and_use_windows_lines() -> None:
    data = b"\xef\xbb\xbforganization,scope\r\nacme,and subsidiaries\r\n"
    [line] = read(annex(data), {"a.csv": data}).annexes[0].lines
    assert (line.organization, line.scope, line.line) == ("acme", "and subsidiaries", 2)


def test_a_text_beyond_the_limit_is_refused_unread() -> None:
    assert faults("#" * 1_000_001)[0][0] == "instrument_too_long"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_text_ends_in_anything_but_an_instrument_or_faults(data: st.DataObject) -> None:
    lines = LETTER_26.split("\n")
    index = data.draw(st.integers(0, len(lines) - 1))
    lines[index] = data.draw(st.one_of(st.text(max_size=40), st.just(lines[index][: len(lines[index]) // 2]), st.just("")))
    text = "\n".join(lines).replace("@annex-a.csv@", hashlib.sha256(ANNEX_A).hexdigest())
    total = text.count("\n") + 1
    for fault in _faults_or_none(text):
        file, _, line = fault.where.rpartition(":")
        assert file == "x.toml"
        assert 1 <= int(line) <= total
        assert fault.what
        assert fault.mend


def _faults_or_none(text: str) -> tuple[Fault, ...]:
    try:
        read(text, {"annex-a.csv": ANNEX_A}, "x.toml")
    except Refused as refused:
        return refused.faults
    return ()


GUARD = """
[[guard]]
id = "mission"
authority = "us-cisa"
cohort = 'principal.vetting == "mission"'
say = "Mission-critical use is stopped only with the agency's approval."
"""


def test_a_fallback_and_a_guard_are_read_with_their_lines() -> None:
    text = LETTER_12 + 'fallback = "claude-small-5"\n' + GUARD
    letter = read(text, {}, "x.toml")
    assert [rule.fallback for rule in letter.rules] == ["claude-small-5"]
    [guard] = letter.guards
    assert (guard.id, guard.authority, guard.cohort) == ("mission", "us-cisa", 'principal.vetting == "mission"')
    lines = text.split("\n")
    assert (lines[guard.line - 1], lines[guard.cohort_line - 1][:6]) == ("[[guard]]", "cohort")


@pytest.mark.parametrize(
    ("text", "code", "piece"),
    [
        (
            LETTER_12.replace('"forbid"', '"permit"').replace("requirement", "authorization") + 'fallback = "m"\n',
            "fallback_place",
            "fallback =",
        ),
        (LETTER_12.replace("requirement", "organization_policy") + GUARD, "guard_kind", "[[guard]]"),
        (LETTER_12 + GUARD + GUARD, "duplicate_id", None),
        (LETTER_12 + GUARD.replace("say =", "says ="), "unknown_key", "says ="),
        (LETTER_12 + GUARD.replace('"us-cisa"', '"US CISA"'), "wrong_id", 'authority = "US'),
    ],
)
def test_a_fallback_or_guard_in_the_wrong_place_is_told(text: str, code: str, piece: str | None) -> None:
    with pytest.raises(Refused) as refused:
        read(text, {}, "x.toml")
    found = {fault.code: fault for fault in refused.value.faults}
    assert code in found
    if piece is not None:
        line = next(number for number, one in enumerate(text.split("\n"), 1) if one.startswith(piece))
        assert found[code].where == f"x.toml:{line}"


EFFECTIVE = "effective = 2026-06-12T17:21:00-04:00"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-06-12T21:21:00Z", "2026-06-12T21:21:00Z"),
        ("2026-06-12 17:21:00-04:00", "2026-06-12T21:21:00Z"),
        ("2026-06-13T03:06:00+05:45", "2026-06-12T21:21:00Z"),
        ("2026-03-08T02:30:00-05:00", "2026-03-08T07:30:00Z"),  # the hour that clocks in Washington skip
        ("2026-11-01T01:30:00-04:00", "2026-11-01T05:30:00Z"),  # the hour they repeat, the first time
        ("2026-11-01T01:30:00-05:00", "2026-11-01T06:30:00Z"),  # and the second
    ],
)
def test_a_time_with_its_offset_is_one_moment(written: str, moment: str) -> None:
    assert read(LETTER_12.replace(EFFECTIVE, f"effective = {written}"), {}).effective == parse(moment)


@pytest.mark.parametrize(
    ("written", "code", "what"),
    [
        ("2026-06-12T17:21:00", "wrong_value", "timezone"),
        ("2026-06-12", "wrong_value", "effective"),
        ('"2026-06-12T17:21:00"', "wrong_value", "text, not a time"),
        ("2026-06-12T17:21:00.5-04:00", "wrong_time", "part of a second"),
        ("0001-01-01T00:00:00+05:00", "wrong_time", "the year 1"),
        ("9999-12-31T23:59:59-05:00", "wrong_time", "the year 9999"),
        ("2026-06-12T25:00:00Z", "toml_syntax", "not TOML"),
    ],
)
def test_a_time_that_is_no_moment_to_the_second_is_refused(written: str, code: str, what: str) -> None:
    [found] = faults(LETTER_12.replace(EFFECTIVE, f"effective = {written}"))
    assert (found[0], found[1]) == (code, f"x.toml:{LETTER_12.split(chr(10)).index(EFFECTIVE) + 1}")
    assert what in found[2]
