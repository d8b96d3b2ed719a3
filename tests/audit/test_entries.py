"""Entries are canonical by construction, bounded, and say nothing about a person."""

from __future__ import annotations

import json

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit import entries
from safeconduct.audit.entries import MAX_ENTRY_BYTES, TYPES, CallDecided, canonical, clip, decode, decode_all, encode
from support.audit_samples import decided

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
numbers = st.integers(-(2**53) + 1, 2**53 - 1)


def values(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    drawn = {}
    for field in msgspec.structs.fields(kind):
        match field.type:
            case _ if field.name == "v":
                drawn[field.name] = st.just(1)
            case t if t is str:
                drawn[field.name] = texts
            case t if t is int:
                drawn[field.name] = numbers
            case t if t is bool:
                drawn[field.name] = st.booleans()
            case t if t == tuple[str, ...]:
                drawn[field.name] = st.lists(texts, max_size=3).map(tuple)
            case t if t is entries.Outcome:
                drawn[field.name] = st.sampled_from(entries.Outcome)
            case t:
                drawn[field.name] = st.sampled_from(t.__args__)
    return st.builds(kind, **drawn)


@pytest.mark.parametrize("kind", TYPES.values())
def test_fields_stand_in_canonical_order(kind: type[msgspec.Struct]) -> None:
    assert list(kind.__struct_fields__) == sorted(kind.__struct_fields__)
    assert {"at", "boot", "node", "prev", "seq", "type", "v"} <= set(kind.__struct_fields__)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(TYPES)).flatmap(lambda name: values(TYPES[name])))
def test_encoding_is_rfc_8785(entry: entries.Entry) -> None:
    data = encode(entry)
    assert data == rfc8785.dumps(json.loads(data))
    assert canonical(data)
    assert decode(data) == entry


def test_types_are_listed_under_their_own_code() -> None:
    for name, kind in TYPES.items():
        for field in msgspec.structs.fields(kind):
            if field.name == "type":
                assert field.default_factory() == name


@pytest.mark.parametrize("kind", TYPES.values())
def test_defaults_are_absent_and_type_and_version_always_there(kind: type[msgspec.Struct]) -> None:
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    least = {
        "at": 1,
        "role": "desk",
        "call": "c",
        "effect": "permit",
        "outcome": "served",
        "act": "a",
        "actor": "b",
        "scope": "call",
    }
    least |= {"minimum_index": 0, "origin": "o", "vkey": "k", "root": "r", "size": 1, "detector": "d==1", "monitor": "m"}
    entry = kind(**{name: least[name] for name in required})
    data = encode(entry)
    assert sorted(json.loads(data)) == sorted([*required, "type", "v"])
    assert decode(data) == entry


def test_p8_no_field_is_there_for_a_name_or_for_content() -> None:
    words = {"name", "email", "prompt", "body", "text", "person", "nationality", "content", "answer", "ip", "address"}
    for kind in TYPES.values():
        for field in kind.__struct_fields__:
            assert not words & set(field.split("_")) or field == "body_length", field


def test_an_entry_that_is_too_long_is_refused_and_not_cut() -> None:
    entry = decided()
    entry.rules = ("x" * MAX_ENTRY_BYTES,)
    with pytest.raises(ValueError, match="clip its texts"):
        encode(entry)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"type":"call.decided"}',
        b'{"type":"no.such"}',
        b'{"type":1}',
        b"\xff",
        encode(decided()).replace(b'"permit"', b"7"),
    ],
)
def test_what_is_no_entry_is_not_read_as_one(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - msgspec's own sentences
        decode(data)


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":"\\u0041"}', b"[1]", b"nonsense", b'{"a":1}\n'])
def test_other_spellings_are_not_canonical(data: bytes) -> None:
    assert not canonical(data)


def test_clip_bounds_a_text_and_survives_lone_surrogates() -> None:
    assert clip("x" * 1000) == "x" * 256
    assert clip("a\ud800b") == "a?b"
    entry = decided()
    entry.resolved = clip("\udfff")
    assert isinstance(decode(encode(entry)), CallDecided)


def test_p7_an_entry_of_another_version_is_not_read_as_one_of_this() -> None:
    data = encode(decided()).replace(b'"v":1}', b'"v":2}')
    assert canonical(data)
    with pytest.raises(ValueError, match="version 2"):
        decode(data)
    assert decode_all([encode(decided()), data])[1] is None
