"""What is ordinary among people who do the same work? One cohort for each organization and purpose: a security team is compared
with security teams.

Rates fade over weeks. A cohort that is young leans on what holds everywhere.
"""

from __future__ import annotations

from math import log, log10, sqrt
from typing import Final

import msgspec

from safeconduct.terms.moments import Moment
from safeconduct.watch.detected import DAY
from safeconduct.watch.subject import HOURS, Subject

BASE_RATE: Final = 0.002
"""How often a detector of behavior is expected to be heard about one innocent person in a day, where nothing is known yet."""

PRIOR_DAYS: Final = 1500.0  # days of people with which a cohort begins: a handful of alarms explains nothing away
STEP: Final = 0.25  # bins of -log10 of a chance
BINS: Final = 16  # the last one takes every chance below 2e-4: rarer ones are not calibrated
NOMINAL: Final = [*(float(10.0 ** (-STEP * place)) for place in range(BINS)), 0.0]
PRIOR_SCORES: Final = 400.0
MOST_SCORES: Final = 40_000.0  # beyond it they are halved: some weeks of a team, and last month counts half
MOST_DAYS: Final = 3_000.0
TEAM_CALLS: Final = 200  # calls of a team before its hours say anything
FLOOR: Final = 1e-5
USUAL_EXCESS: Final = 0.006  # what a call weighs where chances are even


class Cohort(msgspec.Struct, array_like=True):
    """Fading counts of one cohort. ``days`` counts days of people, ``fired`` on how many of them each kind was heard."""

    name: str
    last: Moment = 0
    people: int = 0
    days: float = 0.0
    fired: dict[str, float] = {}
    scores: list[float] = []
    scored: float = 0.0
    known: list[float] = []
    known_at: float = 0.0
    hours: list[float] = []
    hours_total: float = 0.0
    refused: float = 0.0
    asked: float = 0.0
    seen: float = 0.0
    grown: tuple[float, float, float] = (0.0, 0.0, 0.0)  # days, mean and variance (as a sum) of new cells a day
    places: tuple[float, float, float] = (0.0, 0.0, 0.0)  # the same of networks that a person called from lately
    clashes: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of turns of places for a hundred calls of a day
    answers: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of the logarithm of an answer's tokens, a day's mean
    awake: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of hours of a day with calls
    excess: tuple[float, float] = (0.0, 0.0)  # of calls: how many, and what they weighed beyond nothing, added up

    def weighed(self, kind: str, weight: float) -> float:
        """What is left of evidence of a kind in this cohort: less, where it is often heard among its people."""
        rate = (self.fired.get(kind, 0.0) + BASE_RATE * PRIOR_DAYS) / (self.days + PRIOR_DAYS)
        return max(0.0, weight - log(rate / BASE_RATE)) if rate > BASE_RATE else weight

    def heard(self, kind: str, share: float = 1.0) -> None:
        """A kind was heard about somebody, today for the first time."""
        self.fired[kind] = self.fired.get(kind, 0.0) + share

    def day(self) -> None:
        """One more day of one person."""
        self.days += 1.0
        if self.days > MOST_DAYS:
            self.days /= 2
            self.fired = {kind: count / 2 for kind, count in self.fired.items()}

    def score(self, chance: float, above: Cohort | None = None) -> tuple[float, float]:
        """Between which chances a score lies in this cohort (conformal: shares of what its people show), and remember it.

        The first is the share of scores that say more, the second that of those that say as much, too: where scores pile up,
        they are not told apart. ``above`` is a wider cohort, on which a small one leans.
        """
        place = place_of(chance)
        prior = NOMINAL if above is None or above.scored < PRIOR_SCORES else above.tails()
        if above is not None:
            above.remember(place)
        more = sum(self.scores[place + 1 :])
        total = self.scored + PRIOR_SCORES
        low = (more + PRIOR_SCORES * prior[place + 1]) / total
        high = (more + self.scores[place] + PRIOR_SCORES * prior[place]) / total
        self.remember(place)
        return low, max(high, low + FLOOR)

    def usual(self, excess: float, above: Cohort | None = None) -> float:
        """What a call weighs here on the average, leaning on a wider cohort as ``score`` does; this one is remembered."""
        wider = USUAL_EXCESS if above is None else above.usual(excess)
        calls, total = self.excess
        usual = (total + PRIOR_SCORES * wider) / (calls + PRIOR_SCORES)
        self.excess = (calls / 2, total / 2) if calls >= MOST_SCORES else (calls + 1.0, total + excess)
        return usual

    def remember(self, place: int) -> None:
        """Count a score in its bin."""
        self.scores[place] += 1.0
        self.scored += 1.0
        if self.scored > MOST_SCORES:
            self.scored /= 2
            self.scores = [each / 2 for each in self.scores]

    def tails(self) -> list[float]:
        """Which share of the scores lies in each bin or above it; the last is 0."""
        if not self.known or self.scored >= 1.1 * self.known_at or self.scored < self.known_at:
            tail, self.known = 0.0, [0.0]
            for place in range(len(self.scores) - 1, -1, -1):
                tail += self.scores[place] + PRIOR_SCORES * (NOMINAL[place] - NOMINAL[place + 1])
                self.known.insert(0, tail / (self.scored + PRIOR_SCORES))
            self.known_at = self.scored
        return self.known

    def hour(self, hour: int) -> float:
        """Which share of the team's calls falls into this hour of the week and those beside it; 1 while too little is known."""
        hours = self.hours
        hours[hour] += 1.0
        self.hours_total += 1.0
        if self.hours_total > MOST_SCORES:
            self.hours_total /= 2
            self.hours = hours = [each / 2 for each in hours]
        if self.hours_total < TEAM_CALLS:
            return 1.0
        near = hours[hour] + hours[hour - 1] + hours[(hour + 1) % HOURS]
        return near / self.hours_total


def place_of(chance: float) -> int:
    """The bin of a chance."""
    return min(BINS - 1, int(-log10(max(chance, FLOOR)) / STEP))


def fresh(name: str) -> Cohort:
    """A cohort of which nothing is known yet."""
    return Cohort(name, fired={}, scores=[0.0] * BINS, known=[], hours=[0.0] * HOURS)


def cohort_of(subject: Subject) -> str:
    """The name of a subject's cohort."""
    return f"{subject.organization}\n{subject.purpose}"


def moments(about: tuple[float, float, float], value: float) -> tuple[float, float, float]:
    """Count, mean and sum of squares with one more value (Welford 1962); counts fade beyond ``MOST_DAYS``."""
    count, mean, squares = about
    if count >= MOST_DAYS:
        count, squares = count / 2, squares / 2
    count += 1.0
    step = value - mean
    mean += step / count
    return count, mean, squares + step * (value - mean)


def unusual(about: tuple[float, float, float], value: float, *, least: float = 20.0, floor: float = 1.0) -> float:
    """How many deviations a value lies above what the cohort shows; 0 while too little is known."""
    count, mean, squares = about
    if count < least:
        return 0.0
    spread = max(floor, sqrt(squares / count))
    return (value - mean) / spread


def day_of(at: Moment) -> int:
    return at // DAY
