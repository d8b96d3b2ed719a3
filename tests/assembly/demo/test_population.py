"""The population of the demonstration: the same from the same seed, with every kind the story needs."""

from __future__ import annotations

from collections import Counter

import pytest

from safeconduct.assembly.demo.population import (
    FEWEST_ORGANIZATIONS,
    FEWEST_PEOPLE,
    Evidence,
    Organization,
    Origin,
    Someone,
    populate,
    roster,
)

NOW = 1_800_000_000_000_000


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    assert populate(200, 12) == populate(200, 12)
    assert populate(200, 12).people != populate(200, 12, seed=1).people


def test_the_shares_are_those_of_the_story() -> None:
    world = populate(20_000, 150)
    assert len(world.people) == len({each.id for each in world.people}) == 20_000
    assert sum(each.listed for each in world.companies) == 105
    assert len(world.firms) == 10
    evidence = Counter(each.evidence for each in world.people)
    assert 500 <= evidence[Evidence.UNKNOWN] <= 700
    assert 320 <= evidence[Evidence.EXPIRED] <= 480
    assert world.nationalities > 25
    assert {each.organization.id for each in world.people} == {each.id for each in world.organizations}
    assert {each.origin for each in world.people} == set(Origin)


def test_firms_are_sponsored_by_companies_and_never_listed() -> None:
    world = populate(500, 40)
    companies = {each.id for each in world.companies}
    assert world.firms
    assert all(each.sponsor in companies and not each.listed for each in world.firms)


@pytest.mark.parametrize(("people", "organizations"), [(FEWEST_PEOPLE, FEWEST_ORGANIZATIONS), (400, 12)])
def test_a_small_world_has_two_of_each_kind(people: int, organizations: int) -> None:
    world = populate(people, organizations)
    assert set(Counter(member.kind for member in world.cast).values()) == {2}
    assert {member.person for member in world.cast} <= set(world.people)
    listed = [member for member in world.cast if "a listed company" in member.kind]
    assert listed
    assert all(member.person.organization.listed for member in listed)
    assert not any(member.person.employed for member in world.cast if "contractor at" in member.kind)


@pytest.mark.parametrize(("people", "organizations"), [(FEWEST_PEOPLE - 1, 12), (400, FEWEST_ORGANIZATIONS - 1)])
def test_a_world_too_small_for_the_story_is_refused(people: int, organizations: int) -> None:
    with pytest.raises(ValueError, match="the story needs"):
        populate(people, organizations)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (Origin.CITIZEN, True),
        (Origin.GREEN_CARD, True),
        (Origin.PROTECTED, True),
        (Origin.DUAL_US, True),
        (Origin.DUAL_FOREIGN, False),
        (Origin.FOREIGN, False),
    ],
)
def test_us_person_under_the_ear(origin: Origin, expected: bool) -> None:
    someone = Someone("p", Organization("o", listed=True), origin, ("IN",), Evidence.VALID, employed=True)
    assert someone.us_person is expected


def test_p10_no_nationality_is_recorded_only_the_derived_answer() -> None:
    world = populate(300, 12)
    rows = roster(world, NOW)
    assert {fact.name for row in rows for fact in row.facts} == {"employed_there", "us_person.ear"}
    for someone, row in zip(world.people, rows, strict=True):
        status = [fact for fact in row.facts if fact.name == "us_person.ear"]
        assert len(status) == (0 if someone.evidence is Evidence.UNKNOWN else 1)
        for fact in status:
            assert fact.value == ("yes" if someone.us_person else "no")
            assert (fact.expires_at > NOW) is (someone.evidence is Evidence.VALID)
            assert fact.verified_at < NOW
