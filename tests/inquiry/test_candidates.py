"""A trial registry holds the letter as if it were in force; the real one is untouched."""

from __future__ import annotations

import pytest

from safeconduct.inquiry.candidates import activated, entered_and_activated, withdrawn
from support.inquiry_worlds import NOON, Town, letter, policy_at

TERMS = letter("terms", "authorization", [("true", ["claude-fable-5"])])
OTHER = letter("terms", "authorization", [("true", ["claude-mythos-5"])])


def _rules(registry: object) -> set[tuple[str, ...]]:
    return {tuple(sorted(rule.models.ids)) for rule in policy_at(registry, NOON).compiled.rules}  # type: ignore[arg-type]


def test_a_text_is_tried_without_being_entered() -> None:
    town = Town(1)
    trial = entered_and_activated(town.registry, "terms", TERMS, {}, NOON)
    assert _rules(trial) == {("claude-fable-5",)}
    assert _rules(town.registry) == set()
    assert town.registry.instruments() == []


def test_a_new_version_takes_the_place_of_the_one_in_force() -> None:
    town = Town(2)
    town.enact(TERMS)
    assert _rules(entered_and_activated(town.registry, "terms", OTHER, {}, NOON)) == {("claude-mythos-5",)}
    again = entered_and_activated(town.registry, "terms", OTHER, {}, NOON)
    assert _rules(activated(again, "terms", 1, NOON + 1)) != _rules(town.registry)


def test_a_withdrawal_is_tried_too() -> None:
    town = Town(3)
    town.enact(TERMS)
    assert _rules(withdrawn(town.registry, "terms", 1, NOON)) == set()
    assert _rules(town.registry) == {("claude-fable-5",)}
    with pytest.raises(KeyError):
        withdrawn(town.registry, "terms", 9, NOON)
    with pytest.raises(KeyError):
        activated(town.registry, "nothing", 1, NOON)
