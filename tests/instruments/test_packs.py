"""Rule packs: dated, sourced lists that conditions name, and that become part of what decides."""

from __future__ import annotations

import base64
from dataclasses import replace
from importlib.resources import files

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.instruments.check import Known, check
from safeconduct.instruments.cohort import parse
from safeconduct.instruments.compile import compile_rules
from safeconduct.instruments.packs import Pack, differences, expand, read_pack
from safeconduct.instruments.signature import AuthorityKey, signed_by
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.terms.faults import Fault, Refused
from support.policy_june import AFTER_12, GLASSWING, LETTER_12, MODELS, MYTHOS, held, instrument, known, standing

TEXT = files("safeconduct.assembly").joinpath("packs", "us-country-groups.toml").read_text(encoding="utf-8")
PACK = read_pack(TEXT)
PACKS = {PACK.id: PACK}
COHORT = 'principal.us_person.ear != "yes"'
BY_GROUP = LETTER_12.replace(COHORT, 'principal.nationality.containsAny(Pack::"us-country-groups/E1")')
KNOWN = Known(MODELS, frozenset({"acme"}), packs=PACKS)


def rehashed(text: str) -> str:
    """The same text with the sha256 that its content comes to."""
    [fault] = [one for one in faults(text) if one.code == "pack_hash"]
    return text.replace(PACK.content_sha256, fault.what.rpartition(" ")[2])


def faults(text: str) -> tuple[Fault, ...]:
    with pytest.raises(Refused) as refused:
        read_pack(text, "p.toml")
    return refused.value.faults


def with_country(list_: str, country: str) -> Pack:
    place = TEXT.index("countries = [\n", TEXT.index(f'id = "{list_}"')) + len("countries = [\n")
    return read_pack(rehashed(f'{TEXT[:place]}  "{country}",\n{TEXT[place:]}'))


def test_the_pack_that_comes_along_reads_and_says_that_it_is_unverified() -> None:
    assert [one.id for one in PACK.lists] == ["D5", "E1", "E2"]
    assert PACK.countries("E1") == ("IR", "KP", "SY")
    assert PACK.countries("E2") == ("CU",)
    assert {"CN", "HK", "MO", "RU"} <= set(PACK.countries("D5") or ())
    assert PACK.countries("X") is None
    assert "Unverified against the eCFR" in PACK.note
    assert "UNVERIFIED" in TEXT
    assert (PACK.version, PACK.retrieved) == ("2026-11-23", "2026-11-23")


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("[pack]", "[pack", "toml_syntax", ""),
        ("[pack]\n", "extra = 1\n[pack]\n", "unknown_key", "extra"),
        ('source = "', 'sources = "', "unknown_key", "sources"),
        ("version = 2026-11-23", "version = 5", "wrong_value", "version"),
        ('"IR", "KP", "SY"', '"IR", "kp", "SY"', "wrong_country", "countries"),
        ('"IR", "KP", "SY"', '"IR", "UK", "SY"', "wrong_country", "countries"),
        ('"IR", "KP", "SY"', '"IR", "KPR", "SY"', "wrong_value", "countries"),
        ('"IR", "KP", "SY"', '"IR", "IR", "SY"', "duplicate_country", "countries"),
        ('"IR", "KP", "SY"', '"IR", "SY"', "pack_hash", "sha256"),
        ('id = "E2"', 'id = "E1"', "duplicate_id", "[[list]]"),
        ('id = "E2"', 'id = "E 2"', "wrong_id", "id = "),
        ("retrieved = 2026-11-23", "retrieved = 2026-11-22", "pack_dates", "retrieved"),
        ("[[list]]", "[[lists]]", "missing_table", ""),
        ("[pack]\n", "[packs]\n", "missing_table", ""),
        ("sha256 = ", f'signature = "{"x" * 88}"\nsha256 = ', "wrong_signature", "signature"),
    ],
)
def test_a_pack_with_a_fault_is_refused_with_its_line(old: str, new: str, code: str, line: str) -> None:
    text = TEXT.replace(old, new)
    found = {fault.code: fault for fault in faults(text)}
    assert code in found
    if line:
        number = int(found[code].where.rpartition(":")[2])
        assert text.split("\n")[number - 1].startswith(line)


def test_a_signature_is_over_what_the_pack_says() -> None:
    signed = read_pack(TEXT.replace("sha256 = ", f'signature = "{base64.b64encode(bytes(64)).decode()}"\nsha256 = '))
    assert signed.signature == bytes(64)
    assert signed.content() == PACK.content()
    assert with_country("E2", "IR").content() != PACK.content()
    assert b"Unverified" in PACK.content()


