"""Selectors match ids, tiers and families, each only as what it is."""

from __future__ import annotations

import pytest

from safeconduct.terms.rules import Selectors

ALL = Selectors(frozenset({"m"}), frozenset({"red"}), frozenset({"f"}))


@pytest.mark.parametrize(
    ("model", "tier", "family", "matches"),
    [
        ("m", "x", "x", True),
        ("x", "red", "x", True),
        ("x", "x", "f", True),
        ("red", "f", "m", False),
        ("M", "Red", "F", False),
        ("", "", "", False),
    ],
)
def test_selectors_match_exactly(model: str, tier: str, family: str, matches: bool) -> None:
    assert ALL.match(model, tier, family) is matches


def test_nothing_selected_is_nothing_matched() -> None:
    assert not Selectors().match("m", "red", "f")
