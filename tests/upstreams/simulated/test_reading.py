"""Odd shapes are nothing; text is counted, pictures hardly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.upstreams.simulated.reading import characters, number, record, records, required, string, text_of
from safeconduct.upstreams.simulated.turn import Complaint

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(ANYTHING)
def test_readers_take_any_shape(value: object) -> None:
    assert isinstance(records(value), list)
    assert isinstance(record(value), dict)
    assert isinstance(string(value), str)
    assert number(value) >= 0
    assert isinstance(text_of(value, frozenset({"text"})), str)
    assert characters(value) >= 0


def test_text_of_joins_the_named_kinds_only() -> None:
    blocks = [{"type": "text", "text": "a"}, {"type": "image", "text": "b"}, {"type": "text", "text": "c"}]
    assert text_of(blocks, frozenset({"text"})) == "a\nc"
    assert text_of("plain", frozenset()) == "plain"


def test_opaque_strings_hardly_count() -> None:
    assert characters({"text": "x" * 5000, "data": "y" * 5000}) == 6000


def test_true_is_no_number() -> None:
    assert number(True) == 0
    assert number(7) == 7


def test_the_first_missing_field_is_named() -> None:
    with pytest.raises(Complaint, match="b: Field required"):
        required({"a": 1}, "a", "b", "c")
