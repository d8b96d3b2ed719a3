"""Counts about groups: what is shown, what is withheld, and that nothing can be found by subtracting."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.audit.aggregate import Counted, Counting
from safeconduct.audit.entries import ActPerformed, CallEnded, Outcome, encode
from safeconduct.terms.faults import Refused
from support.audit_samples import T0, decided, ended

Line = tuple[str, str, str, str]  # organization, model, outcome, caller


def count(lines: list[Line], by: str = "organization,model,outcome", k: int = 3, **times: int) -> Counted:
    counting = Counting(by.split(","), k, **times)
    counting.read(encode(ActPerformed(act="x", actor="y", at=T0)))
    for number, (organization, model, outcome, caller) in enumerate(lines, 1):
        opening = decided(f"c{number}")
        opening.organization, opening.resolved, opening.caller = organization, model, caller
        opening.boot, opening.seq = "w", 2 * number
        counting.read(encode(opening))
        if outcome:
            closing = ended(f"c{number}", Outcome(outcome))
            closing.boot, closing.seq, closing.closes_boot, closing.closes_seq = "w", 2 * number + 1, "w", 2 * number
            counting.read(encode(closing))
    return counting.finish()


def crowd(organization: str, people: int, model: str = "m", outcome: str = "served") -> list[Line]:
    return [(organization, model, outcome, f"{organization}-{number}") for number in range(people)]


def test_counts_calls_and_tokens_of_groups_that_are_large_enough() -> None:
    found = count([*crowd("acme", 4), *crowd("beta", 3), *crowd("beta", 3)], by="organization")
    assert [(key, group.calls, group.tokens_in, group.tokens_out) for key, group in found.rows] == [
        (("acme",), 4, 40, 80),
        (("beta",), 6, 60, 120),
    ]
    assert found.total is not None
    assert (found.total.calls, found.withheld, found.unknown) == (10, 0, 0)
    assert "No group was withheld" in found.sentence()


def test_p8_many_calls_of_few_callers_are_withheld() -> None:
    found = count([*crowd("acme", 5), *crowd("beta", 5), *(crowd("tiny", 1) * 50)], by="organization")
    assert ("tiny",) not in dict(found.rows)
    assert found.withheld == 2  # tiny, and one more: the total minus the others would give tiny away
    assert found.total is not None
    assert "2 groups were withheld" in found.sentence()


def test_p8_the_total_goes_when_it_would_give_the_only_group_away() -> None:
    found = count(crowd("tiny", 2), by="organization")
    assert (found.rows, found.total, found.withheld) == ((), None, 1)
    assert "the total with them" in found.sentence()


def test_calls_without_outcome_are_open_and_strangers_are_counted_apart() -> None:
    counting = Counting(["outcome"], 2)
    for number, caller in enumerate("ab", 1):
        opening = decided(f"c{number}")
        opening.boot, opening.seq, opening.caller = "w", number, caller
        counting.read(encode(opening))
    counting.read(encode(CallEnded(at=T0, outcome=Outcome.REFUSED, count=40)))
    found = counting.finish()
    assert [(key, group.calls) for key, group in found.rows] == [(("open",), 2)]
    assert found.unknown == 40


def test_only_calls_of_the_time_asked_for_count() -> None:
    assert count(crowd("acme", 4), since=T0 + 1).rows == ()
    assert count(crowd("acme", 4), until=T0).rows == ()
    assert count(crowd("acme", 4), since=T0, until=T0 + 1).total is not None


@pytest.mark.parametrize(("by", "k"), [("", 5), ("caller", 5), ("call", 5), ("organization,organization", 5), ("model", 1)])
def test_p8_a_report_by_person_or_of_single_persons_is_refused(by: str, k: int) -> None:
    with pytest.raises(Refused):
        Counting(by.split(",") if by else [], k)


names = st.sampled_from("ab")
lines = st.lists(
    st.tuples(names, st.sampled_from(["m", "n"]), st.sampled_from(["served", "cut", ""]), st.sampled_from("pqrstu")), max_size=40
)


@given(lines, st.integers(2, 4))
@settings(max_examples=150, deadline=None)
def test_p8_no_subtraction_within_a_report_leads_to_fewer_than_k(found: list[Line], k: int) -> None:
    told = count(found, k=k)
    everybody: dict[tuple[str, ...], set[str]] = {}
    for organization, model, outcome, caller in found:
        everybody.setdefault((organization, model, outcome or "open"), set()).add(caller)
    shown = {key for key, _ in told.rows}
    assert all(len(everybody[key]) >= k for key in shown)
    hidden = set(everybody) - shown
    assert told.withheld == len(hidden)
    for size in range(3):
        for places in combinations(range(3), size):
            for coarse in {tuple(key[place] for place in places) for key in everybody}:
                within = [key for key in hidden if tuple(key[place] for place in places) == coarse]
                rest = [key for key in shown if tuple(key[place] for place in places) == coarse]
                callers = set().union(*(everybody[key] for key in within)) if within else set()
                if within and rest:  # something was shown here, so the sum minus it could be formed
                    assert len(within) > 1
                    assert len(callers) >= k
    if told.total is not None:
        assert told.total.calls == len(found)
