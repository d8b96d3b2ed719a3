"""A census from shapes is the census of a walk through everybody: at any moments, after any changes."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry import shapes as module
from safeconduct.inquiry.census import Census, Pair
from safeconduct.inquiry.seats import Side, survey
from safeconduct.inquiry.shapes import Shapes, TooManyShapes, gather
from safeconduct.inquiry.shaping import Window
from safeconduct.office import acts
from safeconduct.registry.changes import Change
from safeconduct.registry.facts import evidence_of
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import FOREVER, Moment
from support.inquiry_worlds import NOON, Town
from support.registry_histories import history
from support.registry_world import DAY, PSEUDONYM_KEY, T0, digest_number

WANTED = frozenset({"us_person.ear", "us_person.bulk", "nationality", "vetting", "employed_there"})
SEEDS = st.integers(0, 2**32)


def plain(census: Census) -> dict[Pair, object]:
    """All that a census says."""
    return {pair: (tally.count, tally.first, sorted(tally.ids)) for pair, tally in census.pairs()}


def wire(shapes: Shapes) -> Shapes:
    """As they come back from a file or another process."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(shapes), type=Shapes)


def folded(seed: int, length: int) -> Registry:
    """A random history of people, facts and keys; sound or odd."""
    drafts = history(seed, length)
    every = [Change(seq, each.at, each.actor, each.kind, each.subject, each.body) for seq, each in enumerate(drafts, 1)]
    return Registry.fold(every, PSEUDONYM_KEY)


def agree(shapes: Shapes, registry: Registry, moments: tuple[Moment, ...], keep: int, wanted: frozenset[str] = WANTED) -> None:
    sides = [Side(registry, each, wanted) for each in moments]
    assert plain(shapes.census(sides, keep)) == plain(survey(sides, keep=keep))


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, length=st.integers(5, 60), keep=st.sampled_from((0, 2, -1)), days=st.tuples(*[st.integers(0, 69)] * 4))
def test_a_census_from_shapes_is_that_of_a_walk(seed: int, length: int, keep: int, days: tuple[int, ...]) -> None:
    registry = folded(seed, length)
    since, first, second, until = (T0 + day * DAY for day in sorted(days))
    shapes = wire(gather(registry, evidence_of(WANTED), Window(since, until + 1)))
    agree(shapes, registry, (first,), keep)
    agree(shapes, registry, (first, second), keep)
    agree(shapes, registry, (since, until), keep, frozenset({"vetting"}))


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, since=st.integers(-5, 3), ahead=st.integers(1, 6))
def test_in_towns_with_expired_and_contradicted_evidence_and_keys(seed: int, since: int, ahead: int) -> None:
    town = Town(seed)
    town.suspend_some()
    window = Window(NOON + since * DAY, NOON + (since + ahead) * DAY)
    shapes = gather(town.registry, evidence_of(WANTED), window)
    chance = Random(seed)
    moments = tuple(sorted(chance.randrange(window.since, window.until) for _ in range(2)))
    agree(shapes, town.registry, moments, -1)
    agree(shapes, town.registry, (window.since, window.until - 1), -1)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, first=st.integers(0, 40), more=st.integers(0, 40))
def test_shapes_are_carried_by_whoever_changed(seed: int, first: int, more: int) -> None:
    before, after = folded(seed, first), folded(seed, first + more)
    window = Window(T0 + 10 * DAY, T0 + 50 * DAY)
    shapes = gather(before, evidence_of(WANTED), window)
    changes = history(seed, first + more)[before.version :]
    people = {each.subject for each in changes if each.kind.startswith(("person.", "membership.", "fact."))}
    shapes.carry(before, after, people, keys=any(each.kind.startswith("key.") for each in changes))
    assert shapes.version == after.version
    agree(wire(shapes), after, (T0 + 10 * DAY, T0 + 30 * DAY), -1)


