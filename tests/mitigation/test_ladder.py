"""Ladders: the stricter step of all that is called, apart from what is only rehearsed, and as far as no person is needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.mitigation.ladder import Ladder
from safeconduct.terms.measures import BANDS, STEPS, Rung, Step

PEOPLE = frozenset({"person"})


def rung(name: str, band: str, step: Step, *, automatic: bool = True, rehearsal: bool = False, **more: int) -> Rung:
    return Rung(name, band, step, PEOPLE, more.get("lasts", 60), automatic, rate=more.get("rate", 0), rehearsal=rehearsal)


def test_a_band_calls_for_its_own_rung_and_those_below() -> None:
    ladder = Ladder.of((rung("a", "low", Step.WATCH), rung("b", "high", Step.HOLD)))
    assert ladder.called_for("none", "person") is None
    assert [_step(ladder, band) for band in BANDS[1:]] == [Step.WATCH, Step.WATCH, Step.HOLD, Step.HOLD]
    assert ladder.called_for("severe", "agent") is None


def test_of_two_ladders_the_stricter_counts_and_of_one_step_the_harder() -> None:
    ladder = Ladder.of(
        (
            rung("a", "high", Step.THROTTLE, rate=60, lasts=10),
            rung("b", "low", Step.THROTTLE, rate=30, lasts=99),
            rung("c", "low", Step.WATCH),
        )
    )
    found = ladder.called_for("high", "person")
    assert found is not None
    assert (found.step, found.rate, found.lasts) == (Step.THROTTLE, 30, 99)


def test_a_rehearsal_is_told_apart_and_only_where_it_goes_further() -> None:
    ladder = Ladder.of((rung("a", "low", Step.HOLD), rung("b", "low", Step.SUSPEND, rehearsal=True)))
    assert _step(ladder, "low") is Step.HOLD
    rehearsed = ladder.rehearsed("low", "person")
    assert rehearsed is not None
    assert rehearsed.step is Step.SUSPEND
    assert (
        Ladder.of((rung("a", "low", Step.HOLD), rung("b", "low", Step.WATCH, rehearsal=True))).rehearsed("low", "person") is None
    )


def test_p9_without_a_ladder_nothing_goes_further_than_watching_and_nothing_revokes_by_itself() -> None:
    assert Ladder().limit("person") is Step.WATCH
    ladder = Ladder.of(
        (
            rung("a", "low", Step.REVOKE),
            rung("b", "low", Step.HOLD),
            rung("c", "low", Step.SUSPEND, automatic=False),
            rung("d", "low", Step.SUSPEND, rehearsal=True),
        )
    )
    assert (ladder.limit("person"), ladder.limit("agent")) == (Step.HOLD, Step.WATCH)


def test_a_word_that_is_no_band_is_refused() -> None:
    with pytest.raises(ValueError, match="not in"):
        Ladder().called_for("extreme", "person")


_RUNGS = st.lists(
    st.builds(rung, st.sampled_from("abcdef"), st.sampled_from(BANDS[1:]), st.sampled_from(STEPS), rehearsal=st.booleans()),
    max_size=6,
)


@given(_RUNGS, st.sampled_from(BANDS), _RUNGS)
def test_more_risk_and_more_ladders_never_call_for_less(rungs: list[Rung], band: str, more: list[Rung]) -> None:
    def height(ladder: Ladder, at: str) -> int:
        found = ladder.called_for(at, "person")
        return -1 if found is None else STEPS.index(found.step)

    ladder = Ladder.of(rungs)
    heights = [height(ladder, each) for each in BANDS]
    assert heights == sorted(heights)
    assert height(Ladder.of((*rungs, *more)), band) >= height(ladder, band)


def _step(ladder: Ladder, band: str) -> Step:
    found = ladder.called_for(band, "person")
    assert found is not None
    return found.step
