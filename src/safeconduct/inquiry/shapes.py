"""Who is alike whatever the moment is? Everybody by *shape*: what is on record of a person, as far as it can matter in a window.

A question over everybody is asked again and again, at moments that differ by seconds or days, and between two of them only few
people change. Shapes hold what a survey reads of each person, ids apart: the life of the person and of each membership, the
evidence that the question may read, and the projects that keys are bound to. A census at any moments of the window follows from
the shapes alone; it is the very census that a walk through everybody would give (``seats.survey``).

When people or keys change, their shapes are looked up as they were and as they are; everybody else stays.

What a shape is, is told in ``shaping``. Where shapes are kept, and when they may be trusted, is left to others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from safeconduct.inquiry.census import Census
from safeconduct.inquiry.seats import TELL_EVERY, Reader, Side, Tell, add_agents, paired
from safeconduct.inquiry.shaping import Binding, Place, Shape, Shaper, Window, bindings
from safeconduct.registry.state import Registry

MAX_SHAPES: Final = 300_000
FEW_SHAPES: Final = 50_000  # beyond these, shapes are worth it only where several people share one
SHARE: Final = 4


class TooManyShapes(Exception):
    """People differ too much: their shapes would be no shorter than they are."""


class Group(msgspec.Struct, array_like=True):
    """People of one shape: how many, the first of them, and the ids in order (a list as MessagePack, read where it is asked)."""

    shape: Shape
    count: int
    first: str
    ids: msgspec.Raw


class Shapes(msgspec.Struct, array_like=True):
    """A population by shape at one version of the registry. ``facts`` are the recorded facts looked at."""

    version: int
    facts: tuple[str, ...]
    window: Window
    groups: list[Group]
    bound: dict[str, tuple[Binding, ...]]

    def census(self, sides: Sequence[Side], keep: int = 0) -> Census:
        """What ``survey`` says of everybody. All sides are over this version, at its moments, and want no more facts."""
        census = Census(keep)
        readers = [Reader(side, bound={}) for side in sides]
        for group in sorted(self.groups, key=_first):
            someone = group.shape.person(group.first)
            bound = [group.shape.bound_at(side.now) if group.shape.bound else None for side in sides]
            seats = [reader.person(*someone, each) for reader, each in zip(readers, bound, strict=True)]
            ids = _ids(group)[: None if keep < 0 else keep] if keep else []
            for pair in paired(seats):
                tally = census.tally(pair, group.first)
                tally.count += group.count
                tally.ids += ids
        if keep:
            for _, tally in census.pairs():
                tally.ids.sort()
                del tally.ids[len(tally.ids) if keep < 0 else keep :]
        add_agents(census, sides, readers, frozenset())
        return census

    def merge(self, other: Shapes) -> None:
        """Take in the shapes of another part, whose ids come after these. Raises TooManyShapes."""
        mine = {group.shape: group for group in self.groups}
        for theirs in other.groups:
            ours = mine.get(theirs.shape)
            if ours is None:
                self.groups.append(theirs)
            else:
                ours.count += theirs.count
                ours.ids = _packed(_ids(ours) + _ids(theirs))
        if len(self.groups) > MAX_SHAPES:
            raise TooManyShapes
        self.bound |= other.bound

    def carry(self, before: Registry, now: Registry, people: Collection[str], *, keys: bool) -> None:
        """Go on to the version of ``now``: ``people`` may have changed, and with ``keys`` what keys are bound to.

        Raises ValueError when somebody is not where ``before`` says: then these are no shapes of that population.
        """
        bound = bindings(now.population, self.window) if keys else self.bound
        moved = {name for name in {*self.bound, *bound} if self.bound.get(name) != bound.get(name)} if keys else set()
        was, becomes = (Shaper(self.facts, self.window, each) for each in (self.bound, bound))
        groups = {group.shape: group for group in self.groups}
        open_: dict[Shape, list[str]] = {}
        for name in sorted(moved.union(people)):
            old, new = _looked_up(before, name, was), _looked_up(now, name, becomes)
            for shape in old - new:
                ids = _opened(open_, groups, shape)
                place = bisect_left(ids, name)
                if ids[place : place + 1] != [name]:
                    raise ValueError("somebody is not of the shape that the registry gives")
                del ids[place]
            for shape in new - old:
                ids = _opened(open_, groups, shape)
                ids.insert(bisect_left(ids, name), name)
        for shape, ids in open_.items():
            groups.pop(shape, None)
            if ids:
                groups[shape] = Group(shape, len(ids), ids[0], _packed(ids))
        self.groups = list(groups.values())
        self.bound = bound
        self.version = now.version


def gather(
    registry: Registry,
    facts: Collection[str],
    window: Window,
    *,
    part: int = 0,
    parts: int = 1,
    tell: Tell = lambda _: None,
) -> Shapes:
    """The shapes of one part of everybody. ``facts`` are recorded facts. Raises TooManyShapes."""
    bound = bindings(registry.population, window)
    shaper = Shaper(facts, window, bound)
    found: dict[Shape, list[str]] = {}
    by_place: dict[Place, list[str]] = {}
    for done, (person, records) in enumerate(registry.everyone(part, parts), 1):
        for place in shaper.places(person, records):
            ids = by_place.get(place)
            if ids is None:
                ids = by_place[place] = found.setdefault(shaper.shape(place), [])
                if len(found) > min(MAX_SHAPES, FEW_SHAPES + done // SHARE):
                    raise TooManyShapes
            ids.append(person.id)
        if done % TELL_EVERY == 0:
            tell(done)
    groups = [Group(shape, len(ids), ids[0], _packed(ids)) for shape, ids in found.items()]
    return Shapes(registry.version, tuple(sorted(facts)), window, groups, bound)


def _looked_up(registry: Registry, name: str, shaper: Shaper) -> frozenset[Shape]:
    person = registry.people.get(name)
    if person is None:
        return frozenset()
    return frozenset(map(shaper.shape, shaper.places(person, registry.facts_of(name))))


def _opened(open_: dict[Shape, list[str]], groups: Mapping[Shape, Group], shape: Shape) -> list[str]:
    ids = open_.get(shape)
    if ids is None:
        group = groups.get(shape)
        ids = open_[shape] = _ids(group) if group is not None else []
    return ids


def _ids(group: Group) -> list[str]:
    return _decode_ids(group.ids)


def _packed(ids: list[str]) -> msgspec.Raw:
    return msgspec.Raw(_encode_ids(ids))


def _first(group: Group) -> str:
    return group.first


_decode_ids = msgspec.msgpack.Decoder(list[str]).decode
_encode_ids = msgspec.msgpack.Encoder().encode
