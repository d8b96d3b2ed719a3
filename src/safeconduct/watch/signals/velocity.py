"""Does somebody call much faster than is usual for this hour of the week? Own rate, leaning on the team's while it is young.

Who runs a batch, or is on call at night, does so too: this is weak evidence, and says so by its weight.
"""

from __future__ import annotations

from math import exp
from typing import Final

from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import Cohort
from safeconduct.watch.detected import HOUR, Detected
from safeconduct.watch.subject import HOURS, Subject

KIND: Final = "velocity"
WINDOW: Final = 600 * SECOND
LEAST_CALLS: Final = 80  # of a subject before its own rate says anything
LEAST_BURST: Final = 25.0
TIMES: Final = 6.0  # what is usual
MOST: Final = 2.0
MONDAY: Final = 3 * 24  # 1 January 1970 was a Thursday


def hour_of_week(at: int) -> int:
    """0 is the first hour of a Monday, UTC."""
    return (at // HOUR + MONDAY) % HOURS


def see(subject: Subject, signal: CallSignal, cohort: Cohort) -> Detected | None:  # noqa: ARG001 - one signature for all
    """Look at one call, and count it."""
    at = signal.at
    hour = hour_of_week(at)
    week = at // (HOURS * HOUR)
    hours = subject.hours
    if week != subject.hours_week:
        if subject.hours_week:
            subject.hours = hours = [count // 2 for count in hours]
        subject.hours_week = week
    age = at - subject.burst_at
    subject.burst = subject.burst * exp(-age / WINDOW) + 1.0 if age > 0 else subject.burst + 1.0
    subject.burst_at = max(at, subject.burst_at)
    found = None
    if subject.burst >= LEAST_BURST and subject.calls >= LEAST_CALLS:
        busiest = max(hours)
        usual = max(2.0, 0.5 * (hours[hour] + busiest) * WINDOW / HOUR)
        times = subject.burst / usual
        if times >= TIMES:
            subject.bursts = min(99, subject.bursts + 1)
            sentence = f"Calls came {times:.0f} times as fast as is usual for this hour of the week."
            found = Detected(KIND, min(MOST, 0.3 * (times - TIMES) + 0.5), sentence, (signal.call,), half_life=12 * HOUR)
    hours[hour] = min(60_000, hours[hour] + 1)
    return found
