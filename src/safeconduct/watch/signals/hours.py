"""Does somebody work when neither the team nor the person ever does? Weak evidence: people travel, and nights on call exist."""

from __future__ import annotations

from typing import Final

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import TEAM_CALLS, Cohort, day_of
from safeconduct.watch.detected import DAY, Detected
from safeconduct.watch.signals.velocity import hour_of_week
from safeconduct.watch.subject import Subject

KIND: Final = "hours"
TEAM_SHARE: Final = 0.004  # of the team's calls in three hours of the week; a flat week has 0.018
LEAST_CALLS: Final = 60
LEAST_OFF: Final = 8  # calls of one day
MOST: Final = 1.4


def see(subject: Subject, signal: CallSignal, cohort: Cohort) -> Detected | None:
    """Look at one call."""
    hour = hour_of_week(signal.at)
    day = day_of(signal.at)
    if day != subject.off_day:
        subject.off_day, subject.off_calls = day, 0
    share = cohort.hour(hour)
    if subject.calls < LEAST_CALLS or share >= TEAM_SHARE + (subject.off_calls + 1) / max(TEAM_CALLS, cohort.hours_total):
        return None
    own = subject.hours[hour] + subject.hours[hour - 24] + subject.hours[hour - 23]
    subject.off_calls = min(9_999, subject.off_calls + 1)
    if subject.off_calls < LEAST_OFF or own > 3 * LEAST_OFF:
        return None
    weight = min(MOST, 0.5 + 0.05 * (subject.off_calls - LEAST_OFF))
    sentence = f"{subject.off_calls} calls of a day at hours in which neither the team nor this person works."
    return Detected(KIND, weight, sentence, (signal.call,), half_life=2 * DAY)
