"""Several pieces of evidence about one thing: in force, expired, contradicting."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.registry.weigh import CONTRADICTED, UNKNOWN, Piece, contradict, weigh
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.standing import FactState, FactStatus


def test_nothing_is_unknown_and_a_blank_is_nothing() -> None:
    assert weigh([], 5) == UNKNOWN


def test_intervals_are_half_open() -> None:
    assert weigh([(0, 20, "a")], 19) == FactState(FactStatus.KNOWN, "a", 20)
    assert weigh([(0, 20, "a")], 20) == FactState(FactStatus.EXPIRED, None, 20)
    assert not contradict([(0, 20, "a"), (20, 40, "b")])  # one ends where the other begins
    assert contradict([(0, 21, "a"), (20, 40, "b")])


def test_a_contradiction_does_not_age_out_and_no_renewal_heals_it() -> None:
    pieces: list[Piece] = [(0, 20, "a"), (10, 30, "b")]
    for now in (15, 25, 35, 10_000):
        assert weigh(pieces, now) == CONTRADICTED
        assert weigh([*pieces, (30, FOREVER, "a")], now) == CONTRADICTED
    assert weigh(pieces[:1], 15).value == "a"  # only taking one of the two away ends it


def test_three_pieces_contradict_when_any_two_do() -> None:
    assert contradict([(0, 100, "a"), (10, 20, "a"), (50, 60, "b")])
    assert not contradict([(0, 10, "a"), (10, 50, "b"), (50, 60, "a")])


_pieces = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 9), st.sampled_from(["a", "b", "c"])).map(lambda t: (t[0], t[0] + t[1], t[2])),
    max_size=5,
)


@settings(max_examples=150)
@given(_pieces)
def test_contradiction_is_any_overlapping_pair_that_differs(pieces: list[Piece]) -> None:
    pairs = [(one, other) for one in pieces for other in pieces]
    assert contradict(pieces) is any(one[2] != other[2] and one[0] < other[1] and other[0] < one[1] for one, other in pairs)


@settings(max_examples=150)
@given(_pieces.flatmap(lambda each: st.tuples(st.just(each), st.permutations(each))), st.integers(9, 25))
def test_order_does_not_matter(both: tuple[list[Piece], list[Piece]], now: int) -> None:
    assert weigh(both[0], now) == weigh(both[1], now)
