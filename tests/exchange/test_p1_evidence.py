"""From records through standing and the real policy: what is taken away or runs out never turns a no into a yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.exchange.rules import Rules
from safeconduct.office import acts
from safeconduct.policy.decide import Policy
from safeconduct.registry.facts import CATALOG, evidence_of, states_at
from safeconduct.registry.records import FactRecord
from safeconduct.terms.moments import FOREVER, Moment
from support.evidence import FOREIGN, OTHERS, STATUS, people, quarrels, rec, records
from support.exchange_world import FABLE, forbid, instrument, permit
from support.letters import put_in_force
from support.policy_conditions import Condition
from support.policy_june import MYTHOS
from support.policy_june import standing as caller
from support.policy_worlds import CALL, NOW, SELECTORS, World, worlds
from support.policy_worlds import world as built
from support.registry_world import small_world

EVERYTHING = {**STATUS, **OTHERS}


def plain(text: str) -> Condition:
    return Condition("leaf", text)


STATUS_COHORTS = [
    f'principal.us_person.{regime} {operator} "{answer}"'
    for regime in ("ear", "itar", "bulk")
    for operator in ("==", "!=")
    for answer in ("yes", "no")
] + [
    'principal.us_person.ear == "no" && principal.us_person.bulk == "yes"',
    'principal.us_person.itar == "no" || principal.permanent_residence.contains("US")',
    '!(principal.us_person.ear == "yes" && !principal.permanent_residence.isEmpty())',
    'if principal.us_person.bulk == "no" then principal.location == "DE" else principal.nationality.contains("FR")',
]
"""Conditions of both polarities over derived status, alone and beside the evidence it rests on."""

TRUE = plain("true")
STATUS_POLICIES = [
    policy
    for text in STATUS_COHORTS
    for policy in (
        built((plain(text),), (), (), SELECTORS[0]).policy(),
        built((TRUE,), (plain(text),), (), SELECTORS[0]).policy(),
        built((TRUE,), (TRUE,), (plain(text),), SELECTORS[0]).policy(),
    )
]


def policies() -> st.SearchStrategy[Policy]:
    """Mostly rules about status; sometimes anything."""
    return st.one_of(st.sampled_from(STATUS_POLICIES), st.sampled_from(STATUS_POLICIES), worlds().map(World.policy))


def status_records() -> st.SearchStrategy[list[FactRecord]]:
    return st.one_of(people(), people(), records(EVERYTHING))


def at_now(held: Sequence[FactRecord], now: int) -> list[FactRecord]:
    """The records as they look when the small moment ``now`` is the moment of the worlds."""
    shift = NOW - now
    return [
        rec(each.name, each.value, each.verified_at + shift, each.expires_at + shift if each.expires_at < FOREVER else FOREVER)
        for each in held
    ]


def permits(policy: Policy, held: Sequence[FactRecord], now: Moment = NOW) -> bool:
    facts, _ = states_at(held, "", now, policy.facts)
    decision = policy.decide(replace(caller("acme"), facts=facts), MYTHOS, CALL, NOW)
    assert not decision.errors
    return decision.permits


@settings(max_examples=200, deadline=None)
@given(policies(), status_records(), st.integers(0, 35))
def test_p1_blanking_a_fact_never_turns_a_no_into_a_yes(policy: Policy, held: list[FactRecord], now: int) -> None:
    known = at_now(held, now)
    if permits(policy, known):
        return
    for lost in {each.name for each in known}:
        assert not permits(policy, [each for each in known if each.name != lost or quarrels(each, known)])


@settings(max_examples=200, deadline=None)
@given(policies(), status_records(), st.integers(1, 35))
def test_p1_letting_a_fact_expire_never_turns_a_no_into_a_yes(policy: Policy, held: list[FactRecord], now: int) -> None:
    known = at_now(held, now)
    if permits(policy, known) or any(each.verified_at == NOW for each in known):
        return
    for old in known:
        if old.verified_at < NOW < old.expires_at:
            expired = rec(old.name, old.value, old.verified_at, NOW)
            assert not permits(policy, [expired if each is old else each for each in known])


@settings(max_examples=100, deadline=None)
@given(policies(), status_records(), st.integers(0, 35), st.integers(1, 20))
def test_p1_time_alone_never_turns_a_no_into_a_yes(policy: Policy, held: list[FactRecord], now: int, passed: int) -> None:
    known = [each for each in held if each.verified_at <= now]  # what is verified later is news, not time
    assert permits(policy, at_now(known, now)) or not permits(policy, at_now(known, now + passed))


@settings(max_examples=100, deadline=None)
@given(policies(), status_records(), st.integers(0, 35))
def test_p10_reading_only_what_rules_read_decides_the_same(policy: Policy, held: list[FactRecord], now: int) -> None:
    known = at_now(held, now)
    everything, _ = states_at(known, "", NOW)
    decision = policy.decide(replace(caller("acme"), facts=everything), MYTHOS, CALL, NOW)
    assert decision.permits is permits(policy, [each for each in known if each.name in evidence_of(policy.facts)])


def test_p1_a_program_for_foreign_nationals_needs_every_negative_known() -> None:
    """The other polarity: "no" is an answer that has to be shown as well, and losing a part of it is not another yes."""
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    put_in_force(world, instrument("visitors", permit("foreign", FABLE, cohort='principal.us_person.ear == "no"')))
    policy = Rules()(world.registry, world.now)

    def allowed() -> bool:
        return policy.decide(world.standing(at=world.now), FABLE, CALL, world.now).permits

    assert not allowed()
    numbers = []
    for name, value in FOREIGN:
        assert not allowed()
        numbers.append(world.fact("ann", name, value))
    assert allowed()
    world.act(acts.WithdrawFact("ann", numbers[1], "card not seen"))
    assert not allowed()


class Watched:
    """A record whose value nobody may look at: it breaks when somebody does."""

    def __init__(self, record: FactRecord) -> None:
        self._record = record
        self.number, self.name, self.item = record.number, record.name, record.item

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"the {name} of {self._record.name} was read, and no instrument in force reads it")


def test_p10_nationality_is_never_touched_when_no_instrument_in_force_reads_it() -> None:
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    put_in_force(world, instrument("terms", permit("vetted", FABLE, cohort='principal.vetting == "enhanced"')))
    world.fact("ann", "vetting", "enhanced")
    for name, values in STATUS.items():
        world.fact("ann", name, values[0])
    policy = Rules()(world.registry, world.now)
    assert policy.facts == {"vetting"}
    held = world.registry.facts_of("ann")
    world.registry._state.facts["ann"] = tuple(  # type: ignore[assignment]
        Watched(each) if CATALOG[each.name].origin or each.name == "location" else each for each in held
    )
    standing = world.registry.standing_for(person="ann", organization="acme", now=world.now, wanted=policy.facts)
    assert set(standing.facts) == {"vetting"}
    assert policy.decide(standing, FABLE, CALL, world.now).permits
    # The same records are read the moment an instrument asks for the status that rests on them.
    put_in_force(world, instrument("ear", forbid("f", FABLE, cohort='principal.us_person.ear != "yes"'), kind="requirement"))
    asking = Rules()(world.registry, world.now)
    with pytest.raises(AssertionError, match="was read"):
        world.registry.standing_for(person="ann", organization="acme", now=world.now, wanted=asking.facts)