def test_a_key_for_a_project_makes_a_seat_while_it_lives() -> None:
    town = Town(3, people=0)
    town.world.act(acts.RegisterPerson("ann", "acme"))
    before = town.registry
    window = Window(NOON, NOON + 9 * DAY)
    shapes = gather(before, (), window)
    town.world.act(acts.IssueKey("k", digest_number(1), "person", "ann", "acme", "red", ends=NOON + 2 * DAY))
    shapes.carry(before, town.registry, (), keys=True)
    for moment in (NOON, NOON + 2 * DAY - 1, NOON + 2 * DAY):
        agree(shapes, town.registry, (moment,), -1, frozenset())
    assert shapes.census([Side(town.registry, NOON, frozenset())]).seats == 4  # two agents, ann, and ann for the project
    assert shapes.census([Side(town.registry, NOON + 2 * DAY, frozenset())]).seats == 3


def test_p1_evidence_that_was_contradicted_before_the_window_stays_contradicted() -> None:
    town = Town(3, people=0)
    town.world.act(acts.RegisterPerson("ann", "acme"))
    for fact, value, since, until in (("us_citizen", "no", -9, -5), ("nationality", ("US",), -6, 9)):
        span = (T0 + since * DAY, T0 + until * DAY)
        town.world.act(acts.RecordFact("ann", fact, value, "hr", "v", "paper", *span))  # type: ignore[arg-type]
    wanted = frozenset({"us_person.ear"})
    shapes = gather(town.registry, evidence_of(wanted), Window(NOON, NOON + DAY))
    agree(shapes, town.registry, (NOON,), -1, wanted)
    (facts,) = {
        pair[0].facts
        for pair, _ in shapes.census([Side(town.registry, NOON, wanted)]).pairs()
        if pair[0] and pair[0].kind == "person"
    }
    assert facts == (("us_person.ear", "contradicted", None),)


def test_p10_only_evidence_for_wanted_facts_is_kept() -> None:
    shapes = gather(Town(5).registry, evidence_of({"vetting"}), Window(NOON, NOON + DAY))
    names = {piece[0] for group in shapes.groups for piece in group.shape.evidence}
    assert names == {"vetting"}


def test_two_parts_are_the_whole() -> None:
    registry = Town(11, people=40).registry
    window = Window(NOON, NOON + DAY)
    shapes, other = (gather(registry, evidence_of(WANTED), window, part=part, parts=2) for part in (0, 1))
    shapes.merge(wire(other))
    agree(shapes, registry, (NOON,), -1)


def test_people_who_differ_too_much_are_not_worth_their_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_SHAPES", 2)
    registry = Town(11, people=40).registry
    with pytest.raises(TooManyShapes):
        gather(registry, evidence_of(WANTED), Window(NOON, NOON + DAY))


def test_dates_beyond_the_window_make_no_shape_of_their_own() -> None:
    town = Town(3, people=0)
    for number in range(20):
        name = f"p{number:02}"
        town.world.act(acts.RegisterPerson(name, "acme", ends=FOREVER - number))
        span = (T0 - number * DAY, T0 + (30 + number) * DAY)
        town.world.act(acts.RecordFact(name, "vetting", "level-1", "hr", "v", "paper", *span))
    registry = town.registry
    assert len(gather(registry, {"vetting"}, Window(NOON, NOON + 20 * DAY)).groups) == 1
    assert len(gather(registry, {"vetting"}, Window(NOON, NOON + 36 * DAY)).groups) > 5


def test_shapes_of_another_population_are_found_out() -> None:
    town = Town(11)
    shapes = gather(Town(12).registry, evidence_of(WANTED), Window(NOON, NOON + DAY))
    before = Registry.fold(list(town.world.changes), PSEUDONYM_KEY)
    town.world.act(acts.Suspend("person", "p03"))
    with pytest.raises(ValueError, match="not of the shape"):
        shapes.carry(before, town.registry, {"p03"}, keys=False)
