"""Does somebody walk through ever new ground, day after day, as one who copies a model's knowledge does? Distinct shingles of a
day, by linear counting (Whang and others 1990), and how long the answers are, both against the cohort.

Much new ground alone is a busy week, and long answers alone are a task; both on one day, again and again, are neither.
"""

from __future__ import annotations

from math import log, log2, sqrt
from typing import Final

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import Cohort, day_of, moments, unusual
from safeconduct.watch.detected import DAY, Detected
from safeconduct.watch.subject import COVERAGE_BYTES, DAYS, Subject

KIND: Final = "coverage"
CELLS: Final = COVERAGE_BYTES * 8
SAMPLED: Final = 8  # shingles of a text that are counted: the smallest, so that the same text counts the same
UNUSUAL: Final = 4.0
LEAST_DAYS: Final = 3
MOST: Final = 2.0
FULL: Final = 0.9
TELLING: Final = 0.6
MOST_TOKENS: Final = 1 << 40
LEAST_CALLS: Final = 10  # of a day whose answers are compared
BOTH: Final = 1.5  # deviations of each
BOTH_EACH: Final = 0.5  # log-odds for each deviation beyond, of the lesser one
BOTH_DAY: Final = 1.2  # the most of one day
BOTH_MOST: Final = 4.0
FADE: Final = 0.85  # a day


def see(subject: Subject, signal: CallSignal, cohort: Cohort) -> Detected | None:
    """Look at one call that has shingles. At the first of a day, the day before is compared with the cohort."""
    if not signal.shingles:
        return None
    day = day_of(signal.at)
    found = None
    if not subject.grown or subject.grown[-1][0] != day:
        found = _closed(subject, cohort, signal)
        subject.coverage = bytes(COVERAGE_BYTES)
        subject.grown.append((day, 0, 0))
        del subject.grown[:-DAYS]
    cells = bytearray(subject.coverage)
    for shingle in signal.shingles[:SAMPLED]:
        cells[(shingle >> 3) % COVERAGE_BYTES] |= 1 << (shingle & 7)
    subject.coverage = bytes(cells)
    day, grown, calls = subject.grown[-1]
    subject.grown[-1] = (day, grown, calls + 1)
    subject.answered = min(MOST_TOKENS, subject.answered + signal.tokens_out)
    return found


def _closed(subject: Subject, cohort: Cohort, signal: CallSignal) -> Detected | None:
    if not subject.grown:
        return None
    day, _, calls = subject.grown[-1]
    cells = counted(subject.coverage)
    subject.grown[-1] = (day, cells, calls)
    much = unusual(cohort.grown, float(cells), floor=20.0)
    cohort.grown = moments(cohort.grown, float(cells))
    both = _with_answers(subject, cohort, much, calls)
    mean = cohort.grown[1]
    spread = max(20.0, sqrt(cohort.grown[2] / max(1.0, cohort.grown[0])))
    days = sum(grown > mean + UNUSUAL * spread for _, grown, _ in subject.grown)
    alone = min(MOST, 0.6 + 0.4 * (days - LEAST_DAYS)) if much >= UNUSUAL and days >= LEAST_DAYS else 0.0
    if max(alone, both) < TELLING:
        return None
    if both > alone:
        sentence = "Day after day far more new ground with far longer answers than the cohort has."
        return Detected(KIND, both, sentence, (signal.call,), 5 * DAY)
    sentence = f"On {days} days far more new ground was covered than anybody of the cohort covers."
    return Detected(KIND, alone, sentence, (signal.call,), 5 * DAY)


def _with_answers(subject: Subject, cohort: Cohort, much: float, calls: int) -> float:
    """Close a day's answers; the weight of days on which both were unusual."""
    answered, subject.answered = subject.answered, 0
    subject.extracted *= FADE
    if calls < LEAST_CALLS or not answered:
        return 0.0
    long = log2(answered / calls)
    off = min(much, unusual(cohort.answers, long, floor=0.3)) - BOTH
    if off <= 0.0:  # what stands out is not part of what is usual
        cohort.answers = moments(cohort.answers, long)
        return 0.0
    subject.extracted = min(BOTH_MOST, subject.extracted + min(BOTH_DAY, BOTH_EACH * off))
    return subject.extracted


def counted(cells: bytes) -> int:
    """About how many distinct cells were marked."""
    marked = int.from_bytes(cells, "big").bit_count()
    free = max(1.0 - FULL, 1.0 - marked / CELLS)
    return round(-CELLS * log(free))
