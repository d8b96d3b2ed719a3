"""Who, what, until when: each answer agrees with deciding seat by seat, and with waiting until it happens."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry import questions
from safeconduct.inquiry.census import SeatClass
from safeconduct.inquiry.rulings import Rulings
from safeconduct.inquiry.seats import survey
from safeconduct.office import acts
from safeconduct.policy.decide import Policy
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import FOREVER, Moment
from support.inquiry_worlds import MODELS, NOON, Town, letter, plainly, policy_at, seats, side
from support.registry_world import DAY, T0

THEN = NOON + 2 * DAY


def _both(town: Town) -> tuple[Rulings, Rulings]:
    policies = policy_at(town.registry, NOON), policy_at(town.registry, THEN)
    return tuple(Rulings(side(town.registry, at, *policies), policy) for at, policy in zip((NOON, THEN), policies, strict=True))  # type: ignore[return-value]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_who_can_reach_a_model_and_whose_access_ends(seed: int) -> None:
    town = Town(seed)
    town.standing_rules()
    now, then = _both(town)
    census = survey([now.side, then.side], keep=-1)
    everyone = list(seats(town.registry, NOON))
    for model in MODELS:
        can = {one for one in everyone if plainly(town.registry, now.policy, NOON, one, model).permits}
        will = {one for one in can if plainly(town.registry, then.policy, THEN, one, model).permits}
        assert questions.total(questions.who(census, now, model.id)) == len(can)
        assert {one[:3] for one in questions.names(census, now, model.id, -1)} == {one[:3] for one in can}
        ends = [line for line in questions.ending(census, now, then) if line.model == model.id]
        assert questions.total(ends) == len(can - will)
        named = [name for _, name, of, _ in questions.ended(census, now, then, -1) if of == model.id]
        assert sorted(named) == sorted(one[1] for one in can - will)
    assert len(list(questions.names(census, now, MODELS[0].id, 1))) <= 1


def _dated() -> Town:
    town = Town(1, people=0)
    act = town.world.act
    act(acts.RegisterPerson("cit", "cobalt"))
    act(acts.RegisterPerson("guest", "cobalt", ends=T0 + DAY))
    act(acts.RecordFact("cit", "us_citizen", "yes", "hr", "v", "paper", T0, T0 + 2 * DAY))
    act(acts.RecordFact("guest", "us_citizen", "yes", "hr", "v", "paper", T0, FOREVER))
    town.enact(letter("terms", "authorization", [('principal.us_person.ear == "yes"', ["claude-fable-5"])]))
    return town


def test_what_ends_is_told_with_its_cause() -> None:
    town = _dated()
    now, then = _both(town)
    census = survey([now.side, then.side])
    told = {(line.code, line.seats) for line in questions.ending(census, now, then)}
    assert told == {("fact_expired", 1), ("membership_ended", 1)} or told == {("fact_expired", 1), ("person_ended", 1)}


def test_what_rests_on_facts_that_expire() -> None:
    town = _dated()
    now, then = _both(town)
    found = questions.resting(survey([now.side, then.side]), now, then)
    assert [(line.rule, line.fact, line.then, line.ends, line.seats) for line in found] == [
        ("terms/r0", "us_person.ear", "expired", True, 1)
    ]


def test_what_somebody_can_reach_and_until_when() -> None:
    town = _dated()

    def judge(at: Moment) -> tuple[Registry, Policy]:
        return town.registry, policy_at(town.registry, at)

    fable, mythos = questions.reach(SeatClass("person", "cobalt", "", (), ()), "cit", judge, NOON)
    assert (fable.permits, fable.until, fable.then, fable.rules) == (True, T0 + 2 * DAY, "fact_expired", ("terms/r0",))
    assert (mythos.permits, mythos.code, mythos.until) == (False, "model_not_found", FOREVER)
    end, _ = questions.end_of(SeatClass("person", "cobalt", "", (), ()), "guest", "claude-fable-5", judge, NOON)
    assert end == T0 + DAY
