"""Does anybody hold a fact? Looked for until it is found once, and told with the number of people looked at."""

from __future__ import annotations

from safeconduct.office import acts
from safeconduct.office.holders import TELL_EVERY, Held, held_of
from safeconduct.office.letters import held_for, stored
from support.letters import FIRST
from support.registry_world import DAY, FABLE, T0, World, letter, small_world

CITIZENS = letter("one").replace("'true'", '\'principal.us_person.ear != "yes" && principal.vetting == "enhanced"\'')


def crowded(people: int) -> World:
    world = small_world()
    for number in range(people):
        world.act(acts.RegisterPerson(f"p{number:03}", "acme"))
    return world


def test_looking_stops_at_the_first_who_holds_each_fact() -> None:
    world = crowded(30)
    world.fact("ann", "vetting", "enhanced")
    world.fact("p004", "us_citizen", "yes")
    assert held_of(world.registry, {"vetting"}, T0) == Held(frozenset({"vetting"}), 1)
    found = held_of(world.registry, {"vetting", "us_person.ear"}, T0)
    assert (found.facts, found.people) == ({"vetting", "us_person.ear"}, 7), "ann, ben and p000 to p004"
    assert held_of(world.registry, {"residence"}, T0) == Held(frozenset(), 32)
    assert held_of(world.registry, (), T0) == Held(frozenset(), 0)


def test_only_the_living_hold_a_fact_and_only_while_it_is_known() -> None:
    world = small_world()
    world.fact("ann", "vetting", "enhanced", until=T0 + DAY)
    world.fact("ann", "employed_there", True, org="acme")
    assert held_of(world.registry, {"vetting"}, T0).facts == {"vetting"}
    assert held_of(world.registry, {"employed_there"}, T0).facts == {"employed_there"}
    assert held_of(world.registry, {"vetting"}, T0 + DAY).facts == frozenset()
    world.act(acts.LeaveOrganization("ann", "acme"))
    assert held_of(world.registry, {"employed_there"}, T0).facts == frozenset()


def test_whoever_waits_hears_how_far_it_is() -> None:
    world = crowded(1)
    told: list[int] = []
    everybody = list(world.registry.everyone())
    many = type("Many", (), {"everyone": lambda _: iter(everybody * TELL_EVERY)})()
    held_of(many, {"residence"}, T0, told.append)
    assert told == [TELL_EVERY, 2 * TELL_EVERY, 3 * TELL_EVERY]


def test_a_check_warns_of_facts_that_nobody_holds_with_how_many_were_looked_at() -> None:
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    world.fact("ann", "us_citizen", "yes")
    world.act(acts.EnterInstrument("letter", CITIZENS), FIRST)
    found = held_for(stored(CITIZENS, {}, "letter.toml"), world.registry, T0)
    assert found == Held(frozenset({"us_person.ear"}), 2)
    world.act(acts.CheckInstrument("letter", 1, tuple(found.facts), found.people), FIRST)
    [told] = [each for each in world.registry.instrument_versions("letter")[0].warnings if "valid evidence" in each]
    assert "asks for vetting, of which none of 2 people has valid evidence" in told
    for act in (acts.CheckInstrument("letter", 1, ("us_person.ear", "vetting"), 9), acts.CheckInstrument("letter", 1)):
        world.act(act, FIRST)
        assert not any("valid evidence" in each for each in world.registry.instrument_versions("letter")[0].warnings)
