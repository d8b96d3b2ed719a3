"""Everybody of a class is told what each of them would be told alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry.rulings import ABSENT, Rulings, named_organizations
from safeconduct.inquiry.seats import survey
from support.inquiry_worlds import MODELS, NOON, Town, letter, plainly, policy_at, seats, side


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_p6_the_answer_for_a_class_is_the_answer_for_each_of_its_seats(seed: int) -> None:
    town = Town(seed)
    town.standing_rules()
    town.suspend_some()
    policy = policy_at(town.registry, NOON)
    here = side(town.registry, NOON, policy)
    rulings = Rulings(here, policy)
    told: dict[tuple[str, str, str], list[object]] = {}
    for pair, tally in survey([here], keep=-1).pairs():
        seat = pair[0]
        assert seat is not None
        assert tally.count == len(tally.ids)
        for name in tally.ids:
            place = (seat.kind, name, seat.organization)
            told.setdefault(place, []).extend((seat.project, m.id, rulings.of(seat, tally.first, m.id)) for m in MODELS)
    plain: dict[tuple[str, str, str], list[object]] = {}
    for one in seats(town.registry, NOON):
        kind, name, organization, project = one
        if kind == "agent":
            project = town.registry.standing_for(organization=organization, agent=name, now=NOON).project
        answers = [(project, model.id, plainly(town.registry, policy, NOON, one, model)) for model in MODELS]
        plain.setdefault((kind, name, organization), []).extend(answers)
    assert {k: sorted(map(repr, v)) for k, v in told.items()} == {k: sorted(map(repr, v)) for k, v in plain.items()}


def test_organizations_that_a_rule_names_are_kept_apart() -> None:
    town = Town(1)
    town.enact(letter("named", "authorization", [('principal.organization == Organization::"acme"', ["claude-fable-5"])]))
    policy = policy_at(town.registry, NOON)
    assert named_organizations(policy) == {"acme"}
    here = side(town.registry, NOON, policy)
    rulings = Rulings(here, policy)
    permitted = set()
    for pair, tally in survey([here]).pairs():
        seat = pair[0]
        assert seat is not None
        if rulings.of(seat, tally.first, "claude-fable-5").permits:
            permitted.add(seat.organization)
    assert permitted == {"acme"}


def test_what_is_not_there_is_answered_as_absent() -> None:
    town = Town(2)
    policy = policy_at(town.registry, NOON)
    rulings = Rulings(side(town.registry, NOON, policy), policy)
    assert rulings.of(None, "p00", "claude-fable-5") == ABSENT
    pair, tally = next(iter(survey([rulings.side]).pairs()))
    assert rulings.of(pair[0], tally.first, "no-such-model") == ABSENT
    assert not ABSENT.known
