"""Which seats there are, alone or in parts, at one moment or at two; and that nothing is read that nobody wants."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry.census import Census
from safeconduct.inquiry.seats import Side, bound_seats, survey
from safeconduct.office import acts
from support.inquiry_worlds import NOON, Town, policy_at, seats, side
from support.registry_world import DAY, small_world

EVERYTHING = frozenset({"us_person.ear", "nationality", "vetting", "employed_there"})


def _counts(census: Census) -> dict[object, tuple[int, list[str]]]:
    return {pair: (tally.count, sorted(tally.ids)) for pair, tally in census.pairs()}


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), parts=st.integers(1, 4))
def test_the_parts_of_a_survey_are_the_whole(seed: int, parts: int) -> None:
    town = Town(seed)
    town.suspend_some()
    here = Side(town.registry, NOON, EVERYTHING)
    whole = survey([here], keep=-1)
    merged = Census(-1)
    for part in range(parts):
        merged.merge(survey([here], part=part, parts=parts, keep=-1))
    assert _counts(merged) == _counts(whole)
    assert whole.seats == sum(1 for _ in seats(town.registry, NOON))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_facts_of_a_class_are_those_of_each_standing(seed: int) -> None:
    town = Town(seed)
    here = Side(town.registry, NOON, EVERYTHING)
    for pair, tally in survey([here], keep=-1).pairs():
        seat = pair[0]
        assert seat is not None
        for name in tally.ids:
            standing = here.standing(seat, name)
            found = {fact: (state.status.value, state.value) for fact, state in standing.facts.items()}
            assert {fact: (status, value) for fact, status, value in seat.facts} == {
                fact: (status, value if status == "known" else None) for fact, (status, value) in found.items()
            }


def test_p10_facts_that_no_rule_reads_are_not_in_any_class() -> None:
    town = Town(3)
    town.enact(town.text("authorization"))
    policy = policy_at(town.registry, NOON)
    for pair, _ in survey([side(town.registry, NOON, policy)]).pairs():
        assert pair[0] is not None
        assert {name for name, _, _ in pair[0].facts} == policy.facts
    for pair, _ in survey([Side(town.registry, NOON, frozenset())]).pairs():
        assert pair[0] is not None
        assert pair[0].facts == ()


def test_two_sides_pair_what_was_with_what_is() -> None:
    world = small_world()
    before = world.registry.copy()
    world.at(NOON).act(acts.RegisterPerson("cat", "acme"))
    world.fact("ann", "vetting", "level-2", NOON)
    wanted = frozenset({"vetting"})
    sides = [Side(before, NOON, wanted), Side(world.registry, NOON, wanted)]
    for touched in (None, frozenset({"ann", "cat"})):
        found = {tally.first: pair for pair, tally in survey(sides, touched=touched).pairs()}
        old, new = found["ann"]
        assert old is not None
        assert new is not None
        assert (old.facts[0][1], new.facts[0][1]) == ("unknown", "known")
        assert found["cat"][0] is None
        assert found["cat"][1] is not None


def test_two_moments_of_one_registry() -> None:
    world = small_world()
    world.act(acts.RegisterPerson("cat", "acme", ends=NOON + DAY))
    sides = [Side(world.registry, moment, frozenset()) for moment in (NOON, NOON + DAY)]
    pairs = {tally.first: pair for pair, tally in survey(sides).pairs() if tally.first == "cat"}
    now, then = pairs["cat"]
    assert now is not None
    assert then is not None
    assert now.lapses == ()
    assert ("membership", "ended") in then.lapses


def test_a_project_seat_needs_a_live_key() -> None:
    town = Town(4)
    keys = list(town.registry.every_key())
    assert keys, "the town has no key to speak of"
    first = keys[0]
    assert bound_seats(keys, NOON)[first.holder] == [("acme", "red")]
    town.world.act(acts.RevokeKey(first.id))
    assert first.holder not in bound_seats(town.registry.every_key(), NOON)


def test_callers_are_recognized_by_the_pseudonym_of_the_log() -> None:
    world = small_world()
    here = Side(world.registry, NOON, frozenset())
    ann = world.standing("ann").leaf_pseudonym
    bot = world.registry.standing_for(organization="acme", agent="robo", now=NOON).leaf_pseudonym
    census = survey([here], callers=frozenset({ann, bot, "sc_nobody"}))
    assert {pseudonym: caller.seat for pseudonym, caller in census.callers.items()} == {ann: "ann", bot: "robo"}


def test_progress_is_told() -> None:
    told: list[int] = []
    town = Town(5)
    survey([Side(town.registry, NOON, frozenset())], tell=told.append)
    assert told == []  # a small town is done before there is anything to say
