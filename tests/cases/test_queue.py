"""The order in which cases are looked at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safeconduct.cases.queue import DUE, GRADES, HOUR, Waiting, ordered, severity

NOW = 10**15


def names(*waiting: Waiting) -> list[str]:
    return [place.id for place in ordered(waiting, NOW)]


def test_what_is_graver_is_due_sooner() -> None:
    assert names(*(Waiting(each, each, NOW) for each in GRADES)) == ["severe", "high", "elevated", "low"]


def test_what_waited_too_long_overtakes_what_is_graver() -> None:
    forgotten = Waiting("forgotten", "low", NOW - 10 * DUE["low"])
    assert names(Waiting("new", "severe", NOW), forgotten) == ["forgotten", "new"]


def test_an_officer_who_looked_at_it_buys_it_time() -> None:
    seen = Waiting("seen", "high", NOW - 20 * HOUR, looked_at=NOW)
    places = {place.id: place for place in ordered([seen, Waiting("not", "high", NOW - 20 * HOUR)], NOW)}
    assert places["seen"].late == 0
    assert places["not"].late == 16 * HOUR


def test_of_equals_the_guarded_one_comes_first() -> None:
    assert names(Waiting("a", "high", NOW), Waiting("b", "high", NOW, guarded=True)) == ["b", "a"]


@given(st.lists(st.tuples(st.sampled_from([*GRADES, "strange"]), st.integers(0, NOW)), max_size=20))
def test_everyone_has_one_place(cases: list[tuple[str, int]]) -> None:
    waiting = [Waiting(f"c{number}", grade, at) for number, (grade, at) in enumerate(cases)]
    assert sorted(place.id for place in ordered(waiting, NOW)) == sorted(each.id for each in waiting)


def test_the_gravest_counts() -> None:
    assert severity(["low", "high", "elevated", "unheard-of"]) == "high"
    assert severity([]) == "low"
