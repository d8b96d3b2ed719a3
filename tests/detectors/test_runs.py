"""Runs begin and end where they should, and are not followed beyond their bound."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.detectors import runs


@settings(max_examples=60, deadline=None)
@given(st.text("ab1 \n-", max_size=300), st.integers(0, 300))
def test_both_ends_agree_with_a_plain_walk(text: str, place: int) -> None:
    data, place = text.encode(), min(place, len(text))
    end = place
    while end < len(data) and data[end] in runs.ALNUM:
        end += 1
    start = place
    while start > 0 and data[start - 1] in runs.ALNUM:
        start -= 1
    assert runs.end_of(data, place, runs.TABLES["alnum"]) == end
    assert runs.start_of(data, place, runs.ALNUM) == start


def test_bounds_hold() -> None:
    assert runs.end_of(b"a" * 9_000, 0, runs.TABLES["alnum"]) == runs.LONGEST
    assert runs.start_of(b"a" * 9_000, 9_000, runs.ALNUM) == 9_000 - runs.LONGEST


def test_lines_and_words() -> None:
    assert runs.solid_start(b"one two three", 13) == 8
    assert runs.line_start(b"one\ntwo three", 9) == 4
    assert runs.line_start(b"one\\ntwo three", 9) == 5
    assert runs.line_end(b"one\ntwo\nthree", 5) == 7
