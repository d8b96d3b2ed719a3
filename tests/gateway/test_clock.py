"""Moments never run backwards, follow the wall forward, and pass while the process sleeps."""

from __future__ import annotations

from safeconduct.gateway.clock import Clock, steady_ns
from safeconduct.terms.moments import SECOND

START = 1_800_000_000 * SECOND


class Hands:
    """Two clocks that move when told, in seconds."""

    def __init__(self) -> None:
        self.wall = START * 1000
        self.steady = 77_000_000_000

    def pass_(self, seconds: float) -> None:
        self.wall += int(seconds * 1e9)
        self.steady += int(seconds * 1e9)

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.steady)


def test_time_passes_by_the_steady_clock() -> None:
    hands = Hands()
    clock = hands.clock()
    assert clock() == START
    hands.pass_(3)
    assert clock() == START + 3 * SECOND
    hands.wall += 5_000_000_000
    assert clock() == START + 3 * SECOND, "nobody looked at the wall yet"


def test_a_wall_set_forward_is_followed() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall += 3_600_000_000_000
    clock.adjust()
    assert (clock(), clock.behind) == (START + 3_600 * SECOND, 0)


def test_p5_a_wall_set_back_is_not_followed_and_told() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall -= 3_600_000_000_000
    clock.adjust()
    assert (clock(), clock.behind) == (START, 3_600 * SECOND)
    hands.pass_(10)
    clock.adjust()
    assert (clock(), clock.behind) == (START + 10 * SECOND, 3_600 * SECOND), "time goes on"
    hands.wall += 3_600_000_000_000
    clock.adjust()
    assert (clock(), clock.behind) == (START + 10 * SECOND, 0)


def test_p6_a_change_from_ahead_is_reached() -> None:
    hands = Hands()
    clock = hands.clock()
    clock.reach(START + 7)
    assert clock() == START + 7
    clock.reach(START)
    assert clock() == START + 7


def test_the_real_clock_moves() -> None:
    before = steady_ns()
    assert steady_ns() >= before
    assert Clock()() > START - 10**17
