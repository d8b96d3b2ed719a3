"""How many seats are alike? The count of a population by class, mergeable from parts and fit for a pipe.

A *seat* is one way in: a person in one organization, a person's key for one project there, or an agent. A *class* is all that
rules could tell seats apart by at one moment, their ids left out. A census of one moment counts classes; a census of two
counts pairs of them, so that a change can be told from the counts alone. Who is put into which class is told in ``seats``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

PERSON: Final = "person"
AGENT: Final = "agent"

Fact = tuple[str, str, str | bool | tuple[str, ...] | None]
"""Name, status, and the value where it is known."""


Taken = tuple[str, int, str, bool]
"""Of a measure: step, rate, fallback, and whether it is a rehearsal."""


class SeatClass(msgspec.Struct, frozen=True, array_like=True):
    """All that rules could tell at one moment. ``lapses`` pairs kind and why of links that are the caller's own: those of the
    organization and the project follow from their ids. ``facts`` holds the wanted facts only (P10), sorted by name.
    ``risk`` is the band, ``measures`` are those in force on the caller's own links, without their ids.
    """

    kind: str
    organization: str
    project: str
    lapses: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    risk: str = "none"
    measures: tuple[Taken, ...] = ()


Pair = tuple[SeatClass | None, ...]
"""The class at each moment asked about; None where the seat did not exist."""


class Tally(msgspec.Struct, array_like=True):
    """How many seats are of one class, and the ids of the first of them. ``first`` is always given: it stands for the class."""

    count: int
    first: str
    ids: list[str]


class Caller(msgspec.Struct, frozen=True, array_like=True):
    """A seat known by the pseudonym that log entries carry, with its class."""

    pseudonym: str
    seat: str
    pair: Pair


class Census:
    """Counts by class. ``keep`` is how many ids each class keeps; 0 keeps none, -1 keeps all."""

    def __init__(self, keep: int = 0) -> None:
        self.keep = keep
        self.tallies: dict[Pair, Tally] = {}
        self.callers: dict[str, Caller] = {}

    def __len__(self) -> int:
        """How many classes there are."""
        return len(self.tallies)

    @property
    def seats(self) -> int:
        """How many seats were counted."""
        return sum(each.count for each in self.tallies.values())

    def add(self, pair: Pair, seat: str) -> None:
        """Count one seat; ``seat`` is the id of the person or agent."""
        tally = self.tally(pair, seat)
        tally.count += 1
        if self.keep < 0 or len(tally.ids) < self.keep:
            tally.ids.append(seat)

    def tally(self, pair: Pair, first: str) -> Tally:
        """The count of a class, begun with ``first`` where it is new."""
        tally = self.tallies.get(pair)
        if tally is None:
            tally = self.tallies[pair] = Tally(0, first, [])
        return tally

    def merge(self, other: Census) -> None:
        """Take in the counts of another part of the same population."""
        for pair, theirs in other.tallies.items():
            ours = self.tallies.get(pair)
            if ours is None:
                self.tallies[pair] = theirs
                continue
            ours.count += theirs.count
            ours.first = min(ours.first, theirs.first)
            ours.ids = sorted([*ours.ids, *theirs.ids])
            if self.keep >= 0:
                del ours.ids[self.keep :]
        self.callers.update(other.callers)

    def pairs(self) -> Iterator[tuple[Pair, Tally]]:
        """Every class and its count."""
        yield from self.tallies.items()


class _Wire(msgspec.Struct, array_like=True):
    keep: int
    classes: list[SeatClass]
    pairs: list[tuple[list[int], Tally]]
    callers: list[tuple[str, str, list[int]]]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Wire)


def encode(census: Census) -> bytes:
    """The census as MessagePack: each class once, pairs as places in the list of classes (-1 for none)."""
    places: dict[SeatClass, int] = {}

    def numbered(pair: Pair) -> list[int]:
        return [-1 if each is None else places.setdefault(each, len(places)) for each in pair]

    pairs = [(numbered(pair), tally) for pair, tally in census.tallies.items()]
    callers = [(each.pseudonym, each.seat, numbered(each.pair)) for each in census.callers.values()]
    return _encoder.encode(_Wire(census.keep, list(places), pairs, callers))


def decode(data: bytes) -> Census:
    """Read what ``encode`` wrote. Raises ValueError when it is none."""
    wire = _decoder.decode(data)

    def named(numbers: Iterable[int]) -> Pair:
        return tuple(None if number < 0 else wire.classes[number] for number in numbers)

    census = Census(wire.keep)
    try:
        census.tallies = {named(numbers): tally for numbers, tally in wire.pairs}
        census.callers = {name: Caller(name, seat, named(numbers)) for name, seat, numbers in wire.callers}
    except IndexError as wrong:
        raise ValueError("the census names a class that it does not list") from wrong
    return census
