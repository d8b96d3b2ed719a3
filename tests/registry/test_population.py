"""The population in memory, and over another one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from safeconduct.registry.changes import Change, News
from safeconduct.registry.population import Everybody
from safeconduct.registry.records import FactRecord, Key, Person
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Refused
from support.registry_histories import history
from support.registry_world import DAY, PSEUDONYM_KEY, T0, digest_number, issue, small_world


def fold(seed: int, length: int) -> tuple[list[Change], Registry]:
    changes = [
        Change(seq, each.at, each.actor, each.kind, each.subject, each.body) for seq, each in enumerate(history(seed, length), 1)
    ]
    return changes, Registry.fold(changes, PSEUDONYM_KEY)


class Elsewhere:
    """A base in memory: another registry's people, at whatever version that registry has."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.moves: list[tuple[int, frozenset[str] | None]] = []

    def person(self, name: str) -> Person | None:
        return self.registry.people.get(name)

    def facts(self, name: str) -> tuple[FactRecord, ...]:
        return self.registry.facts_of(name)

    def key(self, name: str) -> Key | None:
        return self.registry.keys.get(name)

    def key_of(self, digest: bytes) -> Key | None:
        return next((each for each in self.registry.every_key() if each.digest == digest), None)

    def everyone(self, part: int = 0, parts: int = 1) -> Iterator[Everybody]:
        return self.registry.everyone(part, parts)

    def every_key(self, part: int = 0, parts: int = 1) -> Iterator[Key]:
        return self.registry.every_key(part, parts)

    def named(self, prefix: str) -> Iterator[Everybody]:
        return self.registry.population.named(prefix)

    def count_people(self) -> int:
        return len(self.registry.people)

    def count_keys(self) -> int:
        return len(self.registry.keys)

    def move(self, version: int, touched: frozenset[str] | None) -> None:
        self.moves.append((version, touched))


def over(base: Registry) -> Registry:
    """A registry that holds the structure of another one and asks it for the people."""
    made = Registry(PSEUDONYM_KEY, base.copy()._state, Elsewhere(base))
    for table in ("people", "facts", "keys", "digests"):
        getattr(made._state, table).clear()
    return made


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_parts_together_are_everyone_once_and_in_order(parts: int) -> None:
    _, registry = fold(1, 80)
    everyone = [each for part in range(parts) for each in registry.everyone(part, parts)]
    assert everyone == list(registry.everyone())
    assert [person.id for person, _ in everyone] == sorted(registry.people)
    keys = [key.id for part in range(parts) for key in registry.every_key(part, parts)]
    assert sorted(keys) == sorted(registry.keys)
    with pytest.raises(ValueError, match="no part"):
        list(registry.everyone(parts, parts))


@pytest.mark.parametrize("seed", range(8))
def test_changes_over_a_base_do_what_they_do_in_memory(seed: int) -> None:
    changes, folded = fold(seed, 70)
    made = over(Registry.fold(changes[:35], PSEUDONYM_KEY))
    for change in changes[35:]:
        made.apply(change)
    assert list(made.everyone()) == list(folded.everyone())
    in_parts = [each for part in range(3) for each in made.everyone(part, 3)]
    assert sorted(in_parts, key=lambda each: each[0].id) == list(folded.everyone())
    assert sorted(made.keys) == sorted(folded.keys)
    assert dict(made.keys) == dict(folded.keys)
    assert (len(made.people), len(made.keys)) == (len(folded.people), len(folded.keys))
    for number in range(4):
        assert made.standing(digest_number(number), T0) == folded.standing(digest_number(number), T0)
    for prefix in ("", "a", "be", "x"):
        assert list(made.population.named(prefix)) == list(folded.population.named(prefix))


def test_a_revocation_over_a_base_holds() -> None:
    world = small_world()
    digest = issue(world, "person", "ann")
    made = over(world.registry)
    name = next(iter(made.keys))
    made.apply(Change(made.version + 1, T0, "officer", "key.revoked", name, {}))
    standing = made.standing(digest, T0)
    assert standing is not None
    assert [each.kind for each in standing.lapses] == ["key"]


def test_news_follow_each_other_or_a_change_was_lost() -> None:
    changes, folded = fold(2, 50)
    registry = Registry.fold(changes[:20], PSEUDONYM_KEY)
    with pytest.raises(ValueError, match="cannot follow"):
        registry.hear(News.of(changes[25:], 25))
    registry.hear(News.of(changes[20:30], 20))
    with pytest.raises(ValueError, match="cannot follow"):
        registry.hear(News(30, 33, T0, (changes[31], changes[32]), frozenset()))  # one is missing
    registry.hear(News.of(changes[30:], 30))
    assert list(registry.everyone()) == list(folded.everyone())
    nothing = News.of((), registry.version)
    assert (nothing.version, nothing.at, nothing.touched) == (registry.version, 0, frozenset())
    registry.hear(nothing)
    assert registry.changed_at == folded.changed_at


def test_news_name_the_people_and_keys_that_changed() -> None:
    world = small_world()
    before = world.registry.version
    issue(world, "person", "ann")
    world.fact("ben", "vetting", "level-2")
    news = News.of(world.changes[before:], before)
    assert news.touched == {f"key/{world.changes[before].subject}", "person/ben"}


def test_news_over_a_base_move_it_and_take_in_the_structure() -> None:
    changes, _ = fold(3, 60)
    made = over(Registry.fold(changes[:30], PSEUDONYM_KEY))
    base = made._base
    assert isinstance(base, Elsewhere)
    news = News.of(changes[30:], 30)
    made.hear(news)
    assert base.moves == [(len(changes), news.touched)]
    assert (made.version, made.changed_at) == (len(changes), changes[-1].at)
    assert made.projects == Registry.fold(changes, PSEUDONYM_KEY).projects
    made.hear(News.of((), made.version))
    assert len(base.moves) == 1


def test_p1_news_that_cannot_be_read_take_effect_up_to_there() -> None:
    world = small_world()
    made = over(world.registry)
    seq = made.version
    good = Change(seq + 1, T0 + DAY, "officer", "organization.suspended", "acme", {})
    bad = Change(seq + 3, T0 + DAY, "officer", "organization.imagined", "acme", {})
    with pytest.raises(Refused):
        made.hear(News(seq, seq + 3, T0 + DAY, (good, bad), frozenset()))
    assert made.version == seq + 2
    assert made.organizations["acme"].suspended


def test_p10_a_fact_that_is_not_wanted_is_not_read() -> None:
    world = small_world()
    world.fact("ann", "vetting", "level-2")
    world.fact("ann", "nationality", ("DE",))
    wanted = world.registry.standing_for(organization="acme", person="ann", now=T0, wanted={"vetting"})
    assert set(wanted.facts) == {"vetting"}
    assert wanted.facts["vetting"].value == "level-2"

    class Closed(Elsewhere):
        def facts(self, name: str) -> tuple[FactRecord, ...]:
            raise AssertionError(f"facts of {name} were read")

    made = Registry(PSEUDONYM_KEY, over(world.registry)._state, Closed(world.registry))
    assert made.standing_for(organization="acme", person="ann", now=T0, wanted=frozenset()).facts == {}
    assert made.people["ann"].id == "ann"


def test_people_are_a_mapping_that_looks_up_one_at_a_time() -> None:
    _, registry = fold(5, 60)
    assert "nobody" not in registry.people
    with pytest.raises(KeyError):
        registry.people["nobody"]
    assert dict(registry.people) == {person.id: person for person, _ in registry.everyone()}
    with pytest.raises(TypeError):
        registry.people["eve"] = registry.people["ann"]  # type: ignore[index]
