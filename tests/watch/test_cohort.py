"""What is ordinary among people who do the same work counts less as evidence."""

from __future__ import annotations

from random import Random

import pytest

from safeconduct.watch.cohort import cohort_of, day_of, fresh, moments, unusual
from safeconduct.watch.subject import fresh as nobody
from support.watching import DAY


def test_a_kind_that_is_often_heard_here_counts_less() -> None:
    cohort = fresh("security")
    for _ in range(1_000):
        cohort.day()
    assert cohort.weighed("refusals", 2.0) == 2.0
    for _ in range(100):
        cohort.heard("refusals")
    assert cohort.weighed("refusals", 2.0) < 0.1
    assert cohort.weighed("travel", 2.0) == 2.0


def test_a_few_alarms_in_a_young_cohort_explain_nothing_away() -> None:
    cohort = fresh("code")
    cohort.day()
    cohort.heard("probing")
    assert cohort.weighed("probing", 2.0) > 1.5


def test_counts_fade_beyond_a_bound() -> None:
    cohort = fresh("code")
    for _ in range(10_000):
        cohort.day()
        cohort.heard("hours")
        cohort.hour(5)
    assert cohort.days <= 3_001
    assert cohort.fired["hours"] <= 3_001


def test_chances_are_put_into_the_cohorts_own_terms() -> None:
    rnd = Random(1)
    even, tilted = fresh("office"), fresh("security")
    for _ in range(5_000):
        even.score(rnd.random())
        tilted.score(rnd.random() ** 2)
    low, high = even.score(0.001)
    assert low < 0.0012 < 0.0016 > high > low
    assert tilted.score(0.001)[1] > 5 * high
    assert even.score(0.9)[1] == pytest.approx(1.0, abs=0.01)
    assert 0 <= tilted.score(0.0)[0] < tilted.score(0.0)[1]


def test_a_small_cohort_leans_on_everybody_who_does_the_same_work() -> None:
    rnd = Random(1)
    above, small = fresh(""), fresh("office")
    for _ in range(5_000):
        above.score(rnd.random() ** 2)
    assert small.score(0.001, above)[1] > 5 * fresh("office").score(0.001)[1]
    assert above.scored == 5_001
    tails = above.tails()
    assert tails == sorted(tails, reverse=True)
    assert (tails[0], tails[-1]) == (pytest.approx(1.0, abs=0.01), 0.0)


def test_hours_of_a_team_say_nothing_until_there_are_enough() -> None:
    cohort = fresh("code")
    assert [cohort.hour(10) for _ in range(150)] == [1.0] * 150
    for _ in range(100):
        cohort.hour(10)
    assert cohort.hour(100) < 0.01
    assert cohort.hour(10) > 0.9


def test_deviations_are_those_of_the_values_seen() -> None:
    about = (0.0, 0.0, 0.0)
    for value in [1.0, 3.0] * 50:
        about = moments(about, value)
    assert about[1] == pytest.approx(2.0)
    assert unusual(about, 6.0) == pytest.approx(4.0)
    assert unusual((5.0, 2.0, 5.0), 100.0) == 0.0


def test_a_cohort_is_an_organization_and_what_it_is_done_for() -> None:
    subject = nobody("person/ann", 0)
    subject.organization, subject.purpose = "acme", "security"
    assert cohort_of(subject) == "acme\nsecurity"
    assert day_of(3 * DAY + 5) == 3


def test_what_calls_weigh_on_the_average_is_learned_and_small_cohorts_lean() -> None:
    above, young = fresh(""), fresh("office")
    for _ in range(5_000):
        above.usual(0.03)
    assert above.usual(0.03) == pytest.approx(0.028, abs=0.001)
    assert young.usual(0.0, above) == pytest.approx(above.usual(0.03), rel=0.02)
    assert fresh("code").usual(0.0) == pytest.approx(0.006)
