"""Counting by class, merging parts, and the form for a pipe."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.inquiry.census import Caller, Census, Pair, SeatClass, decode, encode

ONE = SeatClass("person", "acme", "", (), (("us_person.ear", "known", "yes"),))
TWO = SeatClass(
    "agent", "acme", "red", (("agent", "ended"),), (("nationality", "known", ("FR", "US")), ("vetting", "unknown", None))
)
PAIRS: tuple[Pair, ...] = ((ONE, TWO), (None, ONE), (TWO, None))


def counted(keep: int, seats: list[tuple[int, str]]) -> Census:
    census = Census(keep)
    for pair, name in seats:
        census.add(PAIRS[pair], name)
    return census


SEATS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([f"p{number:02}" for number in range(30)])), unique=True)


@given(seats=SEATS, cut=st.integers(0, 30), keep=st.sampled_from((-1, 0, 3)))
def test_parts_add_up_to_the_whole(seats: list[tuple[int, str]], cut: int, keep: int) -> None:
    ordered = sorted(seats, key=lambda seat: seat[1])
    whole, first, second = (counted(keep, part) for part in (ordered, ordered[:cut], ordered[cut:]))
    first.merge(decode(encode(second)))
    assert first.seats == whole.seats == len(seats)
    assert {pair: (tally.count, tally.ids) for pair, tally in first.pairs()} == {
        pair: (tally.count, tally.ids) for pair, tally in whole.pairs()
    }


def test_what_goes_through_a_pipe_comes_out_the_same() -> None:
    census = counted(2, [(0, "p1"), (0, "p2"), (0, "p3"), (1, "p1"), (2, "a1")])
    census.callers["sc_1"] = Caller("sc_1", "p1", PAIRS[0])
    again = decode(encode(census))
    assert again.tallies == census.tallies
    assert again.callers == census.callers
    assert again.keep == 2
    assert len(again) == 3


def test_what_is_no_census_is_refused() -> None:
    with pytest.raises(ValueError, match="class that it does not list"):
        decode(msgspec.msgpack.encode([0, [], [[[3], [1, "p", []]]], []]))
    with pytest.raises(msgspec.DecodeError):
        decode(b"\xff\xff")
