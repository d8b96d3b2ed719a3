"""Ever new ground, day after day."""

from __future__ import annotations

from random import Random

import pytest

from safeconduct.watch.cohort import fresh as team
from safeconduct.watch.signals.coverage import counted, see
from safeconduct.watch.subject import COVERAGE_BYTES, fresh
from support.watching import DAY, MONDAY, call


def test_marked_cells_count_distinct_ones() -> None:
    rnd = Random(1)
    for distinct in (10, 500, 2_000):
        cells = bytearray(COVERAGE_BYTES)
        for _ in range(distinct):
            cell = rnd.randrange(COVERAGE_BYTES * 8)
            cells[cell >> 3] |= 1 << (cell & 7)
        assert counted(bytes(cells)) == pytest.approx(distinct, rel=0.1)


def run(calls_a_day: int, *, days: int = 8, answer: int = 400) -> float:
    cohort, rnd, most = team("code"), Random(2), 0.0
    people = [(fresh(f"person/{number}", MONDAY), 20) for number in range(30)] + [(fresh("person/ann", MONDAY), calls_a_day)]
    for day in range(days):
        for subject, calls in people:
            for number in range(calls):
                shingles = tuple(sorted(rnd.getrandbits(64) for _ in range(20)))
                tokens = answer if subject.who == "person/ann" else rnd.randrange(300, 500)
                seen = see(subject, call(MONDAY + day * DAY + number, shingles=shingles, tokens_out=tokens), cohort)
                if seen and subject.who == "person/ann":
                    most = max(most, seen.weight)
    return most


def test_who_covers_far_more_ground_than_the_cohort_for_days_is_said() -> None:
    assert 0.5 <= run(150) <= 2.0


def test_who_covers_what_the_cohort_covers_is_not() -> None:
    assert run(25) == 0.0


def test_one_long_day_is_a_long_day() -> None:
    assert run(150, days=3) == 0.0


def test_new_ground_with_long_answers_day_after_day_is_said_sooner() -> None:
    assert run(60, answer=3_500) > 2.0


def test_long_answers_alone_are_a_task() -> None:
    assert run(20, answer=3_500) == 0.0
