"""Does somebody try the same thing again and again until it passes? Runs of refused tries that resemble each other, and more
refusals than the cohort has.
"""

from __future__ import annotations

from math import exp, log
from typing import Final

from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import MOST_SCORES, Cohort
from safeconduct.watch.detected import DAY, Detected
from safeconduct.watch.sketching import alike
from safeconduct.watch.subject import Subject, note

KIND: Final = "refusals"
OURS: Final = "safeguard_unavailable"  # a detector did not answer: that says nothing about who called
TURNED_DOWN: Final = frozenset({"redact", "justify", "hold", "block", "cut"})
GAP: Final = 1800 * SECOND  # between two tries of one run
ORDINARY: Final = 3  # tries of somebody who words a question anew
EACH: Final = 0.45
MOST: Final = 5.0
PRIOR: Final = (1.0, 40.0)  # refused, asked: where a cohort shows nothing yet
FADE: Final = 1 / (7 * DAY)


def see(subject: Subject, signal: CallSignal, cohort: Cohort) -> Detected | None:
    """Look at one call."""
    if signal.code == OURS:
        return None
    age = max(0, signal.at - subject.run_at)
    if subject.run_at and age:
        fade = exp(-age * FADE)
        subject.refused *= fade
        subject.asked *= fade
    down = turned_down(signal)
    subject.asked += 1.0
    cohort.asked += 1.0
    if cohort.asked > MOST_SCORES:
        cohort.asked, cohort.refused, cohort.seen = cohort.asked / 2, cohort.refused / 2, cohort.seen / 2
    if not down:
        subject.run_at = signal.at
        subject.run = int(subject.run * 0.7)
        return None
    subject.refused += 1.0
    cohort.refused += 1.0
    similar = alike(subject.run_sketch, signal.sketch) if subject.run_sketch and signal.sketch else 0.5
    if age > GAP:
        subject.run = 0
    if subject.run == 0:
        subject.run_similar = 0.5
        subject.run_calls.clear()
    subject.run += 1
    subject.run_similar = 0.7 * subject.run_similar + 0.3 * max(0.0, similar)
    subject.run_sketch = signal.sketch or subject.run_sketch
    subject.run_at = signal.at
    note(subject.run_calls, signal.call)
    beyond = subject.run - ORDINARY
    tries = EACH * beyond * (0.4 + subject.run_similar) if beyond > 0 else 0.0
    rate = (cohort.refused + PRIOR[0]) / (cohort.asked + PRIOR[1])
    weight = min(MOST, max(tries, _excess(subject.refused, subject.asked, min(0.5, 2.0 * rate)) - 2.0))
    if weight <= 0.3:
        return None
    sentence = f"{subject.run} refused tries in a row that resemble each other, or more refusals than the cohort has."
    return Detected(KIND, weight, sentence, tuple(reversed(subject.run_calls)))


def turned_down(signal: CallSignal) -> bool:
    """Whether the model or a safeguard said no to this call; a detector that is down does not speak against anybody."""
    if signal.code == OURS:
        return False
    return signal.refused or signal.action in TURNED_DOWN or signal.code.startswith("safeguard_")


def _excess(refused: float, asked: float, rate: float) -> float:
    """The log-likelihood ratio of the own share of refusals against a rate; 0 where the share is not above it."""
    share = min(0.99, refused / asked)
    if share <= rate or refused < 3.0:
        return 0.0
    return float(refused * log(share / rate) + (asked - refused) * log((1.0 - share) / (1.0 - rate)))
