"""Does misuse add up over calls, although no single call shows it? Evidence of the classifiers and of what came with it, summed
over days.

1. Each chance is put into the cohort's own terms (``Cohort.score``), then into the person's: whose calls all look a little odd
   is measured against that. What is learned of a person leaves the tail out, and is learned a day late and slowly, so that
   misuse is not learned with it.
2. How much more often misuse has such a score than these people have it is the ratio of two densities, not of two tails: where a
   cohort often shows one loud text, that text says little, and a score below it that nobody shows says more. What comes with a
   call counts with it: a refusal by the model, findings, a topic far from the person's own.
3. Two sums run side by side. A cumulative sum (Page 1954) of what goes beyond a few times as likely, less what the cohort's calls
   weigh on the average, faded over days, finds a few calls among hundreds: it is the log-likelihood ratio against calls that are
   tilted by that weight, so that a mean of the exponential is 1 for who does what the cohort does, and a high sum is as rare as
   it says. Harmless calls earn credit, and little of it. And the excess of -log10 over what chance gives, with a half-life of
   40 calls, finds a burst.

A text that was counted is not counted again, and hits of one session count ever less: they are about one thing.
"""

from __future__ import annotations

from itertools import pairwise
from math import exp, log, log10
from typing import Final
from zlib import crc32

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import NOMINAL, Cohort, day_of, place_of
from safeconduct.watch.detected import DAY, HOUR, MOST_CALLS, Detected
from safeconduct.watch.subject import ID_CHARACTERS, MOST_COUNTED, MOST_SESSIONS, Subject, remember

KIND: Final = "misuse"
SHAPE: Final = 0.15  # of the chances of misuse: a Beta(SHAPE, 1)
LEAST: Final = 2e-5  # chances below are not calibrated, and count as this
LLR_HALF_LIFE: Final = 14 * DAY
CALLS_HALF_LIFE: Final = 40
FADE: Final = float(0.5 ** (1 / CALLS_HALF_LIFE))
MEAN: Final = 1 / log(10)  # of -log10 of a chance
SPREAD: Final = float(MEAN * (1 / (1 - FADE * FADE)) ** 0.5)
SESSION_CHARACTERS: Final = 16
MASS: Final = tuple(more**SHAPE - less**SHAPE for more, less in pairwise(NOMINAL))
SAME_SESSION: Final = 0.5  # how much less each further hit of a session says to the first sum
SAME_HOURS: Final = 0.7  # and each of the hours before: a night on call is one thing
LATELY: Final = 3 * HOUR  # half of a hit is forgotten
SAME_BURST: Final = 0.1  # and to the second
BURST: Final = 4.0  # deviations that the second sum reaches by chance, among many people
ODD: Final = 1.5  # -log10 from where on a call that is no hit is worth a look at the sums
TELLING: Final = 0.6  # from where on it is worth a sentence
CLIP: Final = 3.0  # of -ln of a chance, in what is learned of a person
PRIOR_CALLS: Final = 400.0
CLIPPED_MEAN: Final = 1.0 - exp(-CLIP)
TILTS: Final = (0.9, 2.5)
QUICKEST: Final = 1.33
GAIN: Final = 0.8  # log-odds for each power of ten
OVER: Final = 0.75  # powers of ten that say nothing: six times as likely
CREDIT: Final = 1.0  # the most that harmless calls are worth
MOST_CHANGE: Final = 1.8  # of one call: no single one tells enough
TRUSTED: Final = 30.0  # calls of a person before what they show counts whole
KNOWN: Final = 3_000.0  # and of everybody who does the same work
REFUSED_SHARE: Final = 0.25  # of misuse that the model refuses by itself
SEEN_SHARE: Final = 0.2  # of misuse that comes with a finding
MOST_RATIO: Final = 25.0
FAR: Final = 2.0  # the ratio of a topic that is far from the person's own
NEAR: Final = 0.85  # and of one that is not
NOT_REFUSED: Final = 0.8
ELSEWHERE: Final = frozenset({"misuse", "tools", "provenance", "injection", "canaries"})


