"""Which change of a tier lets a project do more."""

from __future__ import annotations

import pytest

from safeconduct.terms.programs import ProgramTier, widens


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        ("benign", "low-risk-dual-use", True),
        ("low-risk-dual-use", "high-risk-dual-use", True),
        ("high-risk-dual-use", "benign", False),
        ("benign", "benign", False),
        ("high-risk-dual-use", "prohibited", False),
        ("prohibited", "benign", True),
        ("a word of old", "benign", True),
        ("a word of old", "prohibited", False),
    ],
)
def test_allowing_more_is_told_from_allowing_less(before: str, after: str, more: bool) -> None:
    assert widens(before, after) is more


def test_the_list_is_the_one_that_people_know() -> None:
    assert [*ProgramTier] == ["benign", "low-risk-dual-use", "high-risk-dual-use", "prohibited"]
