"""People and keys read from the history one at a time: the same answers as a fold of all of it, at every version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from safeconduct.registry.changes import BODIES, MARKS, POPULATION, Change, Draft, News, digest_of, sealed
from safeconduct.registry.state import Registry
from safeconduct.storage.sqlite import population
from safeconduct.storage.sqlite.changes import MOST_TOUCHED, ChangeStore
from safeconduct.storage.sqlite.migrate import migrations
from safeconduct.storage.sqlite.population import (
    IS_STRUCTURE,
    KEY_KINDS,
    MARK_KINDS,
    PERSON_KINDS,
    POPULATION_KINDS,
    REMEMBERED,
    SqlitePopulation,
)
from support.registry_histories import HOMES, NAMES, history
from support.registry_world import DAY, PSEUDONYM_KEY, T0, digest_number


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChangeStore]:
    with ChangeStore.open(tmp_path / "registry.db") as opened:
        yield opened


def changes(drafts: list[Draft]) -> list[Change]:
    return [Change(seq, each.at, each.actor, each.kind, each.subject, each.body, each.salt) for seq, each in enumerate(drafts, 1)]


def keep(store: ChangeStore, drafts: list[Draft]) -> None:
    """Append what the file takes: a key whose digest was given out before is refused by it, and in memory changes nothing."""
    for each in drafts:
        append(store, [each])


def append(store: ChangeStore, drafts: list[Draft]) -> None:
    """Append drafts that are sealed already."""
    store.append(drafts, digest=digest_of(drafts, b""))


def sound(drafts: list[Draft]) -> list[Draft]:
    """Sealed, and without keys issued twice: the file refuses those."""
    issued: set[str] = set()
    kept = []
    for each in drafts:
        if each.kind == "key.issued":
            if each.subject in issued:
                continue
            issued.add(each.subject)
        kept.append(sealed(each, len(kept).to_bytes(16)))
    return kept


def _first(pair: tuple[str, object]) -> str:
    return pair[0]


def alike(lazy: Registry, folded: Registry) -> None:
    """Both say the same about everybody."""
    assert (lazy.version, lazy.changed_at) == (folded.version, folded.changed_at)
    assert list(lazy.everyone()) == list(folded.everyone())
    assert [*lazy.everyone(0, 3), *lazy.everyone(1, 3), *lazy.everyone(2, 3)] == list(folded.everyone())
    assert sorted(each.id for each in lazy.every_key()) == sorted(folded.keys)
    assert lazy.organizations == folded.organizations
    assert lazy.projects == folded.projects
    for name in NAMES:
        assert lazy.people.get(name) == folded.people.get(name)
        assert list(lazy.population.named(name[:1])) == list(folded.population.named(name[:1]))
        for home in HOMES:
            now = folded.changed_at + DAY
            assert lazy.standing_for(organization=home, person=name, now=now) == folded.standing_for(
                organization=home, person=name, now=now
            )
    assert sorted(lazy.marked(), key=_first) == sorted(folded.marked(), key=_first)
    for who, marks in folded.marked():
        assert [lazy.measure(each.id) for each in marks.measures] == list(marks.measures), who
    for number in range(4):
        assert lazy.keys.get(f"key-{number}") == folded.keys.get(f"key-{number}")
        assert lazy.has_digest(digest_number(number)) == folded.has_digest(digest_number(number))
        assert lazy.standing(digest_number(number), T0) == folded.standing(digest_number(number), T0)


@pytest.mark.parametrize("seed", range(12))
def test_p6_a_history_on_disk_answers_as_one_in_memory_at_every_version(store: ChangeStore, seed: int) -> None:
    drafts = sound(history(seed, 60))
    keep(store, drafts)
    every = changes(drafts)
    for version in (0, 1, 2, 7, 20, 41, len(every)):
        alike(store.registry(PSEUDONYM_KEY, version=version), Registry.fold(every[:version], PSEUDONYM_KEY))
    moment = every[30].at
    alike(store.registry(PSEUDONYM_KEY, until=moment), Registry.fold(every, PSEUDONYM_KEY, until=moment))


@pytest.mark.parametrize("seed", range(6))
def test_news_bring_a_registry_to_where_a_fresh_one_begins(store: ChangeStore, seed: int) -> None:
    drafts = sound(history(seed, 60))
    following = store.registry(PSEUDONYM_KEY)
    for first in range(0, len(drafts), 9):
        append(store, drafts[first : first + 9])
        news = store.news(following.version)
        assert news is not None
        following.hear(news)
        assert news.touched == News.of(changes(drafts)[first : first + 9], first).touched
        alike(following, store.registry(PSEUDONYM_KEY))
    assert store.news(following.version) is None


def test_a_registry_on_disk_can_go_on_by_itself_for_trying_out(store: ChangeStore) -> None:
    drafts = sound(history(3, 80))
    keep(store, drafts[:40])
    trial = store.registry(PSEUDONYM_KEY).copy()
    for change in changes(drafts)[40:]:
        trial.apply(change)
    alike(trial, Registry.fold(changes(drafts), PSEUDONYM_KEY))
    assert store.registry(PSEUDONYM_KEY).version == 40


def test_p6_a_view_stands_still_while_others_write(store: ChangeStore) -> None:
    drafts = sound(history(5, 60))
    keep(store, drafts[:30])
    view = store.registry(PSEUDONYM_KEY)
    walk = view.everyone()
    first = next(walk, None)
    keep(store, drafts[30:])
    folded = Registry.fold(changes(drafts)[:30], PSEUDONYM_KEY)
    assert [first, *walk] == list(folded.everyone())
    alike(view, folded)


def test_too_many_to_name_are_everyone(store: ChangeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safeconduct.storage.sqlite.changes.MOST_TOUCHED", 3)
    assert MOST_TOUCHED > REMEMBERED
    store.append(sound(history(1, 60)))
    news = store.news(0)
    assert news is not None
    assert news.touched is None
    following = Registry(PSEUDONYM_KEY, base=store.registry(PSEUDONYM_KEY, version=0)._base)
    following.hear(news)
    alike(following, store.registry(PSEUDONYM_KEY))


def test_p1_what_cannot_be_read_is_an_error_and_nobody(store: ChangeStore, tmp_path: Path) -> None:
    store.append(sound(history(2, 60)))
    view = store.registry(PSEUDONYM_KEY)
    store.close()
    for ask in (
        lambda: view.standing(digest_number(1), T0),
        lambda: view.people.get("ann"),
        lambda: view.keys.get("key-1"),
        lambda: list(view.everyone()),
        lambda: list(view.every_key()),
        lambda: len(view.people),
    ):
        with pytest.raises(OSError, match="cannot be read"):
            ask()


def test_p1_a_damaged_body_is_an_error_and_nobody(store: ChangeStore, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "registry.db")
    connection.execute(
        "INSERT INTO change (seq, at, actor, kind, subject, body) VALUES (1, 1, 'x', 'person.enrolled', 'ann', x'7b7d')"
    )
    connection.execute(
        "INSERT INTO change (seq, at, actor, kind, subject, body) VALUES (2, 1, 'x', 'person.amended', 'ben', x'7b')"
    )
    connection.commit()
    connection.close()
    view = store.registry(PSEUDONYM_KEY)
    for name in ("ann", "ben"):
        with pytest.raises(OSError, match="cannot be read"):
            view.people.get(name)


def test_p6_no_credential_is_given_out_twice_and_each_is_found(store: ChangeStore, tmp_path: Path) -> None:
    issue = next(each for each in history(0, 200) if each.kind == "key.issued")
    store.append([issue])
    with pytest.raises(OSError, match="UNIQUE"):
        store.append([Draft(issue.at, issue.actor, issue.kind, "another", issue.body)])
    connection = sqlite3.connect(tmp_path / "registry.db")
    with pytest.raises(sqlite3.IntegrityError, match="begins with its digest"):
        connection.execute(
            "INSERT INTO change (seq, at, actor, kind, subject, body) "
            "VALUES (2, 9999999999999999, 'x', 'key.issued', 'k', x'7b7d')"
        )
    connection.close()


def test_a_key_issued_anew_under_its_old_id_is_no_key(store: ChangeStore) -> None:
    issue = next(each for each in history(0, 200) if each.kind == "key.issued")
    other = Draft(issue.at, issue.actor, issue.kind, issue.subject, {**issue.body, "digest": "ab" * 32})
    store.append([issue])
    store.append([other])
    view = store.registry(PSEUDONYM_KEY)
    assert view.has_digest(bytes.fromhex(str(issue.body["digest"])))
    assert not view.has_digest(b"\xab" * 32)
    assert not Registry.fold(changes([issue, other]), PSEUDONYM_KEY).has_digest(b"\xab" * 32)


def test_the_indexes_list_the_kinds_of_the_registry() -> None:
    def listed(text: str) -> set[str]:
        return {each.strip(" ()'") for each in text.split(",")}

    sql = "".join(text for _, text in migrations())
    assert listed(MARK_KINDS) == set(MARKS)
    assert f"WHERE {IS_STRUCTURE};" in " ".join(sql.split())
    assert listed(POPULATION_KINDS) == set(POPULATION)
    assert listed(PERSON_KINDS) | listed(KEY_KINDS) == set(POPULATION)
    assert set(POPULATION) <= set(BODIES)
    for kinds in (f"kind IN {PERSON_KINDS}", f"kind IN {KEY_KINDS}", f"kind NOT IN {POPULATION_KINDS}"):
        assert kinds in sql


def test_counting_walks_through_nobody(store: ChangeStore) -> None:
    store.append([each for each in sound(history(4, 200)) if each.kind in {"person.registered", "key.issued"}])
    view = store.registry(PSEUDONYM_KEY)
    assert (len(view.people), len(view.keys)) == (len(list(view.people)), len(list(view.keys)))
    assert len(view.people) > 1


def test_what_is_remembered_is_bounded(store: ChangeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safeconduct.storage.sqlite.population.REMEMBERED", 3)
    population = store.registry(PSEUDONYM_KEY)._base
    assert isinstance(population, SqlitePopulation)
    for number in range(50):
        population.person(f"nobody-{number}")
        population.key(f"key-{number}")
    assert len(population._known) <= 3
    assert len(population._keys) <= 3
    with pytest.raises(ValueError, match="no part"):
        population.everyone(2, 2)


def test_measures_of_people_are_no_structure_and_are_found_by_an_index(store: ChangeStore) -> None:
    store.append(sound(history(5, 200)))
    connection = store._connection
    plans = [
        connection.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
        for query, values in (
            (population._PERSON, ("ann", 99)),
            (population._KEY, ("key-1", 99)),
            (population._PEOPLE, ("", "z", 99)),
            (population._MEASURED, (b"M-000000000001", 99)),
        )
    ]
    for plan in plans:
        assert not any("SCAN change" in str(line) and "INDEX" not in str(line) for line in plan), plan
    assert not [
        each for each in store._structure(0, store.head()) if each.kind in MARKS and not each.subject.startswith("organization/")
    ]


def test_a_measure_that_does_not_begin_with_its_id_is_not_taken(store: ChangeStore, tmp_path: Path) -> None:
    assert store.head() == 0
    connection = sqlite3.connect(tmp_path / "registry.db")
    with pytest.raises(sqlite3.IntegrityError, match="begins with its id"):
        connection.execute(
            "INSERT INTO change (seq, at, actor, kind, subject, body) VALUES (1, 1, 'x', 'measure.taken', 'person/ann', x'7b7d')"
        )
    connection.close()
