"""A stop may be asked for from a signal handler, at any moment, without standing still."""

from __future__ import annotations

import signal
import time
from types import FrameType

from safeconduct.workers.stopping import Stop


def test_it_is_asked_once_and_for_good() -> None:
    stop = Stop()
    assert not stop.is_set()
    assert not stop.wait(0.0)
    stop.set()
    assert stop.is_set()
    assert stop.wait(60.0)


def test_signals_at_any_moment_of_a_wait_do_no_harm() -> None:
    stop, seen = Stop(), 0

    def asked(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        del number, frame
        seen += 1
        if seen == 300:
            stop.set()
            signal.setitimer(signal.ITIMER_REAL, 0)

    before = signal.signal(signal.SIGALRM, asked)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        end = time.monotonic() + 20
        while not stop.wait(0.001):
            assert time.monotonic() < end
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert seen == 300
