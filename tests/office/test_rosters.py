"""Imports: what is so already is left alone, what differs is a fault or a correction, and it is all or nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from safeconduct.registry.changes import Change
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.standing import FactStatus
from support.registry_world import DAY, T0, World, small_world
from support.rosters import bring

HEAD = "person,organization,name,role,ends,us_citizen,training,source,verifier,method,verified_at,expires_at"
EVIDENCE = "hr,v,doc,2026-05-01T00:00:00Z,2027-01-01T00:00:00Z"


@dataclass(frozen=True)
class Roster:
    text: str
    replace: bool


def roster(*rows: str, replace: bool = False, evidence: str = EVIDENCE) -> Roster:
    return Roster("\n".join([HEAD, *(f"{row},{evidence}" for row in rows)]), replace)


def imported(world: World, given: Roster) -> list[Change]:
    return bring(world, given.text, replace=given.replace)


def codes(world: World, given: Roster) -> list[tuple[str, str]]:
    before = world.registry.version
    with pytest.raises(Refused) as refused:
        imported(world, given)
    assert world.registry.version == before
    return [(fault.code, fault.where) for fault in refused.value.faults]


def test_new_people_come_with_membership_and_facts() -> None:
    world = small_world()
    imported(world, roster("eve,acme,Eve,engineer,2026-12-31T00:00:00Z,yes,safety"))
    standing = world.standing("eve")
    assert standing.lapses == ()
    assert standing.facts["us_person.ear"].value == "yes"
    assert world.standing("eve", at=T0 + 365 * DAY).lapses != ()


def test_the_same_roster_again_changes_nothing() -> None:
    world = small_world()
    act = roster("eve,acme,Eve,engineer,,yes,safety", "finn,sub,Finn,,,no,")
    imported(world, act)
    assert imported(world.at(T0 + DAY), act) == []


def test_one_unknown_organization_refuses_all_rows() -> None:
    world = small_world()
    assert codes(world, roster("eve,acme,,,,yes,", "finn,none,,,,yes,", "gil,none,,,,yes,")) == [
        ("unknown_organization", "r.csv:3"),
        ("unknown_organization", "r.csv:4"),
    ]
    assert "eve" not in world.registry.people


def test_what_differs_is_a_fault_unless_the_roster_may_correct() -> None:
    world = small_world()
    imported(world, roster("eve,acme,Eve,engineer,,yes,safety"))
    differs = ("eve,acme,Eva,lead,,no,export",)
    assert codes(world, roster(*differs)) == [("roster_differs", "r.csv:2")] * 3
    imported(world.at(T0 + DAY), roster(*differs, replace=True))
    person = world.registry.people["eve"]
    assert (person.name, person.memberships[0].role, person.memberships[0].starts) == ("Eva", "lead", T0)
    standing = world.standing("eve")
    assert standing.facts["us_citizen"].value == "no"
    assert standing.facts["training"].value == ("export", "safety")  # courses add up


def test_what_a_row_leaves_blank_stays_as_it_is() -> None:
    world = small_world()
    imported(world, roster("eve,acme,Eve,engineer,2026-12-31T00:00:00Z,yes,"))
    assert imported(world.at(T0 + DAY), roster("eve,acme,,,,,")) == []
    imported(world, roster("eve,acme,,,open,,", replace=True))
    assert world.registry.people["eve"].memberships[0].ends == FOREVER
    assert world.registry.people["eve"].memberships[0].role == "engineer"


def test_a_renewal_of_the_same_value_needs_no_permission() -> None:
    world = small_world()
    imported(world, roster("eve,acme,,,,yes,"))
    later = "hr,v,doc,2026-05-20T00:00:00Z,2028-01-01T00:00:00Z"
    imported(world, roster("eve,acme,,,,yes,", evidence=later))
    assert world.standing("eve", at=T0 + 300 * DAY).facts["us_person.ear"].status is FactStatus.KNOWN


def test_evidence_from_the_future_is_refused() -> None:
    later = "hr,v,doc,2026-07-01T00:00:00Z,2028-01-01T00:00:00Z"
    assert codes(small_world(), roster("eve,acme,,,,yes,", evidence=later)) == [("future_evidence", "r.csv:2")]


def test_a_person_joins_a_second_organization_and_gets_a_missing_name() -> None:
    world = small_world()
    imported(world, roster("ben,acme,Ben,engineer,,,"))
    assert [each.organization for each in world.registry.people["ben"].memberships] == ["sub", "acme"]
    assert world.registry.people["ben"].name == "Ben"


def test_an_end_before_the_import_is_refused() -> None:
    assert codes(small_world(), roster("eve,acme,,,2026-01-01T00:00:00Z,,")) == [("bad_interval", "r.csv:2")]
