"""What is in force at a moment: half-open intervals, lifts, inert exemptions, versions without a gap."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.instruments.compile import compile_rules
from safeconduct.instruments.force import Held, in_force, intervals
from safeconduct.terms.moments import FOREVER, parse
from support.policy_june import (
    AFTER_12,
    AFTER_26,
    AFTER_30,
    BEFORE,
    GLASSWING,
    LETTER_12,
    LETTER_26,
    LETTER_30,
    held,
    instrument,
    june,
)

EFFECTIVE = parse("2026-06-12T17:21:00-04:00")
FORBID, EXEMPT = "us-bis-2026-06-12/foreign-persons", "us-bis-2026-06-26/trusted-partners"


def ids(*args: object, now: int) -> set[str]:
    return {one.id for one in in_force(list(args), now).rules}  # type: ignore[arg-type]


def test_the_four_states() -> None:
    terms = {"glasswing/partners", "glasswing/everyone"}
    assert ids(*june(), now=BEFORE) == terms
    assert ids(*june(), now=AFTER_12) == {*terms, FORBID}
    assert ids(*june(), now=AFTER_26) == {*terms, FORBID, EXEMPT}
    assert ids(*june(), now=AFTER_30) == terms  # the lift ended the rule, and the exemption from it is inert


def test_the_boundary_is_the_next_change_by_the_clock() -> None:
    now, edges = BEFORE, []
    while (now := in_force(june(), now).boundary) < FOREVER:
        edges.append(now)
    assert edges == [EFFECTIVE, parse("2026-06-26T00:00:00-04:00"), parse("2026-06-30T18:00:00-04:00")]


def test_an_instrument_holds_from_activation_or_effect_whichever_is_later() -> None:
    letter = instrument(LETTER_12)
    assert ids(held(letter, activated=FOREVER), now=AFTER_12) == set()
    late = held(letter, activated=EFFECTIVE + 5)
    assert ids(late, now=EFFECTIVE + 4) == set()
    assert ids(late, now=EFFECTIVE + 5) == {FORBID}
    assert ids(held(letter, activated=0), now=EFFECTIVE - 1) == set()
    assert ids(held(letter, activated=0), now=EFFECTIVE) == {FORBID}


def test_ends_are_excluded() -> None:
    until = instrument(LETTER_12.replace("\n\n[[rule]]", "\nuntil = 2026-06-20T00:00:00Z\n\n[[rule]]"))
    end = parse("2026-06-20T00:00:00Z")
    assert ids(held(until), now=end - 1) == {FORBID}
    assert ids(held(until), now=end) == set()
    withdrawn = held(instrument(LETTER_12), withdrawn=AFTER_12)
    assert ids(withdrawn, now=AFTER_12 - 1) == {FORBID}
    assert ids(withdrawn, now=AFTER_12) == set()


def test_a_newer_version_takes_over_when_it_takes_effect_and_leaves_no_gap() -> None:
    second_effect = parse("2026-06-20T00:00:00Z")
    first = held(
        instrument(LETTER_12), 1, activated=0, withdrawn=AFTER_12, replaced=True
    )  # ended because the second was activated
    second = held(instrument(LETTER_12.replace("2026-06-12T17:21:00-04:00", "2026-06-20T00:00:00Z")), 2, activated=AFTER_12)
    for now in (AFTER_12 - 1, AFTER_12, second_effect - 1, second_effect, AFTER_26):
        assert ids(first, second, now=now) == {FORBID}
    assert [(one.version, since, until) for one, since, until in intervals([first, second])] == [
        (2, second_effect, FOREVER),
        (1, EFFECTIVE, second_effect),
    ]


def test_a_newer_version_withdrawn_before_its_effect_replaces_nothing() -> None:
    first = held(instrument(LETTER_12), 1, activated=0, withdrawn=AFTER_12, replaced=True)
    later = instrument(LETTER_12.replace("2026-06-12T17:21:00-04:00", "2026-06-20T00:00:00Z"))
    second = held(later, 2, activated=AFTER_12, withdrawn=AFTER_12 + 1)
    assert ids(first, second, now=AFTER_26) == {FORBID}


def test_a_withdrawal_of_the_newer_version_ends_both() -> None:
    first = held(instrument(LETTER_12), 1, activated=0, withdrawn=AFTER_12, replaced=True)
    second = held(instrument(LETTER_12), 2, activated=AFTER_12, withdrawn=AFTER_26)
    assert ids(first, second, now=AFTER_26 - 1) == {FORBID}
    assert ids(first, second, now=AFTER_26) == set()


def test_p1_an_older_version_activated_later_leaves_no_gap() -> None:
    newer = held(instrument(LETTER_12), 2, activated=0, withdrawn=AFTER_12, replaced=True)
    older = held(instrument(LETTER_12), 1, activated=AFTER_12)
    for now in (AFTER_12 - 1, AFTER_12, AFTER_26):
        assert ids(newer, older, now=now) == {FORBID}


def test_p1_what_was_withdrawn_is_over_though_another_version_was_activated_in_the_same_microsecond() -> None:
    later = instrument(LETTER_12.replace("2026-06-12T17:21:00-04:00", "2026-06-28T00:00:00Z"))
    first = held(instrument(LETTER_12), 1, activated=0, withdrawn=AFTER_12)
    second = held(later, 2, activated=AFTER_12)
    assert ids(first, second, now=AFTER_12 - 1) == {FORBID}
    assert ids(first, second, now=AFTER_12) == set()


def test_a_lift_that_is_withdrawn_restores_the_rule_and_its_exemptions() -> None:
    letters = [held(instrument(text)) for text in (GLASSWING, LETTER_12, LETTER_26)]
    lift = held(instrument(LETTER_30), withdrawn=AFTER_30)
    assert FORBID not in ids(*letters, lift, now=AFTER_30 - 1)
    assert {FORBID, EXEMPT} <= ids(*letters, lift, now=AFTER_30)


def test_permissions_of_the_past_are_remembered_and_those_to_come_are_not() -> None:
    ended = held(instrument(GLASSWING), withdrawn=AFTER_12)
    assert {one.id for one in in_force([ended], AFTER_30).past} == {"glasswing/partners", "glasswing/everyone"}
    assert in_force([ended], parse("2026-06-01T00:00:00Z")).past == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(1, 40)), max_size=6), st.integers(0, 90), st.randoms()
)
def test_exemptions_from_a_lifted_rule_are_inert_in_whatever_order_they_were_entered(
    drawn: list[tuple[int, int, int]], after: int, random: Random
) -> None:
    """Whenever the lift is in force, neither the rule nor any exemption from it is; and the order of entry never shows."""
    start = parse("2026-06-12T21:21:00Z")
    texts = [LETTER_12, LETTER_26, LETTER_26.replace('"us-bis-2026-06-26"', '"us-bis-more"'), LETTER_30]
    letters: dict[str, Held] = {}
    for which, since, length in drawn:
        one = replace(instrument(texts[which]), effective=start + since, until=start + since + length)
        letters[one.id] = held(one)
    now = start + after
    found = in_force(list(letters.values()), now)
    lift = letters.get("us-bis-2026-06-30")
    if lift is not None and lift.instrument.effective <= now < lift.instrument.until:
        assert found.rules == ()
    shuffled = list(letters.values())
    random.shuffle(shuffled)
    assert in_force(shuffled, now) == found


def test_an_annex_line_reaches_as_far_as_it_says_and_no_further() -> None:
    """A line names that legal person, its subsidiaries one level down, or those it sponsors."""
    lines = b"organization,scope\nacme,\nborealis,and subsidiaries\ncobalt,and contractors\n"
    scopes = compile_rules([held(instrument(LETTER_12)), held(instrument(LETTER_26, {"annex-a.csv": lines}))], AFTER_26).annexes
    name = frozenset({"us-bis-2026-06-26@1/trusted-partners"})
    assert {one: (scope.listed, scope.with_subsidiaries, scope.with_contractors) for one, scope in scopes.items()} == {
        "acme": (name, frozenset(), frozenset()),
        "borealis": (name, name, frozenset()),
        "cobalt": (name, frozenset(), name),
    }
