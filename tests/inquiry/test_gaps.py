"""Every person is counted once for each wanted fact, in one of five states."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry.gaps import STATES, VERIFIED, gaps, readiness
from safeconduct.inquiry.seats import Side, survey
from safeconduct.terms.standing import FactStatus
from support.inquiry_worlds import NOON, Town
from support.registry_world import DAY

WANTED = frozenset({"us_person.ear", "vetting", "employed_there"})
THEN = NOON + 2 * DAY


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_states_are_those_of_each_standing(seed: int) -> None:
    town = Town(seed)
    sides = [Side(town.registry, moment, WANTED) for moment in (NOON, THEN)]
    census = survey(sides, keep=-1)
    plain: Counter[tuple[str, str, str]] = Counter()
    open_ = set()
    for person, _ in town.registry.everyone():
        for member in person.memberships:
            now, then = (
                town.registry.standing_for(organization=member.organization, person=person.id, now=at) for at in (NOON, THEN)
            )
            if any(lapse.kind in ("person", "membership") for lapse in now.lapses):
                continue
            for fact in WANTED:
                status = now.facts[fact].status
                if status is FactStatus.KNOWN:
                    state = VERIFIED if then.facts[fact].status is FactStatus.KNOWN else "expiring"
                else:
                    state = status.value
                plain[member.organization, fact, state] += 1
                if state != VERIFIED:
                    open_.add((person.id, member.organization, fact, state))
    counted = readiness(census)
    assert {
        (each.organization, each.fact, state): getattr(each, state)
        for each in counted
        for state in STATES
        if getattr(each, state)
    } == dict(plain)
    assert {(gap.person, gap.organization, gap.fact, gap.state) for gap in gaps(census)} == open_
    assert sum(each.people for each in counted) == plain.total()


def test_one_organization_alone() -> None:
    town = Town(9)
    sides = [Side(town.registry, moment, WANTED) for moment in (NOON, THEN)]
    census = survey(sides, keep=-1)
    assert {each.organization for each in readiness(census, "acme")} <= {"acme"}
    assert {gap.organization for gap in gaps(census, "cobalt")} <= {"cobalt"}
