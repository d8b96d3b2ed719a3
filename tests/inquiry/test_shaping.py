"""Dates are folded onto the edges of a window, and in the order that tells whether evidence contradicts itself."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry.shaping import Shaper, Window, bindings
from safeconduct.office import acts
from safeconduct.registry.facts import evidence_of, states_at
from safeconduct.registry.records import FactRecord, Membership, Person, why_not_alive
from safeconduct.terms.moments import FOREVER
from support.inquiry_worlds import NOON, Town
from support.registry_world import DAY, digest_number

WINDOW = Window(20, 30)
WANTED = frozenset({"us_person.ear", "us_person.bulk", "nationality", "vetting", "employed_there"})
FACTS = evidence_of(WANTED)
VALUES = {
    "us_citizen": ("yes", "no"),
    "nationality": (("US",), ("FR",), ("FR", "US")),
    "permanent_residence": ("none", ("US",)),
    "protected_individual": ("none", "refugee"),
    "location": ("US", "DE"),
    "vetting": ("a", "b"),
    "employed_there": (True, False),
}
DATES = st.one_of(st.integers(0, 50), st.just(FOREVER))
RECORDS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.builds(
        lambda value, dates, home: FactRecord(
            0, name, value, "", "", "", min(dates), max(dates), home if name == "employed_there" else ""
        ),
        st.sampled_from(VALUES[name]),
        st.tuples(DATES, DATES),
        st.sampled_from(("acme", "dune")),
    )
)


def shown(records: tuple[FactRecord, ...], home: str, now: int) -> list[tuple[str, object, object]]:
    states = states_at(records, home, now, WANTED)[0]
    return [(name, state.status, state.value if state.status == "known" else None) for name, state in states.items()]


@settings(max_examples=300, deadline=None)
@given(records=st.lists(RECORDS, max_size=6), now=st.integers(20, 29))
def test_a_shape_has_the_facts_of_its_people_anywhere_in_the_window(records: list[FactRecord], now: int) -> None:
    homes = (Membership("acme", "", 0, FOREVER), Membership("dune", "", 0, FOREVER))
    shaper = Shaper(FACTS, WINDOW, {})
    places = shaper.places(Person("ann", "", "", 0, FOREVER, memberships=homes), records)
    assert len(places) == 2
    for home, place in zip(homes, places, strict=True):
        person, folded = shaper.shape(place).person("ann")
        assert [each.organization for each in person.memberships] == [home.organization]
        assert shown(folded, home.organization, now) == shown(tuple(records), home.organization, now)


@settings(max_examples=200, deadline=None)
@given(starts=DATES, ends=DATES, now=st.integers(20, 29))
def test_a_shape_lives_as_its_people_do_anywhere_in_the_window(starts: int, ends: int, now: int) -> None:
    shaper = Shaper((), WINDOW, {})
    person = Person("ann", "", "", starts, ends, memberships=(Membership("acme", "", ends, starts),))
    (place,) = shaper.places(person, ())
    folded, _ = shaper.shape(place).person("ann")
    assert why_not_alive(folded, now) == why_not_alive(person, now)
    assert why_not_alive(folded.memberships[0], now) == why_not_alive(person.memberships[0], now)


def test_dates_that_no_moment_of_the_window_can_tell_apart_are_one_shape() -> None:
    shaper = Shaper({"vetting"}, WINDOW, {})
    made = set()
    for verified, expires in ((1, 40), (20, 30), (7, FOREVER), (7, 25)):
        record = FactRecord(0, "vetting", "a", "hr", "v", "m", verified, expires)
        person = Person("ann", "Ann", "a@example.org", verified, expires, memberships=(Membership("acme", "boss", 0, expires),))
        made |= set(shaper.places(person, (record,)))
    assert len(made) == 2


def test_two_memberships_in_one_organization_stay_together() -> None:
    homes = (Membership("acme", "", 0, 25), Membership("acme", "", 25, FOREVER))
    assert len(Shaper((), WINDOW, {}).places(Person("ann", "", "", 0, FOREVER, memberships=homes), ())) == 1


def test_p10_of_a_record_that_is_not_wanted_nothing_is_kept() -> None:
    shaper = Shaper({"vetting"}, WINDOW, {})
    record = FactRecord(0, "nationality", ("KP",), "hr", "v", "m", 0, 25)
    person = Person("ann", "Ann", "a@example.org", 0, FOREVER, memberships=(Membership("acme", "boss", 0, FOREVER),))
    shape = shaper.shape(shaper.places(person, (record,))[0])
    assert shape.evidence == ()
    assert "Ann" not in str(shape)


def test_keys_that_were_revoked_or_live_elsewhen_bind_nobody() -> None:
    town = Town(3, people=0)
    town.world.act(acts.RegisterPerson("ann", "acme"))
    for number, (starts, ends) in enumerate(((NOON, NOON + DAY), (NOON + 5 * DAY, FOREVER), (NOON, FOREVER)), 1):
        town.world.act(
            acts.IssueKey(f"k{number}", digest_number(number), "person", "ann", "acme", "red", starts=starts, ends=ends)
        )
    town.world.act(acts.RevokeKey("k3"))
    window = Window(NOON, NOON + 3 * DAY)
    assert bindings(town.registry.population, window) == {"ann": (("acme", "red", NOON, NOON + DAY),)}
