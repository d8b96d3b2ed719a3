"""Work at hours when nobody of the team works."""

from __future__ import annotations

from safeconduct.watch.cohort import Cohort
from safeconduct.watch.cohort import fresh as team
from safeconduct.watch.signals.hours import see
from safeconduct.watch.subject import Subject, fresh
from support.watching import DAY, HOUR, MONDAY, call


def office() -> Cohort:
    cohort = team("office")
    for day in range(5):
        for hour in range(8, 18):
            for _ in range(20):
                cohort.hour(day * 24 + hour)
    return cohort


def at_night(subject: Subject, cohort: Cohort, calls: int = 12) -> float:
    night = MONDAY + 7 * DAY - 7 * HOUR
    found = [see(subject, call(night + number * 1_000_000), cohort) for number in range(calls)]
    return max((each.weight for each in found if each), default=0.0)


def known(calls: int = 100) -> Subject:
    subject = fresh("person/ann", MONDAY)
    subject.calls = calls
    return subject


def test_a_night_at_work_is_said_and_weighs_little() -> None:
    assert 0.4 <= at_night(known(), office()) <= 1.4


def test_nights_of_a_person_or_a_team_that_work_at_night_are_ordinary() -> None:
    shift = known()
    shift.hours = [30] * 168
    assert at_night(shift, office()) == 0.0
    around = team("support")
    for hour in range(168):
        for _ in range(10):
            around.hour(hour)
    assert at_night(known(), around) == 0.0


def test_a_newcomer_and_a_young_team_are_left_alone() -> None:
    assert at_night(known(5), office()) == 0.0
    assert at_night(known(), team("new")) == 0.0