def test_a_list_is_written_into_the_condition() -> None:
    body = parse('["US"].contains(principal.residence) || Pack::"us-country-groups/E2".contains(principal.location)')
    assert expand(body, PACKS) == parse('["US"].contains(principal.residence) || ["CU"].contains(principal.location)')


@pytest.mark.parametrize("name", ["us-country-groups/E9", "eu/E1", "E1", ""])
def test_p1_a_list_that_is_not_there_never_counts_as_empty(name: str) -> None:
    text = BY_GROUP.replace("us-country-groups/E1", name)
    with pytest.raises(ValueError, match="no pack has the list"):
        compile_rules([held(instrument(text))], AFTER_12, PACKS)
    [fault] = check(instrument(text), KNOWN)
    assert fault.code == "unknown_pack"
    assert fault.where == "letter.toml:14"
    assert check(instrument(text)) == []  # by itself a file cannot know which packs there are


def test_a_near_miss_names_the_list_that_was_meant() -> None:
    [fault] = check(instrument(BY_GROUP.replace("/E1", "/E:1")), KNOWN)
    assert fault.mend == 'Did you mean Pack::"us-country-groups/E1"?'


def test_a_pack_is_a_set_of_countries_and_nothing_else() -> None:
    for wrong in (
        'principal.residence == Pack::"us-country-groups/E1"',
        'principal.organization in Pack::"us-country-groups/E1"',
    ):
        assert [fault.code for fault in check(instrument(LETTER_12.replace(COHORT, wrong)), KNOWN)] == ["cohort_type"]
    assert check(instrument(BY_GROUP), KNOWN) == []


def test_a_pack_decides() -> None:
    policy = Policy(compile_rules([held(instrument(GLASSWING)), held(instrument(BY_GROUP))], AFTER_12, PACKS), MODELS)
    for nationality, permitted in ((("IR", "FR"), False), (("FR",), True)):
        caller = standing("acme", nationality=known(nationality))
        assert policy.decide(caller, MYTHOS, Context(dialect="messages"), AFTER_12).permits is permitted
    assert not policy.decide(standing("acme"), MYTHOS, Context(dialect="messages"), AFTER_12).permits


def test_p6_another_version_of_the_list_is_another_policy() -> None:
    letter = [held(instrument(BY_GROUP))]
    before = compile_rules(letter, AFTER_12, PACKS)
    assert compile_rules(letter, AFTER_12, {PACK.id: with_country("E1", "CU")}).hash != before.hash
    assert compile_rules(letter, AFTER_12, {PACK.id: with_country("E2", "IR")}).hash == before.hash  # it reads E1 only
    assert compile_rules(letter, AFTER_12, {PACK.id: replace(PACK, note="re-checked")}).hash == before.hash


def test_versions_are_compared_for_officers() -> None:
    assert differences(PACK, PACK) == ()
    assert differences(PACK, with_country("E2", "IR")) == ("E2: now with IR",)
    assert differences(with_country("E2", "IR"), PACK) == ("E2: now without IR",)
    fewer = replace(PACK, lists=PACK.lists[:2])
    assert differences(PACK, fewer) == ("E2: dropped",)
    assert differences(fewer, PACK) == ("E2: new, CU",)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_text_ends_in_anything_but_a_pack_or_faults(data: st.DataObject) -> None:
    lines = TEXT.split("\n")
    index = data.draw(st.integers(0, len(lines) - 1))
    lines[index] = data.draw(st.one_of(st.text(max_size=40), st.just(lines[index][: len(lines[index]) // 2])))
    for fault in _faults_or_none("\n".join(lines)):
        assert fault.where
        assert fault.mend


def _faults_or_none(text: str) -> tuple[Fault, ...]:
    try:
        read_pack(text)
    except Refused as refused:
        return refused.faults
    return ()


def test_a_publishers_signature_covers_all_that_a_pack_says() -> None:
    secret = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key = AuthorityKey(secret.public_key().public_bytes_raw())
    signature = base64.b64encode(secret.sign(PACK.content())).decode()
    signed = read_pack(f"# laid out in another way\n{TEXT}".replace("sha256 = ", f'signature = "{signature}"\nsha256 = '))
    assert signed_by(signed.content(), signed.signature, [key]) == key
    assert signed_by(with_country("E2", "IR").content(), signed.signature, [key]) is None
