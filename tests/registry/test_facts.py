"""Facts: values, states, and the promise that time and withdrawals never make anything known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.registry.derive import DERIVED
from safeconduct.registry.facts import CATALOG, check_value, read_value, states_at
from safeconduct.registry.records import FactRecord
from safeconduct.terms.conditions import BY_FACT
from safeconduct.terms.moments import FOREVER
from safeconduct.terms.standing import FactState, FactStatus, FactValue


def record(
    number: int, value: FactValue = "yes", since: int = 0, until: int = FOREVER, name: str = "us_citizen", org: str = ""
) -> FactRecord:
    return FactRecord(number, name, value, "hr", "verifier", "document", since, until, org)


def state(records: Sequence[FactRecord], now: int, name: str = "us_citizen", org: str = "acme") -> FactState:
    return states_at(records, org, now)[0][name]


def test_conditions_ask_for_recorded_and_derived_facts_only() -> None:
    assert set(BY_FACT) <= {*CATALOG, *DERIVED}
    assert set(DERIVED) <= set(BY_FACT)
    assert {fact: each.evidence for fact, each in BY_FACT.items() if each.evidence} == {
        name: each.reads for name, each in DERIVED.items()
    }
    assert not set(CATALOG) & set(DERIVED)
    # What only serves to derive a status is asked for by no rule directly (P10).
    assert set(CATALOG) - set(BY_FACT) == {"us_citizen", "protected_individual"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("us_citizen", "no", "no"),
        ("nationality", "US; DE;US", ("DE", "US")),
        ("nationality.recent", "FR", "FR"),
        ("vetting", "level-2", "level-2"),
        ("training", "export-control;safety", ("export-control", "safety")),
        ("employed_there", "true", True),
        ("employed_there", "false", False),
    ],
)
def test_values_written_by_hand(name: str, text: str, value: FactValue) -> None:
    assert read_value(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("us_citizen", "Yes"),
        ("us_citizen", "true"),
        ("nationality", "Germany"),
        ("nationality", "XX"),
        ("nationality", ""),
        ("nationality.recent", "DE;US"),
        ("employed_there", "yes"),
        ("vetting", "level 2"),
        ("training", ";"),
        ("us_person", "yes"),
    ],
)
def test_values_that_a_fact_does_not_take(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"takes|no fact is called"):
        read_value(name, text)
    with pytest.raises(ValueError, match=r"takes|no fact is called"):
        check_value(name, 3)


def test_a_value_is_told_back_as_it_was_written() -> None:
    with pytest.raises(ValueError, match=r"like FR;US, not 'UK;DE'$"):
        read_value("nationality", "UK; DE")


def test_a_fact_counts_from_its_verification_to_its_expiry() -> None:
    records = [record(1, since=10, until=20)]
    assert state(records, 9).status is FactStatus.UNKNOWN
    assert state(records, 10) == FactState(FactStatus.KNOWN, "yes", 20)
    assert state(records, 19).status is FactStatus.KNOWN
    assert state(records, 20).status is FactStatus.EXPIRED
    assert [states_at(records, "acme", now)[1] for now in (9, 10, 20)] == [10, 20, FOREVER]


def test_a_renewal_extends_and_does_not_contradict() -> None:
    records = [record(1, since=0, until=20), record(2, since=15, until=40)]
    assert state(records, 16) == FactState(FactStatus.KNOWN, "yes", 40)
    assert state(records, 39).status is FactStatus.KNOWN
    assert state(records, 40) == FactState(FactStatus.EXPIRED, None, 40)


def test_a_later_value_after_the_end_of_the_earlier_is_no_contradiction() -> None:
    records = [record(1, "no", since=0, until=20), record(2, "yes", since=20, until=40)]
    assert state(records, 19).value == "no"
    assert state(records, 20).value == "yes"


def test_contradicting_evidence_stays_contradicted_when_one_side_runs_out() -> None:
    records = [record(1, "yes"), record(2, "no", since=10, until=20)]
    assert state(records, 5).status is FactStatus.KNOWN
    assert state(records, 15) == FactState(FactStatus.CONTRADICTED)
    assert state(records, 25) == FactState(FactStatus.CONTRADICTED)
    assert state(records[:1], 25).status is FactStatus.KNOWN  # corrected by withdrawing the other


def test_p1_a_renewal_does_not_outlast_a_contradiction() -> None:
    records = [record(1, "no", since=0, until=8), record(2, "yes", since=7, until=36), record(3, "yes", since=9, until=50)]
    assert state(records, 40).status is FactStatus.CONTRADICTED
    assert state(records[1:], 40).value == "yes"
    assert state([*records, record(4, "yes", since=50, until=60)], 55).status is FactStatus.CONTRADICTED  # ends by correction


def test_courses_add_up() -> None:
    records = [record(1, ("a",), until=20, name="training"), record(2, ("b",), until=30, name="training")]
    assert state(records, 5, "training") == FactState(FactStatus.KNOWN, ("a", "b"), 20)
    assert state(records, 25, "training").value == ("b",)


def test_employment_counts_in_its_organization_only() -> None:
    records = [record(1, True, name="employed_there", org="acme")]
    assert state(records, 5, "employed_there", "acme").value is True
    assert state(records, 5, "employed_there", "sub").status is FactStatus.UNKNOWN


_records = st.lists(
    st.tuples(st.sampled_from(["yes", "no"]), st.integers(0, 30), st.integers(1, 30)).map(
        lambda t: (t[0], t[1], FOREVER if t[2] == 30 else t[1] + t[2])
    ),
    max_size=5,
).map(lambda rows: [record(number, *row) for number, row in enumerate(rows)])


@settings(max_examples=150)
@given(_records, st.integers(0, 70))
def test_p1_withdrawing_never_makes_an_unknown_or_expired_fact_known(records: list[FactRecord], now: int) -> None:
    if state(records, now).status not in {FactStatus.UNKNOWN, FactStatus.EXPIRED}:
        return
    for gone in records:
        assert state([each for each in records if each is not gone], now).status is not FactStatus.KNOWN


@settings(max_examples=150)
@given(_records, st.integers(0, 70))
def test_p1_time_alone_makes_nothing_known_but_evidence_verified_by_then(records: list[FactRecord], now: int) -> None:
    status = state(records, now).status
    if status is FactStatus.KNOWN:
        return
    starts = {each.verified_at for each in records}
    later = now + 1
    if later not in starts:
        assert state(records, later).status is not FactStatus.KNOWN


@settings(max_examples=150)
@given(_records.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))), st.integers(0, 70))
def test_the_order_of_recording_does_not_matter(both: tuple[list[FactRecord], list[FactRecord]], now: int) -> None:
    assert state(both[0], now) == state(both[1], now)


@settings(max_examples=150)
@given(_records, st.integers(0, 70))
def test_nothing_turns_before_the_next_change(records: list[FactRecord], now: int) -> None:
    states, turn = states_at(records, "acme", now)
    for moment in range(now, min(turn, 71)):
        assert states_at(records, "acme", moment)[0] == states
