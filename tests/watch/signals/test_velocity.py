"""Far more calls than is usual for this person at this hour."""

from __future__ import annotations

from safeconduct.terms.moments import SECOND
from safeconduct.watch.cohort import fresh as team
from safeconduct.watch.signals.velocity import hour_of_week, see
from safeconduct.watch.subject import Subject, fresh
from support.watching import DAY, HOUR, MONDAY, call


def used(calls_an_hour: int) -> Subject:
    subject = fresh("person/ann", MONDAY)
    for day in range(5):
        for number in range(calls_an_hour):
            at = MONDAY + day * DAY + number * HOUR // calls_an_hour
            see(subject, call(at), team("code"))
            subject.calls += 1
    return subject


def burst(subject: Subject, calls: int) -> float:
    found = [see(subject, call(MONDAY + 4 * DAY + 3 * HOUR + number * SECOND), team("code")) for number in range(calls)]
    return max((each.weight for each in found if each), default=0.0)


def test_a_burst_is_said_and_weighs_little() -> None:
    assert 0.5 <= burst(used(20), 300) <= 2.0


def test_what_is_usual_for_this_person_is_no_burst() -> None:
    assert burst(used(20), 20) == 0.0
    assert burst(used(400), 60) == 0.0


def test_a_newcomer_has_no_usual_rate() -> None:
    assert burst(fresh("person/new", MONDAY), 300) == 0.0


def test_a_week_begins_on_monday() -> None:
    assert hour_of_week(MONDAY) == 9
    assert hour_of_week(MONDAY - 10 * HOUR) == 167
