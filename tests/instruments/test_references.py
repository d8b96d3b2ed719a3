"""Everything an instrument names has to exist, and names may not go in circles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.instruments.check import check, review, warnings
from safeconduct.instruments.known import Known
from safeconduct.instruments.references import references
from support.policy_june import GLASSWING, LETTER_12, LETTER_26, LETTER_30, MODELS, MYTHOS, instrument, june

HAIKU = replace(MYTHOS, id="claude-haiku-5", family="haiku", tier="standard", aliases=())
KNOWN = Known(
    (*MODELS, HAIKU),
    frozenset({"acme", "borealis", "cobalt"}),
    tuple(one.instrument for one in june()),
    authorities=frozenset({"us-bis", "us-cisa"}),
)
GUARD = '\n[[guard]]\nid = "g"\nauthority = "{}"\ncohort = \'principal.vetting == "mission"\'\nsay = "Ask."\n'


def codes(text: str, known: Known = KNOWN, files: dict[str, bytes] | None = None) -> list[str]:
    return [one.fault.code for one in references(instrument(text, files), known)]


@pytest.mark.parametrize(
    ("fallback", "code", "mend"),
    [
        ("claude-haiku-5", "", ""),
        ("claude-haiku-6", "unknown_model", '"claude-haiku-5"'),
        ("mythos", "unknown_model", 'canonical id "claude-mythos-5"'),
        ("claude-fable-5", "fallback_forbidden", "not about"),
        ("gpt-5.6-cyber", "fallback_dialect", "served over messages"),
    ],
)
def test_a_fallback_has_to_be_there_permitted_and_of_the_same_dialect(fallback: str, code: str, mend: str) -> None:
    found = references(instrument(LETTER_12 + f'fallback = "{fallback}"\n'), KNOWN)
    assert {one.fault.code for one in found} == ({code} if code else set())
    assert all(mend in one.fault.mend for one in found)


def test_a_fallback_of_a_whole_tier_may_not_lie_in_it() -> None:
    text = LETTER_12.replace('["claude-fable-5", "claude-mythos-5"]', '["tier:standard"]') + 'fallback = "claude-haiku-5"\n'
    assert codes(text) == ["fallback_forbidden"]


def test_a_guard_names_a_registered_authority() -> None:
    assert codes(LETTER_12 + GUARD.format("us-cisa")) == []
    [finding] = references(instrument(LETTER_12 + GUARD.format("us-cissa")), KNOWN)
    assert finding.fault.code == "unknown_authority"
    assert finding.fault.mend == 'Did you mean "us-cisa"?'
    assert codes(LETTER_12 + GUARD.format("us-cissa"), replace(KNOWN, authorities=None)) == []


def test_instruments_that_name_each_other_in_a_circle_are_refused() -> None:
    """The exemption names a rule of the requirement; a new version of that id lifts the exemption."""
    text = LETTER_30.replace('"us-bis-2026-06-30"', '"us-bis-2026-06-12"').replace('"controls-lifted"', '"foreign-persons"')
    text = text.replace("us-bis-2026-06-12/foreign-persons", "us-bis-2026-06-26/trusted-partners")
    known = replace(KNOWN, instruments=(instrument(LETTER_26),))
    found = {one.fault.code: one.fault for one in references(instrument(text), known)}
    assert set(found) == {"circle", "reference_broken"}
    assert found["circle"].what.endswith(
        "us-bis-2026-06-12/foreign-persons -> us-bis-2026-06-26/trusted-partners -> us-bis-2026-06-12/foreign-persons"
    )


def test_a_new_version_that_drops_a_rule_others_name_is_told() -> None:
    text = LETTER_12.replace('"foreign-persons"', '"foreigners"')
    found = [one.fault for one in references(instrument(text), KNOWN)]
    assert [(one.code, one.where) for one in found] == [("reference_broken", "letter.toml:1")] * 2
    assert "us-bis-2026-06-26/trusted-partners" in found[0].what
    assert "us-bis-2026-06-30/controls-lifted" in found[1].what
    assert codes(LETTER_12) == []


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        (b"acme-corp\nacme_corp\n", "annex-a.csv:3"),
        (b"cobalt-industries\nborealis\ncobalt-industrie\n", "annex-a.csv:4"),
        (b"north-star-labs\nborealis\nnorth-star-lab\n", "annex-a.csv:4"),
        (b"xcobalt-industries\nborealis\nnorth-lab\ncobalt-industries\n", "annex-a.csv:5"),
        (b"team-01\nteam-02\nteam-03\n", ""),
        (b"acme\nborealis\n", ""),
        (b"jaxa\nnasa\n", ""),
    ],
)
def test_two_lines_that_look_like_one_organization_are_told(lines: bytes, where: str) -> None:
    names = frozenset(lines.decode().split())
    known = replace(KNOWN, organizations=KNOWN.organizations | names)
    letter = instrument(LETTER_26, {"annex-a.csv": b"organization\n" + lines})
    found = [one.where for one in warnings(letter, known) if one.code == "annex_look_alike"]
    assert found == ([where] if where else [])
    assert check(letter, known) == []


def test_a_name_nobody_matched_is_told_wherever_it_stands() -> None:
    letter = instrument(LETTER_26, {"annex-a.csv": b"name,scope\nAcme Corporation,\n"})
    assert [one.code for one in warnings(letter, KNOWN)] == ["unmatched_name"]
    assert check(letter, KNOWN) == []
    forbid = GLASSWING.replace('effect = "permit"', 'effect = "forbid"\nsay = "No."').replace(
        'duties = [{ name = "cap", value = "max_output_tokens=4000" }]', ""
    )
    letter = instrument(forbid, {"partners.csv": b"name\nAcme Corporation\n"})
    assert [one for one in check(letter, KNOWN) if one.code == "unmatched_name"] == []
    [told] = [one for one in warnings(letter, KNOWN) if one.code == "unmatched_name"]
    assert told.where == "partners.csv:2"


def test_only_the_first_unknown_names_get_a_suggestion() -> None:
    rows = "".join(f"borealis-{chr(97 + index % 26) * 5}{index}\n" for index in range(60)).encode()
    found = [one.fault for one in review(instrument(LETTER_26, {"annex-a.csv": b"organization\n" + rows}), KNOWN)]
    unknown = [one for one in found if one.code == "unknown_organization"]
    assert len(unknown) == 60
    assert all(one.mend.startswith("Register") for one in unknown[20:])


def test_a_rule_that_is_not_there_is_not_mended_by_the_rule_that_names_it() -> None:
    known = replace(KNOWN, instruments=())
    found = [one.fault for one in references(instrument(LETTER_26), known) if one.fault.code == "unknown_rule"]
    assert found
    assert all("withdrawn does not count" in fault.mend for fault in found)


ORDER = """[instrument]
id = "order"
authority = "us-bis"
kind = "requirement"
effective = 2026-06-12T17:21:00-04:00
[[rule]]
id = "keep"
effect = "oblige"
models = ["claude-mythos-5"]
cohort = 'true'
say = "It is kept."
duties = [{ name = "retain", value = "export" }, { name = "cap", value = "max_output_tokens=10" }]
"""


@pytest.mark.parametrize(
    ("value", "told"), [("export", ""), ("none", ""), ("exports", 'did you mean "export"?'), ("decade", "[vault.class.decade]")]
)
def test_a_class_that_is_not_always_there_is_told(value: str, told: str) -> None:
    found = references(instrument(ORDER.replace("export", value)), KNOWN)
    assert [(one.severity.value, one.fault.code) for one in found] == ([("warning", "unknown_class")] if told else [])
    assert all(told in one.fault.mend and f"[vault.class.{value}]" in one.fault.mend for one in found)


def test_p9_only_the_authority_that_ordered_something_lifts_it_and_nothing_is_exempted_from_it() -> None:
    known = replace(KNOWN, instruments=(*KNOWN.instruments, instrument(ORDER)))
    lift = LETTER_30.replace("us-bis-2026-06-12/foreign-persons", "order/keep").replace('"us-bis-2026-06-30"', '"lift"')
    assert codes(lift, known) == []
    assert codes(lift.replace('"us-bis"', '"us-cisa"'), known) == ["other_authority"]
    exempt = LETTER_26.replace("us-bis-2026-06-12/foreign-persons", "order/keep").replace('"us-bis-2026-06-26"', '"exempt"')
    assert "wrong_target" in codes(exempt, known)


@pytest.mark.parametrize("selector", ["*", "claude-*"])
def test_whoever_means_many_models_is_told_how_to_name_them(selector: str) -> None:
    text = LETTER_12.replace('["claude-fable-5", "claude-mythos-5"]', f'["{selector}"]')
    (found,) = [one.fault for one in references(instrument(text), KNOWN) if one.fault.code == "unknown_model"]
    tiers = sorted({f'"tier:{model.tier}"' for model in KNOWN.models})
    assert found.mend.endswith(f"models = [{', '.join(tiers)}]")
    assert "catalog them" in next(
        one.fault.mend for one in references(instrument(text), replace(KNOWN, models=())) if one.fault.code == "unknown_model"
    )
