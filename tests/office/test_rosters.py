"""Imports: what is so already is left alone, what differs is a fault or a correction, and it is all or nothing."""

from __future__ import annotations

import pytest

from safeconduct.office import acts
from safeconduct.registry.roster import read_roster
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.standing import FactStatus
from support.registry_world import DAY, T0, World, small_world

HEAD = "person,organization,name,role,ends,us_citizen,training,source,verifier,method,verified_at,expires_at"
EVIDENCE = "hr,v,doc,2026-05-01T00:00:00Z,2027-01-01T00:00:00Z"


def roster(*rows: str, replace: bool = False, evidence: str = EVIDENCE) -> acts.ImportRoster:
    text = "\n".join([HEAD, *(f"{row},{evidence}" for row in rows)])
    return acts.ImportRoster("r.csv", tuple(read_roster("r.csv", text.encode())), replace)


def codes(world: World, act: acts.Act) -> list[tuple[str, str]]:
    before = world.registry.version
    with pytest.raises(Refused) as refused:
        world.act(act)
    assert world.registry.version == before
    return [(fault.code, fault.where) for fault in refused.value.faults]


def test_new_people_come_with_membership_and_facts() -> None:
    world = small_world()
    world.act(roster("eve,acme,Eve,engineer,2026-12-31T00:00:00Z,yes,safety"))
    standing = world.standing("eve")
    assert standing.lapses == ()
    assert standing.facts["us_person.ear"].value == "yes"
    assert world.standing("eve", at=T0 + 365 * DAY).lapses != ()


def test_the_same_roster_again_changes_nothing() -> None:
    world = small_world()
    act = roster("eve,acme,Eve,engineer,,yes,safety", "finn,sub,Finn,,,no,")
    world.act(act)
    assert world.at(T0 + DAY).act(act) == []


def test_one_unknown_organization_refuses_all_rows() -> None:
    world = small_world()
    assert codes(world, roster("eve,acme,,,,yes,", "finn,none,,,,yes,", "gil,none,,,,yes,")) == [
        ("unknown_organization", "r.csv:3"),
        ("unknown_organization", "r.csv:4"),
    ]
    assert "eve" not in world.registry.people


def test_what_differs_is_a_fault_unless_the_roster_may_correct() -> None:
    world = small_world()
    world.act(roster("eve,acme,Eve,engineer,,yes,safety"))
    differs = ("eve,acme,Eva,lead,,no,export",)
    assert codes(world, roster(*differs)) == [("roster_differs", "r.csv:2")] * 3
    world.at(T0 + DAY).act(roster(*differs, replace=True))
    person = world.registry.people["eve"]
    assert (person.name, person.memberships[0].role, person.memberships[0].starts) == ("Eva", "lead", T0)
    standing = world.standing("eve")
    assert standing.facts["us_citizen"].value == "no"
    assert standing.facts["training"].value == ("export", "safety")  # courses add up


def test_what_a_row_leaves_blank_stays_as_it_is() -> None:
    world = small_world()
    world.act(roster("eve,acme,Eve,engineer,2026-12-31T00:00:00Z,yes,"))
    assert world.at(T0 + DAY).act(roster("eve,acme,,,,,")) == []
    world.act(roster("eve,acme,,,open,,", replace=True))
    assert world.registry.people["eve"].memberships[0].ends == FOREVER
    assert world.registry.people["eve"].memberships[0].role == "engineer"


def test_a_renewal_of_the_same_value_needs_no_permission() -> None:
    world = small_world()
    world.act(roster("eve,acme,,,,yes,"))
    later = "hr,v,doc,2026-05-20T00:00:00Z,2028-01-01T00:00:00Z"
    world.act(roster("eve,acme,,,,yes,", evidence=later))
    assert world.standing("eve", at=T0 + 300 * DAY).facts["us_person.ear"].status is FactStatus.KNOWN


def test_evidence_from_the_future_is_refused() -> None:
    later = "hr,v,doc,2026-07-01T00:00:00Z,2028-01-01T00:00:00Z"
    assert codes(small_world(), roster("eve,acme,,,,yes,", evidence=later)) == [("future_evidence", "r.csv:2")]


def test_a_person_joins_a_second_organization_and_gets_a_missing_name() -> None:
    world = small_world()
    world.act(roster("ben,acme,Ben,engineer,,,"))
    assert [each.organization for each in world.registry.people["ben"].memberships] == ["sub", "acme"]
    assert world.registry.people["ben"].name == "Ben"


def test_rows_that_repeat_a_person_are_refused_here_too() -> None:
    rows = roster("eve,acme,,,,,").rows
    assert codes(small_world(), acts.ImportRoster("r.csv", rows * 2)) == [("roster_repeats", "r.csv:2")]


def test_an_end_before_the_import_is_refused() -> None:
    assert codes(small_world(), roster("eve,acme,,,2026-01-01T00:00:00Z,,")) == [("bad_interval", "r.csv:2")]
