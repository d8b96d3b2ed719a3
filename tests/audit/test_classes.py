"""Every field of every entry is marked, and what is not marked is never shown."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.audit.classes import CLASSES, FieldClass, shown
from safeconduct.audit.entries import TYPES, encode
from support.audit_samples import decided


@pytest.mark.parametrize("kind", TYPES)
def test_p8_every_field_is_marked_and_every_mark_has_its_field(kind: str) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(TYPES[kind])}
    assert fields == set(CLASSES[kind])
    assert FieldClass.SECRET not in CLASSES[kind].values()


def test_every_type_is_marked() -> None:
    assert set(CLASSES) == set(TYPES)


def test_p8_a_field_without_a_mark_is_withheld() -> None:
    entry = {**msgspec.json.decode(encode(decided())), "nickname": "Ann", "prompt": "hello"}
    told = shown(entry)
    assert told["withheld"] == ["nickname", "prompt"]
    assert "Ann" not in repr(told)
    assert "hello" not in repr(told)
    assert {name: value for name, value in told.items() if name != "withheld"} == msgspec.json.decode(encode(decided()))


def test_p8_of_an_unknown_type_only_the_chain_is_shown() -> None:
    told = shown({"type": "later.kind", "at": 1, "boot": "b", "seq": 3, "what": "secret"})
    assert told == {"type": "later.kind", "at": 1, "boot": "b", "seq": 3, "withheld": ["what"]}


def test_people_are_pseudonyms_and_said_things_are_commitments() -> None:
    for kind, marks in CLASSES.items():
        for name, mark in marks.items():
            assert (mark is FieldClass.PSEUDONYM) == (name in {"caller", "actor", "second"}), (kind, name)
            assert (mark is FieldClass.COMMITMENT) == (name.endswith("_commitment") or name.startswith("changes_")), (kind, name)
