"""One text as it comes, and what is changed in the events that bring it."""

from __future__ import annotations

from safeconduct.safeguards.channels import CONTEXT, TRIMMED, Channel, Span, edits_of, joined, last_part, merged, over_seams
from safeconduct.terms.blocks import Edit, Origin
from safeconduct.terms.findings import Finding
from safeconduct.terms.streams import Said


def channel(text: str, *, decided: int = 0, seam: int = 0) -> Channel:
    made = Channel(Said("c", "", "$.t", Origin.ASSISTANT))
    made.window, made.decided, made.seam = text, decided, seam
    return made


def test_what_no_detector_sees_again_is_forgotten_and_places_stay() -> None:
    at = channel("x" * 1_000, decided=900)
    at.trim()
    assert (at.base, at.end) == (900 - CONTEXT, 1_000)
    at = channel("x" * 1_000, decided=CONTEXT + TRIMMED)
    at.trim()
    assert at.base == 0


def test_the_last_part_is_read_apart_only_where_it_touches_what_stands_before() -> None:
    assert last_part(channel("onetwo", seam=3)) == "two"
    assert last_part(channel("one two", seam=4)) == ""
    assert last_part(channel("one", seam=3)) == last_part(channel("one")) == ""


def test_a_finding_of_both_readings_counts_once() -> None:
    found = Finding("d", "k", "$", 4, 6)
    apart = [Finding("d", "k", "$", 1, 3), Finding("d", "k", "$", 0, 1), Finding("e", "", "$", 0, 0)]
    assert joined([found], apart, 3, 9) == [found, Finding("d", "k", "$", 3, 4), Finding("e", "", "$", 3, 9)]


def test_the_first_event_of_a_span_gets_its_text() -> None:
    spans = [Span(2, 8, "new"), Span(8, 9, "x")]
    assert edits_of(spans, 0, 5, "$.a") == [Edit("$.a", 2, 5, "new")]
    assert edits_of(spans, 5, 10, "$.b") == [Edit("$.b", 0, 3, ""), Edit("$.b", 3, 4, "x")]


def test_edits_of_the_same_characters_are_one() -> None:
    edits = [Edit("$.a", 4, 9, "late"), Edit("$.a", 1, 5, "first"), Edit("$.b", 2, 3, "b"), Edit("$.a", 9, 10, "")]
    assert merged(edits) == [Edit("$.a", 1, 9, "first"), Edit("$.a", 9, 10, ""), Edit("$.b", 2, 3, "b")]


def test_only_what_lies_over_a_seam_is_told_of_mixed_text() -> None:
    at = channel("abcdef")
    at.base, at.seams = 10, [13]
    inside, over = Finding("d", "", "$", 0, 3), Finding("d", "", "$", 2, 4)
    assert over_seams([inside, over], at) == [over]
