"""Retention classes and months: the longest wins, a month ends where the next begins, names are strict."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.content import BANNED
from safeconduct.terms.moments import parse
from safeconduct.vault.classes import DAY, Classes, is_class_name, is_month, month_end, month_of


def test_the_longest_that_is_asked_for_wins() -> None:
    classes = Classes({"legal": 3650})
    assert classes.longest(["standard", "flagged"]) == "flagged"
    assert classes.longest(["flagged", "legal", "export"]) == "legal"
    assert classes.longest([]) == ""
    with pytest.raises(KeyError):
        classes.longest(["standard", "none"])
    assert classes.names() == ["standard", "flagged", "export", "legal"]


def test_time_is_over_so_many_days_after_the_end_of_the_month() -> None:
    classes = Classes()
    assert classes.over_at("standard", "2026-06") == parse("2026-07-01T00:00:00Z") + 30 * DAY
    assert classes.over_at("standard", "2026-12") == parse("2027-01-31T00:00:00Z")


@pytest.mark.parametrize(("name", "days"), [(BANNED, 3), ("", 3), ("A", 3), ("a/b", 3), ("1a", 3), ("x" * 33, 3), ("a", 0)])
def test_what_can_be_no_class_is_refused(name: str, days: int) -> None:
    with pytest.raises(ValueError, match="class"):
        Classes({name: days})


@settings(max_examples=100)
@given(st.integers(0, parse("2999-12-31T23:59:59Z")))
def test_a_moment_lies_in_its_month(at: int) -> None:
    month = month_of(at)
    assert is_month(month)
    assert at < month_end(month)
    assert month_of(month_end(month) - 1) == month
    assert month_of(month_end(month)) != month


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "2026-011", "+026-01", "1969-12", "٢٠٢٦-01"]
)
def test_what_is_no_month(text: str) -> None:
    assert not is_month(text)
    with pytest.raises(ValueError, match="no month"):
        month_end(text)


@given(st.text(max_size=40))
@settings(max_examples=100)
def test_a_class_name_never_leads_anywhere(text: str) -> None:
    if is_class_name(text):
        assert not set(text) & set("./\\: \0")
