"""How does a process learn that it shall stop? A flag that a signal handler may set at any moment.

``threading.Event`` is no such flag: its ``set`` takes a lock that the same thread may hold in ``wait`` at the very moment the
signal comes, and then stands still forever. Here is no lock; the price is that a wait notices up to one step late.
"""

from __future__ import annotations

import time

STEP_SECONDS = 0.05


class Stop:
    """Set once, by a signal handler; watched by a loop on the main thread."""

    __slots__ = ("_asked",)

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        """Ask to stop."""
        self._asked = True

    def is_set(self) -> bool:
        """Whether it was asked."""
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Wait at most ``seconds``, less when asked. Whether it was asked."""
        end = time.monotonic() + seconds
        while not self._asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, STEP_SECONDS))
        return self._asked
