"""What time is it, for everything that a worker decides and records? Moments that never run backwards.

The wall clock says what moment it is, and may be set back or forth by whoever runs the machine. The steady clock says how
much time has passed, also while the process or the machine slept. A moment is a steady reading plus what the wall was ahead of
it when ``adjust`` last looked. A wall set forward is followed, so that scheduled times fire; a wall set back is not: a letter in
force stays in force. How far the wall stands behind is told, for the operator to see.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from safeconduct.terms.moments import Moment

# Linux counts a sleep of the machine here; elsewhere the monotonic clock is the best there is.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady_ns() -> int:
    """Nanoseconds that have passed since some point, never less than before."""
    return time.clock_gettime_ns(_STEADY)


class Clock:
    """Tells moments. Readings in nanoseconds come from ``wall`` and ``steady``; tests give their own."""

    def __init__(self, wall: Callable[[], int] = time.time_ns, steady: Callable[[], int] = steady_ns) -> None:
        self._wall = wall
        self._steady = steady
        self._ahead = wall() - steady()
        self.behind: Moment = 0  # microseconds by which the wall clock was set back, as far as it has not caught up

    def __call__(self) -> Moment:
        """The moment it is."""
        return (self._steady() + self._ahead) // 1000

    def adjust(self) -> None:
        """Look at the wall clock: follow it forward, never back."""
        ahead = self._wall() - self._steady()  # the wall first: whatever comes between the two makes it look earlier, not later
        self.behind = max(0, self._ahead - ahead) // 1000
        self._ahead = max(self._ahead, ahead)

    def reach(self, moment: Moment) -> None:
        """INVARIANT (P6): nothing is decided by a moment earlier than a change that is already in force."""
        missing = moment - self()
        if missing > 0:
            self._ahead += missing * 1000
