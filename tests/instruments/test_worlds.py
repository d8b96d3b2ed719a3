"""The worlds that conditions tell apart stand for every caller there is."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from safeconduct.instruments.cohort import parse
from safeconduct.instruments.worlds import MOST_WORLDS, Place, Undecided, judge, worlds
from safeconduct.terms.standing import FactState
from support.policy_conditions import LISTED, ORGANIZATIONS, Condition, conditions, fact_states

PLACES = [Place(name, frozenset(annex for annex, members in LISTED.items() if name in members)) for name in ORGANIZATIONS]


def answers(*texts: str) -> set[tuple[bool | None, ...]]:
    bodies = [parse(text) for text in texts]
    return {tuple(judge(body, world) for body in bodies) for world in worlds(bodies, PLACES)}


@settings(max_examples=150, deadline=None)
@given(conditions(), conditions(), st.sampled_from([*ORGANIZATIONS, "zeta"]), st.sampled_from(["defense", ""]), fact_states())
def test_every_caller_lives_in_one_of_the_worlds(
    one: Condition, other: Condition, organization: str, project: str, facts: dict[str, FactState]
) -> None:
    """So what no world shows, no caller meets; and it is judged as an independent reference judges it."""
    try:
        found = answers(one.text, other.text)
    except Undecided:
        assume(False)
    assert (one.judge(organization, project, facts), other.judge(organization, project, facts)) in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("principal.employed_there", {True, False, None}),
        ('principal.tier == "blue"', {True, False}),
        ('principal.nationality.contains("IR") && !principal.nationality.contains("IR")', {False, None}),
        ('principal.nationality.containsAll(["IR", "KP"]) && !principal.nationality.contains("KP")', {False, None}),
        ('principal.nationality.containsAny(["IR", "KP"]) && !principal.nationality.contains("KP")', {True, False, None}),
        ('principal.nationality == ["IR", "KP"]', {True, False, None}),
        ('["IR", "KP"].containsAll(principal.nationality)', {True, False, None}),
        ('["IR", "KP"].contains(principal.residence) && principal.residence == "FR"', {False, None}),
        ('principal.organization in Annex::"list" && principal.organization == Organization::"cobalt"', {False}),
        ('principal.organization in Annex::"list" && principal.organization == Organization::"acme"', {True, False}),
        ('principal.organization in [Annex::"list", Annex::"other"]', {True, False}),
        ('principal.organization != Organization::"elsewhere"', {True, False}),
        ('(principal.tier == "a") == (principal.purpose == "b")', {True, False}),
        ("if principal.employed_there then true else true", {True, None}),
        ("(if principal.employed_there then true else true) == true", {True, None}),
        ("principal.training.isEmpty()", {True, False, None}),
    ],
)
def test_what_a_condition_can_come_to(text: str, expected: set[bool | None]) -> None:
    assert {answer for (answer,) in answers(text)} == expected


def test_literals_that_always_stand_together_are_one_class() -> None:
    many = ", ".join(f'"A{chr(65 + index)}"' for index in range(26))
    body = parse(f"principal.nationality.containsAny([{many}])")
    assert len(list(worlds([body], []))) == 3 * 2 + 1  # none, one, all; with others or without; not known


@pytest.mark.parametrize(
    "text",
    [
        'principal.vetting like "enh*"',
        "principal.location == principal.residence",
        " || ".join(f'principal.training.contains("{index}")' for index in range(13)),
    ],
)
def test_beyond_what_can_be_tried_nothing_is_claimed(text: str) -> None:
    with pytest.raises(Undecided):
        worlds([parse(text)], [])
    assert MOST_WORLDS < 2**13
