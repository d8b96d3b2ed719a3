"""Does misuse add up over calls, although no single call shows it? Evidence of the classifiers, summed over days.

Each chance is first put into the cohort's own terms (``Cohort.score``). Then two sums run side by side:

- a cumulative sum of log-likelihood ratios (Page 1954) against a mixture in which some calls in a hundred are misuse, faded over
  days: finds a few calls among hundreds;
- the excess of -log10 over what chance gives, faded with a half-life of 40 calls: finds a burst.

Hits of one session count ever less: they are about one text, and say one thing.
"""

from __future__ import annotations

from math import exp, log, log10
from typing import Final

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import Cohort
from safeconduct.watch.detected import DAY, MOST_CALLS, Detected
from safeconduct.watch.subject import ID_CHARACTERS, MOST_SESSIONS, Subject, remember

KIND: Final = "misuse"
SHARE: Final = 0.03  # of calls that are misuse, in the mixture
SHAPE: Final = 0.3  # of the chances of misuse: a Beta(SHAPE, 1)
LEAST: Final = 1e-4  # chances below are not calibrated, and count as this
LLR_HALF_LIFE: Final = 7 * DAY
CALLS_HALF_LIFE: Final = 40
FADE: Final = 0.5 ** (1 / CALLS_HALF_LIFE)
MEAN: Final = 1 / log(10)  # of -log10 of a chance
SPREAD: Final = MEAN * (1 / (1 - FADE * FADE)) ** 0.5
HIT: Final = 0.03
TELLING: Final = 2.0  # from where on it is worth a sentence
OFFSET: Final = 1.0  # the sum keeps the best of many starts, and innocent people have starts, too


def see(subject: Subject, signal: CallSignal, cohort: Cohort) -> Detected | None:
    """Look at one call that was scored."""
    chance = signal.misuse
    if chance >= 1.0:
        return None
    own = max(LEAST, cohort.score(chance))
    damp = 1.0
    if own <= HIT and signal.session:
        hits = subject.session_hits.get(signal.session, 0)
        remember(subject.session_hits, signal.session, min(99, hits + 1), MOST_SESSIONS)
        damp = 1.0 / (1.0 + 0.5 * hits)
    ratio = log(1.0 + SHARE * (SHAPE * own ** (SHAPE - 1.0) - 1.0))
    age = signal.at - subject.llr_at
    faded = subject.llr * exp(-0.6931 * age / LLR_HALF_LIFE) if age > 0 else subject.llr
    subject.llr = max(0.0, faded + (ratio * damp if ratio > 0 else ratio))
    subject.llr_at = max(signal.at, subject.llr_at)
    said = -log10(own)
    subject.excess = subject.excess * FADE + (said - MEAN) * damp
    if own <= HIT:
        _worst(subject, said, signal.call)
    weight = max(subject.llr - OFFSET, (subject.excess / SPREAD - 3.0) * 0.8)
    if weight < TELLING / 4:
        return None
    sentence = "Calls that look like misuse add up beyond what the cohort shows."
    return Detected(KIND, weight, sentence, tuple(call for _, call in reversed(subject.worst)), half_life=5 * DAY)


def _worst(subject: Subject, said: float, call: str) -> None:
    """Keep the calls that say most."""
    worst = subject.worst
    worst.append((round(said, 2), call[:ID_CHARACTERS]))
    if len(worst) > MOST_CALLS:
        worst.sort()
        del worst[0]
