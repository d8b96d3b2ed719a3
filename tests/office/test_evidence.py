"""Keys and facts: who may hold a key, and what counts as evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.office import acts
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.standing import FactStatus
from support.registry_world import DAY, T0, World, digest_number, issue, small_world

FACT = acts.RecordFact("ann", "us_citizen", "yes", "passport", "hr", "document", T0, FOREVER)
KEY = acts.IssueKey("key-1", digest_number(1), "person", "ann", "acme")


def codes(world: World, act: acts.Act) -> list[str]:
    with pytest.raises(Refused) as refused:
        world.act(act)
    return [fault.code for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (replace(FACT, person="none"), ["unknown_person"]),
        (replace(FACT, fact="us_person"), ["bad_fact"]),
        (replace(FACT, fact="us_person.ear"), ["derived_fact"]),
        (replace(FACT, value="maybe"), ["bad_fact"]),
        (replace(FACT, value=True), ["bad_fact"]),
        (replace(FACT, source="", verifier="", method=""), ["no_evidence"] * 3),
        (replace(FACT, expires_at=T0), ["bad_interval"]),
        (replace(FACT, verified_at=T0 + 1), ["future_evidence"]),
        (replace(FACT, organization="acme"), ["fact_not_scoped"]),
        (replace(FACT, fact="employed_there", value=True), ["no_member"]),
        (replace(FACT, fact="employed_there", value=True, organization="sub"), ["no_member"]),
        (replace(FACT, replaces=(99,)), ["unknown_record"]),
        (replace(FACT, replaces=("seven",)), ["unknown_record"]),
        (acts.WithdrawFact("ann", 99, "wrong"), ["unknown_record"]),
        (acts.WithdrawFact("ann", "1.1", "wrong"), ["unknown_record"]),
        (acts.WithdrawFact("ann", 99), ["no_reason", "unknown_record"]),
        (acts.WithdrawFact("ann", 99, " "), ["no_reason", "unknown_record"]),
    ],
)
def test_what_is_no_evidence_is_refused(act: acts.Act, expected: list[str]) -> None:
    assert codes(small_world(), act) == expected


def test_a_correction_withdraws_and_records_in_one_act() -> None:
    world = small_world()
    old = world.fact("ann", "us_citizen", "no")
    world.act(FACT)
    assert world.standing().facts["us_person.ear"].status is FactStatus.CONTRADICTED
    wrong = world.registry.facts_of("ann")[-1].number
    world.act(replace(FACT, replaces=(old, wrong)))
    assert world.standing().facts["us_person.ear"].value == "yes"
    assert codes(world, acts.WithdrawFact("ann", old, "wrong")) == ["unknown_record"]


def test_a_record_is_withdrawn_from_its_own_person_only() -> None:
    world = small_world()
    number = world.fact("ann", "vetting", "level-1")
    assert codes(world, acts.WithdrawFact("ben", number, "wrong")) == ["unknown_record"]
    world.act(acts.WithdrawFact("ann", number, "wrong"))
    assert world.standing().facts["vetting"].status is FactStatus.UNKNOWN


def test_values_are_kept_in_one_form() -> None:
    world = small_world()
    world.act(replace(FACT, fact="nationality", value=("US", "DE", "US")))
    assert world.standing().facts["nationality"].value == ("DE", "US")


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (replace(KEY, holder="none"), ["unknown_person"]),
        (replace(KEY, holder="ben"), ["no_member"]),
        (replace(KEY, holder_kind="agent", holder="none"), ["unknown_agent"]),
        (replace(KEY, holder_kind="agent", holder="bot", organization="sub"), ["foreign_agent"]),
        (replace(KEY, holder_kind="stone", holder="x"), ["bad_holder"]),
        (replace(KEY, organization="none"), ["unknown_organization", "no_member"]),
        (replace(KEY, project="none"), ["unknown_project"]),
        (replace(KEY, ends=T0), ["bad_interval"]),
        (acts.RevokeKey("key-9"), ["unknown_key"]),
    ],
)
def test_who_may_not_hold_a_key(act: acts.Act, expected: list[str]) -> None:
    assert codes(small_world(), act) == expected


def test_a_key_of_an_agent_is_good_for_its_project_only() -> None:
    world = small_world()
    world.act(acts.RegisterProject("blue", "acme", "Blue", "x", "benign"))
    world.act(acts.RegisterAgent("helper", "acme", "agent", "robo"))
    assert codes(world, replace(KEY, holder_kind="agent", holder="helper", project="blue")) == ["foreign_project"]
    world.act(replace(KEY, holder_kind="agent", holder="helper", project="red"))


def test_a_key_is_issued_once_and_revoked_once() -> None:
    world = small_world()
    issue(world, "person", "ann", until=T0 + DAY)
    world.act(KEY)
    assert codes(world, KEY) == ["duplicate_key"]
    assert codes(world, replace(KEY, id="key-2")) == ["duplicate_key"]
    world.act(acts.RevokeKey("key-1"))
    assert codes(world, acts.RevokeKey("key-1")) == ["already_revoked"]
