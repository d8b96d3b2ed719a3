"""What verdicts do to weights: little at first, bounded always, and nothing is lowered by one officer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safeconduct.cases.calibration import HIGHEST, LOWEST, Judged, factor, learned


def judged(right: int, wrong: dict[str, int], cohort: str = "acme") -> list[Judged]:
    said = [Judged("probing", cohort, "officer:a", True)] * right
    return said + [Judged("probing", cohort, officer, False) for officer, times in wrong.items() for _ in range(times)]


def test_nothing_learned_weighs_as_it_is() -> None:
    assert factor(learned([]), "probing", "acme") == 1.0


def test_right_verdicts_raise_and_wrong_ones_of_two_officers_lower() -> None:
    assert factor(learned(judged(10, {})), "probing", "acme") > 1.4
    assert factor(learned(judged(0, {"officer:a": 10, "officer:b": 10})), "probing", "acme") == LOWEST


def test_p9_no_officer_lowers_a_weight_alone() -> None:
    for times in (1, 10, 10_000):
        assert factor(learned(judged(0, {"officer:a": times})), "probing", "acme") == 1.0
    alone = factor(learned(judged(0, {"officer:a": 10_000, "officer:b": 1})), "probing", "acme")
    assert alone == factor(learned(judged(0, {"officer:a": 1, "officer:b": 1})), "probing", "acme")


def test_a_cohort_without_verdicts_of_its_own_takes_those_of_the_kind() -> None:
    known = learned(judged(10, {}, "acme"))
    assert factor(known, "probing", "globex") == factor(known, "probing", "acme")
    assert factor(known, "burst", "acme") == 1.0


def test_the_share_of_right_ones_is_told_with_its_interval() -> None:
    found = learned(judged(8, {"officer:a": 2}))["probing", "acme"]
    assert (found.right, found.wrong, found.precision) == (8, 2, 0.8)
    assert 0.4 < found.low < 0.8 < found.high < 1.0


VERDICT = st.builds(Judged, st.sampled_from("pq"), st.sampled_from(["x", "y"]), st.sampled_from(["a", "b", "c"]), st.booleans())


@given(st.lists(VERDICT, max_size=60))
def test_every_factor_is_bounded(verdicts: list[Judged]) -> None:
    assert all(LOWEST <= each.factor <= HIGHEST for each in learned(verdicts).values())


@given(st.lists(VERDICT, max_size=30))
def test_a_right_verdict_never_lowers(verdicts: list[Judged]) -> None:
    before, after = learned(verdicts), learned([*verdicts, Judged("p", "x", "a", True)])
    assert factor(after, "p", "x") >= min(1.0, before["p", "x"].factor if ("p", "x") in before else 1.0)
