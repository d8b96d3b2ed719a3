"""Names in an annex as received: candidates are proposed with reasons, and nothing is ever matched by itself."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.instruments.annex import Scope
from safeconduct.instruments.compile import compile_rules
from safeconduct.instruments.document import Instrument
from safeconduct.instruments.matching import MOST_CANDIDATES, Register, matched, review_names, unmatched
from support.policy_june import AFTER_26, LETTER_12, LETTER_26, held, instrument

REGISTER = Register(
    {
        "acme": ("Acme Corporation", "Acme Labs"),
        "acme-de": ("ACME GmbH",),
        "borealis": ("Bor\u00e9alis S.A.R.L.",),
        "cobalt": ("Cobalt & Sons, Inc.",),
        "delta-1": ("Delta Research Ltd",),
        "delta-2": ("Delta Research Limited",),
        "strasse": ("Stra\u00dfenbau M\u00fcller KG",),
        "jpl": ("Jet Propulsion Laboratory",),
    }
)


def letter(names: bytes) -> Instrument:
    return instrument(LETTER_26, {"annex-a.csv": names})


def best(name: str) -> str:
    found = REGISTER.candidates(name)
    return found[0].organization if found else ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Acme Corporation", "acme"),
        ("ACME CORP.", "acme"),
        ("acme gmbh", "acme-de"),
        ("Borealis SARL", "borealis"),
        ("Borealis S. A. R. L.", "borealis"),
        ("Cobalt and Sons Incorporated", "cobalt"),
        ("Sons & Cobalt", "cobalt"),
        ("Strassenbau Mueller", "strasse"),
        ("Laboratory, Jet Propulsion", "jpl"),
        ("Jet Propulsion Labratory", "jpl"),
        ("Unheard Of Partners", ""),
    ],
)
def test_the_likeliest_organization_comes_first(name: str, expected: str) -> None:
    assert best(name) == expected


def test_reasons_are_given_and_the_legal_form_is_compared() -> None:
    [first, second] = REGISTER.candidates("Acme GmbH")
    assert (first.organization, second.organization) == ("acme-de", "acme")
    assert first.score > second.score
    assert "same but for case" in first.why[0]
    assert second.why[-1] == "The legal form differs: GMBH in the annex, CORPORATION in the registry."
    assert REGISTER.candidates("ACME GmbH")[0].score == 1.0


def test_homonyms_are_flagged() -> None:
    assert REGISTER.homonyms("DELTA RESEARCH") == ("delta-1", "delta-2")
    assert REGISTER.homonyms("Cobalt and Sons") == ()
    [one] = review_names(letter(b"name\nDelta Research Ltd\n"), REGISTER)
    assert one.homonyms == ("delta-1", "delta-2")
    assert len(one.candidates) == 2


def test_letters_that_only_look_alike_are_pointed_out() -> None:
    [one] = review_names(letter("name\nA\u0441me Corporation\n".encode()), REGISTER)  # a Cyrillic es
    assert "several alphabets (cyrillic, latin)" in one.warnings[0]
    [hidden] = review_names(letter("name\nAcme\u200b Corporation\n".encode()), REGISTER)
    assert hidden.warnings == ("The name holds characters that cannot be seen.",)


def test_a_name_lists_nobody_until_people_matched_it() -> None:
    received = letter(b"name,scope\nAcme Corporation,and subsidiaries\nBorealis SARL,\n")
    assert [(line.name, line.organization, line.scope) for line in received.annexes[0].lines] == [
        ("Acme Corporation", "", Scope.SUBSIDIARIES),
        ("Borealis SARL", "", Scope.ALONE),
    ]
    assert len(unmatched(received)) == 2
    requirement = held(instrument(LETTER_12))
    assert compile_rules([requirement, held(received)], AFTER_26).annexes == {}
    agreed = matched(received, {("trusted-partners", "Acme Corporation"): "acme", ("elsewhere", "Borealis SARL"): "borealis"})
    assert [line.name for _, line in unmatched(agreed)] == ["Borealis SARL"]
    compiled = compile_rules([requirement, held(agreed)], AFTER_26).annexes
    assert set(compiled) == {"acme"}
    assert compiled["acme"].with_subsidiaries == {"us-bis-2026-06-26@1/trusted-partners"}


def test_nothing_chosen_changes_nothing() -> None:
    received = letter(b"name\nAcme\n")
    assert matched(received, {}) is received
    ids = instrument(LETTER_26)
    assert matched(ids, {("trusted-partners", "acme"): "zeta"}).annexes == ids.annexes


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60))
def test_no_name_is_too_strange(name: str) -> None:
    found = REGISTER.candidates(name)
    assert len(found) <= MOST_CANDIDATES
    assert all(0 <= one.score <= 1 and one.why for one in found)
    REGISTER.homonyms(name)


def test_a_large_register_is_searched_in_no_time() -> None:
    """Bounded work for each name: letters in common choose the few that are compared."""
    many = Register(
        {
            f"o{index}": (f"{hashlib.sha256(bytes([index % 251, index // 251])).hexdigest()[:12]} Industries",)
            for index in range(3_000)
        }
    )
    assert len(many.candidates("0e5751c026e5 Industires")) <= MOST_CANDIDATES
