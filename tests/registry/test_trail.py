"""The trail of a person's records: everything that was ever recorded, and what became of it."""

from __future__ import annotations

from safeconduct.office import acts
from safeconduct.registry.records import record_name
from safeconduct.registry.trail import trail
from support.registry_world import DAY, T0, World, small_world
from support.rosters import bring

ROSTER = """person,organization,us_citizen,vetting,source,verifier,method,verified_at,expires_at
eve,acme,no,level-1,hr,v,doc,2026-05-01T00:00:00Z,open
"""


def enrolled() -> World:
    world = small_world()
    bring(world, ROSTER, actor="importer")
    return world


def test_a_withdrawn_record_stays_with_who_when_and_why() -> None:
    world = small_world()
    number = world.fact("ann", "vetting", "level-1")
    world.at(T0 + DAY).act(acts.WithdrawFact("ann", number, "wrong person"), "second")
    (trace,) = trail(world.changes, "ann")
    assert (trace.record.value, trace.recorded_at, trace.recorded_by) == ("level-1", T0, "officer")
    assert (trace.withdrawn_at, trace.withdrawn_by, trace.why) == (T0 + DAY, "second", "wrong person")
    assert world.registry.facts_of("ann") == ()


def test_p6_the_trail_as_of_a_moment_knows_nothing_later() -> None:
    world = small_world()
    number = world.fact("ann", "vetting", "level-1")
    world.at(T0 + DAY).act(acts.WithdrawFact("ann", number, "wrong"))
    world.at(T0 + 2 * DAY).fact("ann", "vetting", "level-2")
    assert [each.withdrawn_at for each in trail(world.changes, "ann", T0)] == [None]
    assert [each.withdrawn_at for each in trail(world.changes, "ann", T0 + DAY)] == [T0 + DAY]
    assert trail(world.changes, "ann", T0 - 1) == ()
    assert len(trail(world.changes, "ann")) == 2


def test_records_of_a_roster_are_named_by_their_place_and_corrected_one_by_one() -> None:
    world = enrolled()
    records = {each.name: each for each in world.registry.facts_of("eve")}
    wrong = record_name(records["us_citizen"])
    right = acts.RecordFact("eve", "us_citizen", "yes", "passport", "v", "seen", T0, T0 + DAY, replaces=(wrong,), why="misread")
    world.at(T0 + 1).act(right, "second")
    told = {record_name(each.record): each for each in trail(world.changes, "eve")}
    assert (told[wrong].why, told[wrong].withdrawn_by, told[wrong].recorded_by) == ("misread", "second", "importer")
    assert told[record_name(records["vetting"])].withdrawn_at is None
    assert world.standing("eve").facts["us_citizen"].value == "yes"


def test_others_are_left_out() -> None:
    world = enrolled()
    world.fact("ann", "vetting", "level-1")
    assert {each.record.name for each in trail(world.changes, "ann")} == {"vetting"}
    assert trail(world.changes, "ben") == ()
