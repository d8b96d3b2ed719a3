"""A few odd calls among hundreds add up; a person or a team that is always a little odd does not."""

from __future__ import annotations

from random import Random

from safeconduct.watch.cohort import Cohort
from safeconduct.watch.cohort import fresh as team
from safeconduct.watch.signals.misuse import see
from safeconduct.watch.subject import fresh
from support.behavior import misuse_chance
from support.watching import HOUR, MONDAY, call


def weights(chances: list[float], cohort: Cohort, *, session: str = "", refused: bool = False) -> list[float]:
    subject = fresh("person/ann", MONDAY)
    subject.scored, subject.nats = 100.0, 95.0
    found = []
    for number, chance in enumerate(chances):
        signal = call(MONDAY + number * HOUR // 5, misuse=chance, session=session or f"s{number}", refused=refused)
        seen = see(subject, signal, cohort)
        found.append(seen.weight if seen else 0.0)
    return found


def learned(tilt: float = 1.0) -> Cohort:
    rnd, cohort = Random(7), team("code")
    cohort.asked = 3_000.0
    for _ in range(4_000):
        cohort.score(rnd.random() ** tilt)
    return cohort


def test_calls_that_were_not_scored_say_nothing() -> None:
    assert weights([1.0] * 50, learned()) == [0.0] * 50


def test_a_call_in_twelve_is_found_within_days() -> None:
    found = 0
    for seed in range(20):
        rnd = Random(seed)
        chances = [misuse_chance(rnd) if number % 12 == 0 else rnd.random() for number in range(400)]
        found += max(weights(chances, learned())) >= 1.2
    assert found >= 12


def test_ordinary_people_stay_below() -> None:
    found = 0
    for seed in range(40):
        rnd = Random(seed)
        found += max(weights([rnd.random() for _ in range(400)], learned())) >= 2.0
    assert found <= 2


def test_a_person_whose_calls_all_look_a_little_odd_is_measured_against_that() -> None:
    found = 0
    for seed in range(20):
        rnd = Random(seed)
        found += max(weights([rnd.random() ** 1.4 for _ in range(400)], learned())) >= 3.0
    assert found <= 2


def test_a_team_that_looks_odd_is_measured_against_itself() -> None:
    rnd = Random(3)
    chances = [rnd.random() ** 2 for _ in range(300)]
    assert max(weights(chances, learned(2.0))) < 1.5 < max(weights([chance**4 for chance in chances], learned()))


def test_hits_of_one_session_say_one_thing() -> None:
    chances = [0.001] * 6
    assert weights(chances, learned(), session="one")[-1] < 0.9 * weights(chances, learned())[-1]


def test_one_text_that_comes_again_is_counted_once() -> None:
    subject, cohort, levels = fresh("person/ann", MONDAY), learned(), []
    subject.scored, subject.nats = 100.0, 95.0
    for number in range(6):
        see(subject, call(MONDAY + number * HOUR // 5, misuse=0.001, sketch=b"\x05" * 64, session=f"s{number}"), cohort)
        levels.append(subject.llr)
    assert max(levels) == levels[0] > 0.0


def test_many_somewhat_odd_calls_of_one_session_add_up() -> None:
    rnd = Random(5)
    chances = [rnd.random() for _ in range(60)] + [rnd.uniform(0.007, 0.02) for _ in range(40)]
    assert weights(chances, learned(), session="one")[-1] > 2.0


def test_what_comes_with_a_call_counts_with_it() -> None:
    assert weights([0.01] * 3, learned(), refused=True)[-1] > 2 * weights([0.01] * 3, learned())[-1]


def test_the_calls_that_say_most_are_named() -> None:
    subject, cohort = fresh("person/ann", MONDAY), learned()
    subject.scored, subject.nats = 100.0, 95.0
    named: tuple[str, ...] = ()
    for number, chance in enumerate([0.01, 0.0001, 0.3, 0.02, 0.0002, 0.015, 0.012]):
        seen = see(subject, call(MONDAY + number, call=f"call_{number}", misuse=chance), cohort)
        named = seen.calls if seen else named
    assert set(named[:2]) == {"call_1", "call_4"}


def test_a_loud_score_that_the_cohort_often_shows_says_less_than_a_lower_one_that_it_never_shows() -> None:
    rnd, cohort = Random(7), learned()
    for number in range(4_000):
        cohort.score(1.5e-3 if number % 50 == 0 else max(0.02, rnd.random()))
    lump, gap = (max(weights([chance] * 6, cohort)) for chance in (1.5e-3, 6e-3))
    assert lump < 0.7 * gap


def test_misuse_of_the_first_day_counts() -> None:
    subject, cohort = fresh("person/ann", MONDAY), learned()
    for number in range(60):
        chance = 0.0005 if number in (35, 45, 55) else 0.6
        see(subject, call(MONDAY + number * HOUR // 12, misuse=chance, session=f"s{number}"), cohort)
    assert subject.llr > 1.0


def test_harmless_calls_earn_little_credit() -> None:
    subject, cohort = fresh("person/ann", MONDAY), learned()
    for number in range(2_000):
        see(subject, call(MONDAY + number, misuse=0.6, session="s"), cohort)
    assert -1.0 <= subject.llr < 0.0


def test_a_night_of_odd_calls_says_less_than_as_many_spread_over_days() -> None:
    levels = []
    for apart in (HOUR // 4, 20 * HOUR):
        subject, cohort = fresh("person/ann", MONDAY), learned()
        subject.scored, subject.nats = 100.0, 95.0
        for number in range(6):
            see(subject, call(MONDAY + number * apart, misuse=0.001, session=f"s{number}"), cohort)
        levels.append(subject.llr)
    assert levels[0] < 0.7 * levels[1]
