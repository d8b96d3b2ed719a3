"""The words about kept content."""

from __future__ import annotations

from safeconduct.terms.content import BANNED, CLASS_DAYS, Kept


def test_the_ban_is_no_class() -> None:
    assert BANNED not in CLASS_DAYS


def test_the_classes_that_are_always_there_have_the_days_that_the_pages_name() -> None:
    assert CLASS_DAYS == {"standard": 30, "flagged": 730, "export": 1826}


def test_what_was_kept_is_a_value() -> None:
    assert Kept("ab", "2026/x") == Kept("ab", "2026/x")
