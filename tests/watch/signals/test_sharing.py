"""Several people behind one identity: places that take turns, too many places, languages, days without a night."""

from __future__ import annotations

from collections.abc import Iterable

from safeconduct.terms.signals import CallSignal
from safeconduct.watch.cohort import Cohort
from safeconduct.watch.cohort import fresh as team
from safeconduct.watch.signals.sharing import see
from safeconduct.watch.subject import fresh
from support.watching import DAY, HOUR, MONDAY, call

MINUTE = HOUR // 60
HOME = {"client": "aaaaaaaa", "net": "11111111"}
AWAY = {"client": "bbbbbbbb", "net": "22222222"}
IDE = {"client": "cccccccc", "net": "11111111"}


def team_of(*, places: float = 1.5, turns: float = 0.5, hours: float = 8.0) -> Cohort:
    """A cohort whose people show about so much."""
    cohort = team("code")
    cohort.places, cohort.clashes, cohort.awake = (100.0, places, 60.0), (100.0, turns, 90.0), (100.0, hours, 400.0)
    return cohort


def heaviest(signals: Iterable[CallSignal], cohort: Cohort | None = None) -> float:
    subject, cohort, most = fresh("person/ann", MONDAY), cohort or team_of(), 0.0
    for signal in signals:
        seen = see(subject, signal, cohort)
        subject.calls += 1
        most = max(most, seen.weight if seen else 0.0)
    return most


def turns(*places: dict[str, str], every: int = 2 * MINUTE, times: int = 20) -> list[CallSignal]:
    return [call(MONDAY + number * every, **places[number % len(places)]) for number in range(times)]


def test_two_places_that_take_turns_within_minutes_are_two_people() -> None:
    assert heaviest(turns(HOME, AWAY)) > 1.5


def test_two_programs_at_one_desk_are_one_person() -> None:
    assert heaviest(turns(HOME, IDE)) == 0.0


def test_somebody_who_moves_between_places_is_one_person() -> None:
    assert heaviest(turns(HOME, AWAY, every=HOUR)) == 0.0


def test_an_agent_may_be_everywhere() -> None:
    assert heaviest([call(MONDAY + number * MINUTE, agent="bot", **(HOME, AWAY)[number % 2]) for number in range(40)]) == 0.0


def test_more_hours_of_a_day_than_anybody_works_are_said() -> None:
    always = [call(MONDAY + half * HOUR // 2, **HOME) for half in range(5 * 48)]
    by_day = [call(MONDAY + day * DAY + half * HOUR // 2, **HOME) for day in range(5) for half in range(20)]
    assert heaviest(always) > 1.5
    assert heaviest(by_day) == 0.0


def test_more_places_than_anybody_has_are_said() -> None:
    places = [{"client": f"{number:08}", "net": f"{number:08}"} for number in range(12)]
    signals = [call(MONDAY + number * HOUR // 4, **places[number % 12]) for number in range(40)]
    assert heaviest(signals) >= 1.5
    assert heaviest(signals, team_of(places=11.0)) == 0.0


def test_while_nothing_is_known_of_a_cohort_nothing_is_said() -> None:
    assert heaviest(turns(HOME, AWAY), team("new")) == 0.0


def test_languages_side_by_side_are_said() -> None:
    many = [call(MONDAY + number * 3 * HOUR, language=("en", "vi", "pl", "hi", "sw")[number % 5]) for number in range(98)]
    two = [call(MONDAY + number * 3 * HOUR, language=("en", "de")[number % 2]) for number in range(98)]
    assert heaviest(many) >= 0.6
    assert heaviest(two) == 0.0
