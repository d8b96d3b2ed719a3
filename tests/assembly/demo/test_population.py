"""The population of the demonstration: the same from the same seed, with every kind the story needs."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from safeconduct.assembly.demo.population import (
    FEWEST_ORGANIZATIONS,
    FEWEST_PEOPLE,
    MOST_AGENTS,
    Evidence,
    Fate,
    Origin,
    Work,
    populate,
)


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    world = populate(300, 12)
    assert world == populate(300, 12)
    assert list(world.everybody()) == list(world.everybody()) == list(populate(300, 12).everybody())
    assert list(world.everybody()) != list(populate(300, 12, seed=1).everybody())


def test_people_are_made_one_at_a_time_in_the_order_of_ids() -> None:
    world = populate(1_000_000, 150)
    first = [each.id for each in islice(world.everybody(), 200)]
    assert first == sorted(set(first))
    assert world.agents  # all of this without making the million


def test_the_shares_are_those_of_the_story() -> None:
    world = populate(20_000, 150)
    people = list(world.everybody())
    assert len(people) == len({each.id for each in people}) == 20_000
    assert sum(bool(each.listed) for each in world.organizations) == 105
    assert (len(world.firms), len(world.subsidiaries), len(world.agents)) == (10, 12, MOST_AGENTS)
    evidence = Counter(each.evidence for each in people)
    assert 500 <= evidence[Evidence.UNKNOWN] + evidence[Evidence.HALF] <= 700
    assert 320 <= evidence[Evidence.EXPIRED] <= 480
    assert {each.organization for each in people} == {each.id for each in world.organizations}
    assert {each.origin for each in people} == set(Origin)
    assert {each.work for each in people} == set(Work)
    assert {each.fate for each in people} == set(Fate)
    assert set(evidence) == set(Evidence)
    assert 500 <= sum(bool(each.second) for each in people) <= 700
    assert not any(each.second == each.organization for each in people)


@pytest.mark.parametrize("organizations", [FEWEST_ORGANIZATIONS, 150, 400])
def test_what_hangs_below_is_sponsored_by_companies_and_never_listed_itself(organizations: int) -> None:
    world = populate(FEWEST_PEOPLE, organizations)
    companies = {each.id: each for each in world.companies}
    for each in (*world.firms, *world.subsidiaries):
        assert each.parent in companies
        assert not each.listed
        assert not each.partner
    assert {scope for each in world.companies for scope in each.listed} == {"", "and contractors", "and subsidiaries"}


@pytest.mark.parametrize(("people", "organizations"), [(FEWEST_PEOPLE, FEWEST_ORGANIZATIONS), (400, 40)])
def test_a_small_world_has_two_of_each_kind(people: int, organizations: int) -> None:
    world = populate(people, organizations)
    places = {each.id: each for each in world.organizations}
    assert set(Counter(member.kind for member in world.cast).values()) == {2}
    assert [member.person for member in world.cast] == list(islice(world.everybody(), len(world.cast)))
    for member in world.cast:
        assert member.organization in (member.person.organization, member.person.second)
        if "a listed company" in member.kind:
            assert places[member.organization].listed
        if "unlisted company" in member.kind:
            assert not places[member.organization].listed


def test_agents_have_sponsors_of_every_kind_and_some_are_at_their_end() -> None:
    world = populate(5_000, 150)
    people = {each.id: each for each in world.everybody()}
    agents = {each.id: each for each in world.agents}
    assert {each.sponsor_kind for each in world.agents} == {"person", "agent", "project"}
    assert {each.fate for each in world.agents} == {Fate.NONE, Fate.ENDED, Fate.SUSPENDED}
    for each in world.agents:
        match each.sponsor_kind:
            case "person":
                assert each.organization in (people[each.sponsor].organization, people[each.sponsor].second)
            case "agent":
                assert agents[each.sponsor].organization == each.organization
            case _:
                assert world.projects[each.sponsor] == each.organization


@pytest.mark.parametrize(("people", "organizations"), [(FEWEST_PEOPLE - 1, 12), (400, FEWEST_ORGANIZATIONS - 1)])
def test_a_world_too_small_for_the_story_is_refused(people: int, organizations: int) -> None:
    with pytest.raises(ValueError, match="the story needs"):
        populate(people, organizations)
