"""Who is shown to a person, when there is time for so many alerts a day? The threshold is what the crowd shows, not a number.

Each cohort earns alerts by its people and days; they are spent on whoever ranks highest. So the threshold lies wherever the
strongest scores of these days lie, as a conformal quantile does, and a cohort in which much is unusual does not take the alerts
of another. Below ``least`` nobody is shown, whatever is left.

Alerts that are left keep their worth, because evidence grows: the fewer are left, the higher a score has to be (``asked``). A
score that is clear by itself is shown at once; lower ones wait for the review of the day, so that they are compared with all
others of that day.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from safeconduct.terms.moments import Moment
from safeconduct.watch.detected import DAY

AGAIN: Final = 14 * DAY  # who was shown is not shown again before, unless the score has grown by ``GROWN``
GROWN: Final = 2.5
BURST_DAYS: Final = 4.0  # of alerts that may be saved up
DEAR: Final = 0.4  # how much more a score has to be when nothing is saved up
CLEAR: Final = 3.2  # from where on a score does not wait for the review of the day
SHARE: Final = 1.6  # how much more than its share of people a cohort may take


class Budget:
    """Alerts that may be raised. ``tokens`` grow with people and time, and are spent one for each alert."""

    def __init__(self, per_thousand: float, least: float) -> None:
        self.per_thousand = per_thousand
        self.least = least
        self.tokens = 0.0
        self.by_cohort: dict[str, float] = {}
        self.room = 1.0  # the most that may be saved up

    def earn(self, people: Iterable[tuple[str, int]], passed: Moment) -> None:
        """Time has passed for so many people of each cohort."""
        days = max(0.0, passed / DAY)
        total = 0.0
        for name, count in people:
            daily = count * self.per_thousand / 1000.0
            total += daily
            most = max(1.5, SHARE * daily * BURST_DAYS)
            self.by_cohort[name] = min(most, self.by_cohort.get(name, 1.0) + SHARE * daily * days)
        self.room = max(1.0, total * BURST_DAYS)
        self.tokens = min(self.room, self.tokens + total * days)

    def spend(self, cohort: str, *, certain: bool = False) -> bool:
        """Whether one more alert may be raised about somebody of this cohort; if so it counts. What is certain always may."""
        left = self.by_cohort.get(cohort, 0.0)
        if not certain and (self.tokens < 1.0 or left < 1.0):
            return False
        if not certain:
            self.tokens -= 1.0
            self.by_cohort[cohort] = left - 1.0
        return True

    @property
    def asked(self) -> float:
        """The score that an alert is worth now: more, the less is left of what may be saved up."""
        return self.least + DEAR * (1.0 - min(1.0, self.tokens / self.room))

    @property
    def spent(self) -> bool:
        """Whether nobody can be shown now, whatever the rank."""
        return self.tokens < 1.0
