"""Does somebody turn to topics that are new for them and for what they are approved for? Weak evidence: people change tasks."""

from __future__ import annotations

from math import sqrt
from typing import Final

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import Cohort
from safeconduct.watch.detected import DAY, Detected
from safeconduct.watch.sketching import learned, nearest, vector
from safeconduct.watch.subject import Subject, note

KIND: Final = "novelty"
LEAST_CALLS: Final = 60
JOIN: Final = 0.35  # cosine from which on a text belongs to a topic
FAR: Final = 2.5  # deviations below how near this person's texts lie to their topics
LEAST_KNOWN: Final = 25
LEAST_SPREAD: Final = 0.06
STEP: Final = 0.02
FADE: Final = 0.9
TELLING: Final = 5.0  # some six far texts in a row
MOST: Final = 1.3


def see(subject: Subject, signal: CallSignal, cohort: Cohort) -> Detected | None:  # noqa: ARG001 - one signature for all
    """Look at one call that has a sketch, and learn it."""
    subject.off_topic = 0.0
    if not signal.sketch:
        return None
    unit = vector(signal.sketch)
    best, cosine = nearest(subject.centroids, unit)
    subject.centroids = learned(subject.centroids, subject.weights, unit, best, cosine, JOIN)
    step = max(STEP, 1.0 / (subject.calls + 1))
    spread = max(LEAST_SPREAD, sqrt(subject.near_spread))
    subject.off_topic = (subject.near - cosine) / spread if subject.calls >= LEAST_KNOWN else 0.0
    far = subject.calls >= LEAST_CALLS and cosine < subject.near - FAR * spread
    if not far:
        off = cosine - subject.near
        subject.near += step * off
        subject.near_spread += step * (off * off - subject.near_spread)
    if subject.calls < LEAST_CALLS:
        return None
    subject.novel = subject.novel * FADE + far
    if not far:
        return None
    note(subject.novel_calls, signal.call)
    if subject.novel < TELLING:
        return None
    sentence = "Topics turned to what this person never asked about before."
    return Detected(KIND, min(MOST, 0.5 + 0.3 * (subject.novel - TELLING)), sentence, tuple(subject.novel_calls), 2 * DAY)