def see(subject: Subject, signal: CallSignal, cohort: Cohort, above: Cohort | None = None) -> Detected | None:
    """Look at one call that was scored."""
    if signal.misuse >= 1.0:
        return None
    low, high = _own_terms(subject, signal, *cohort.score(signal.misuse, above))
    said = -log10(max(LEAST, (low + high) / 2))
    odds = log10(MASS[place_of(signal.misuse)] / (high - low) * _beside(subject, signal, cohort))
    change = min(MOST_CHANGE, GAIN * max(0.0, odds - OVER))
    usual = cohort.usual(exp(change) - 1.0, above)
    known = cohort if above is None else above
    trust = min(1.0, (subject.scored + subject.scored_today) / TRUSTED) * min(1.0, known.scored / KNOWN)
    change = (change - log(1.0 + usual)) * trust
    hit, alike = change > 0.05, 0
    if hit and _again(subject, signal):
        return None
    if hit and signal.session:
        session = signal.session[:SESSION_CHARACTERS]
        alike = subject.session_hits.get(session, 0)
        remember(subject.session_hits, session, min(99, alike + 1), MOST_SESSIONS)
    age = signal.at - subject.llr_at
    faded = subject.llr
    if age > 0:
        faded *= exp(-0.6931 * age / LLR_HALF_LIFE)
        subject.lately *= exp(-0.6931 * age / LATELY)
    subject.llr = max(-CREDIT, faded + change / (1.0 + SAME_SESSION * alike + SAME_HOURS * subject.lately))
    subject.lately += 1.0 if hit else 0.0
    subject.llr_at = max(signal.at, subject.llr_at)
    subject.excess = subject.excess * FADE + (said - MEAN) / (1.0 + SAME_BURST * alike)
    if not hit and said < ODD:
        return None
    if hit:
        _worst(subject, change, signal.call)
    weight = max(subject.llr, (subject.excess / SPREAD - BURST) * 0.9)
    if weight < TELLING:
        return None
    sentence = "Calls that look like misuse add up beyond what the cohort and this person show."
    return Detected(KIND, weight, sentence, tuple(call for _, call in reversed(subject.worst)), half_life=10 * DAY, compared=True)


def _own_terms(subject: Subject, signal: CallSignal, low: float, high: float) -> tuple[float, float]:
    """The chances as they are for this person, whose chances are taken to be powers of even ones."""
    day = day_of(signal.at)
    if day != subject.tilt_day:
        subject.tilt_day = day
        _learn(subject)
    subject.scored_today += 1.0
    subject.nats_today += min(-log(max(LEAST, (low + high) / 2)), CLIP)
    power = 1.0 / subject.tilt
    return low**power, high**power


def _learn(subject: Subject) -> None:
    """Take yesterday's calls into what is known of a person: at most a third more than before."""
    calls, nats = subject.scored_today, subject.nats_today
    subject.scored_today = subject.nats_today = 0.0
    before = (subject.nats + PRIOR_CALLS * CLIPPED_MEAN) / (subject.scored + PRIOR_CALLS)
    subject.scored += calls
    subject.nats += min(nats, calls * before * QUICKEST)
    if subject.scored > 2_000.0:
        subject.scored, subject.nats = subject.scored / 2, subject.nats / 2
    mean = (subject.nats + PRIOR_CALLS * CLIPPED_MEAN) / (subject.scored + PRIOR_CALLS)
    tilt = subject.tilt
    for _ in range(4):  # towards the tilt that gives this mean
        tilt = mean / (1.0 - exp(-CLIP / tilt))
    subject.tilt = min(TILTS[1], max(TILTS[0], tilt))


def _beside(subject: Subject, signal: CallSignal, cohort: Cohort) -> float:
    """How much more likely what came with the call is under misuse; each kind against how often the cohort has it."""
    ratio = NOT_REFUSED
    if signal.refused:
        rate = (cohort.refused + 1.0) / (cohort.asked + 100.0)
        ratio = min(MOST_RATIO, max(1.0, REFUSED_SHARE / rate))
    if signal.seen and any(each.detector in ELSEWHERE for each in signal.seen):
        cohort.seen += 1.0
        rate = (cohort.seen + 1.0) / (cohort.asked + 100.0)
        ratio *= min(MOST_RATIO / 2, max(1.0, SEEN_SHARE / rate))
    if signal.sketch and subject.off_topic:
        ratio *= FAR if subject.off_topic > 2.0 else 1.5 if subject.off_topic > 1.0 else NEAR
    return ratio


def _again(subject: Subject, signal: CallSignal) -> bool:
    """Whether this text was counted before; if not, remember it."""
    if not signal.sketch:
        return False
    mark = crc32(signal.sketch)
    if mark in subject.counted:
        return True
    subject.counted.append(mark)
    del subject.counted[:-MOST_COUNTED]
    return False


def _worst(subject: Subject, said: float, call: str) -> None:
    """Keep the calls that say most."""
    worst = subject.worst
    worst.append((round(said, 2), call[:ID_CHARACTERS]))
    if len(worst) > MOST_CALLS:
        worst.sort()
        del worst[0]
