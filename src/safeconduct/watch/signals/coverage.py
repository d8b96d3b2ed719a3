"""Does somebody walk through ever new ground, day after day, as one who copies a model's knowledge does? Distinct cells of topic
and shingle a day, by linear counting (Whang and others 1990), against the cohort.
"""

from __future__ import annotations

from math import log, sqrt
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
    return found


def _closed(subject: Subject, cohort: Cohort, signal: CallSignal) -> Detected | None:
    if not subject.grown:
        return None
    day, _, calls = subject.grown[-1]
    cells = counted(subject.coverage)
    subject.grown[-1] = (day, cells, calls)
    much = unusual(cohort.grown, float(cells), floor=20.0)
    cohort.grown = moments(cohort.grown, float(cells))
    mean = cohort.grown[1]
    spread = max(20.0, sqrt(cohort.grown[2] / max(1.0, cohort.grown[0])))
    days = sum(grown > mean + UNUSUAL * spread for _, grown, _ in subject.grown)
    if much < UNUSUAL or days < LEAST_DAYS:
        return None
    sentence = f"On {days} days far more new ground was covered than anybody of the cohort covers."
    return Detected(KIND, min(MOST, 0.6 + 0.4 * (days - LEAST_DAYS)), sentence, (signal.call,), 5 * DAY)


def counted(cells: bytes) -> int:
    """About how many distinct cells were marked."""
    marked = int.from_bytes(cells, "big").bit_count()
    free = max(1.0 - FULL, 1.0 - marked / CELLS)
    return round(-CELLS * log(free))
