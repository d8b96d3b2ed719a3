"""Who are the people, what is known of them, and which keys exist? Asked one at a time, for there may be millions.

Structure (organizations, agents, instruments and the like) is folded and held; people, facts and keys are asked for here.
``Gathered`` answers from tables in memory, over another population if there is one: a ``Base`` that reads a history
elsewhere. Every change of the population bears on its own subject alone (``changes.POPULATION``), so a base may fold the
changes of one person and needs none of the others.

A base raises OSError when it cannot answer. INVARIANT (P1): nobody may take that for "there is no such person".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from heapq import merge
from typing import Protocol, TypeVar

from safeconduct.registry.changes import MARKS, Change
from safeconduct.registry.effects.tables import State
from safeconduct.registry.measures import NO_MARKS
from safeconduct.registry.records import FactRecord, Key, Person

Everybody = tuple[Person, tuple[FactRecord, ...]]
T = TypeVar("T")


class Population(Protocol):
    """People, their facts and keys at one version of the registry."""

    def person(self, name: str) -> Person | None: ...
    def facts(self, name: str) -> tuple[FactRecord, ...]:
        """Every record about a person that was not withdrawn, in order of recording, expired ones too."""
        ...

    def key(self, name: str) -> Key | None: ...
    def key_of(self, digest: bytes) -> Key | None: ...
    def everyone(self, part: int = 0, parts: int = 1) -> Iterator[Everybody]:
        """Each person once with the facts, in order of id within a part; the parts together are everyone."""
        ...

    def every_key(self, part: int = 0, parts: int = 1) -> Iterator[Key]: ...
    def bound_keys(self) -> Iterator[Key]:
        """Each key that was issued for a project."""
        ...

    def named(self, prefix: str) -> Iterator[Everybody]:
        """Each person whose id begins so, in order of id."""
        ...

    def measured(self, measure: str) -> str | None:
        """Whom the measure of this id is about, ``KIND/ID``; None when there is none."""
        ...

    def marked(self) -> Iterator[str]:
        """``person/ID`` and ``key/ID`` of whoever measures were taken about or has a risk."""
        ...

    def count_people(self) -> int: ...
    def count_keys(self) -> int: ...


class Base(Population, Protocol):
    """A population kept elsewhere, which can be looked at as it was at any version."""

    def move(self, version: int, touched: frozenset[str] | None) -> None:
        """Look at a later version from now on. ``touched`` as in ``News``."""
        ...


class Gathered:
    """The population in the tables of ``state``; who is not there is asked of ``base``."""

    __slots__ = ("_base", "_state")

    def __init__(self, state: State, base: Base | None = None) -> None:
        self._state = state
        self._base = base

    def bring(self, change: Change) -> None:
        """Put into the tables whom a change is about, so that it can take effect there."""
        if self._base is None:
            return
        state, name = self._state, change.subject
        about_key = change.kind.startswith("key.")
        if change.kind in MARKS:
            kind, _, name = name.partition("/")
            about_key = kind == "key"
        if not about_key:
            if name not in state.facts:
                person = self._base.person(name)
                if person is not None:
                    state.people[name] = person
                state.facts[name] = self._base.facts(name)
            return
        same = self.key_of(bytes.fromhex(str(change.body["digest"]))) if change.kind == "key.issued" else None
        for key in (self.key(name), same):
            if key is not None:
                state.keys[key.id] = key
                state.digests[key.digest] = key.id

    def move(self, version: int, touched: frozenset[str] | None) -> None:
        """Forget what was brought here and look at ``version`` of the base. There must be a base."""
        assert self._base is not None
        for table in (self._state.people, self._state.facts, self._state.keys, self._state.digests):
            table.clear()
        people = [name for name, who in self._state.measured.items() if who.startswith(("person/", "key/"))]
        for name in people:
            del self._state.measured[name]
        self._base.move(version, touched)

    def person(self, name: str) -> Person | None:
        found = self._state.people.get(name)
        return self._base.person(name) if found is None and self._base is not None else found

    def facts(self, name: str) -> tuple[FactRecord, ...]:
        found = self._state.facts.get(name)
        if found is not None:
            return found
        return self._base.facts(name) if self._base is not None else ()

    def key(self, name: str) -> Key | None:
        found = self._state.keys.get(name)
        return self._base.key(name) if found is None and self._base is not None else found

    def key_of(self, digest: bytes) -> Key | None:
        name = self._state.digests.get(digest)
        if name is not None:
            return self._state.keys[name]
        found = self._base.key_of(digest) if self._base is not None else None
        return self._state.keys.get(found.id, found) if found is not None else None

    def everyone(self, part: int = 0, parts: int = 1) -> Iterator[Everybody]:
        base = self._base.everyone(part, parts) if self._base is not None else None
        return self._over(base, self._state.people, part, parts)

    def named(self, prefix: str) -> Iterator[Everybody]:
        base = self._base.named(prefix) if self._base is not None else None
        return self._over(base, (each for each in self._state.people if each.startswith(prefix)), 0, 1)

    def measured(self, measure: str) -> str | None:
        found = self._state.measured.get(measure)
        return self._base.measured(measure) if found is None and self._base is not None else found

    def marked(self) -> Iterator[str]:
        people = [f"person/{name}" for name, each in self._state.people.items() if each.marks is not NO_MARKS]
        keys = [f"key/{name}" for name, each in self._state.keys.items() if each.marks is not NO_MARKS]
        yield from dict.fromkeys((*people, *keys, *(self._base.marked() if self._base is not None else ())))

    def every_key(self, part: int = 0, parts: int = 1) -> Iterator[Key]:
        table = self._state.keys
        if self._base is None:
            for name in _share(list(table), part, parts):
                yield table[name]
            return
        for key in self._base.every_key(part, parts):
            yield table.get(key.id, key)
        if part == 0:
            yield from [key for name, key in table.items() if self._base.key(name) is None]

    def bound_keys(self) -> Iterator[Key]:
        table = self._state.keys
        if self._base is not None:
            yield from (key for key in self._base.bound_keys() if key.id not in table)
        yield from (key for key in table.values() if key.project)

    def count_people(self) -> int:
        if self._base is None:
            return len(self._state.people)
        return self._base.count_people() + sum(self._base.person(name) is None for name in self._state.people)

    def count_keys(self) -> int:
        if self._base is None:
            return len(self._state.keys)
        return self._base.count_keys() + sum(self._base.key(name) is None for name in self._state.keys)

    def _over(
        self, base: Iterator[Everybody] | None, names: Mapping[str, Person] | Iterator[str], part: int, parts: int
    ) -> Iterator[Everybody]:
        people = self._state.people
        if base is None:
            for name in _share(sorted(names), part, parts):
                yield people[name], self.facts(name)
            return
        assert self._base is not None
        fresh = [name for name in names if self._base.person(name) is None] if part == 0 else []
        added = ((people[name], self.facts(name)) for name in sorted(fresh))
        for person, facts in merge(base, added, key=_id) if fresh else base:
            if person.id in people:
                yield people[person.id], self.facts(person.id)
            else:
                yield person, facts


class Lookup(Mapping[str, T]):
    """A read-only mapping over a population: looks up one at a time, and walks through all only when told to."""

    __slots__ = ("_count", "_every", "_find")

    def __init__(
        self, find: Callable[[str], T | None], every: Callable[[], Iterator[tuple[str, T]]], count: Callable[[], int]
    ) -> None:
        self._find = find
        self._every = every
        self._count = count

    def __getitem__(self, name: str) -> T:
        found = self._find(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._every())

    def __len__(self) -> int:
        return self._count()


def _share(names: list[str], part: int, parts: int) -> list[str]:
    if not 0 <= part < parts:
        raise ValueError(f"there is no part {part} of {parts}")
    return names[len(names) * part // parts : len(names) * (part + 1) // parts]


def _id(each: Everybody) -> str:
    return each[0].id
