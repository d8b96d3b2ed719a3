"""The promises of a call, held to every reachable state with every kind of event.

Each law (``support.exchange_laws``) is a function over a trail; the walk feeds it every trail there is. A law proves itself on
machines broken on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import pytest

from safeconduct.exchange.events import Event
from safeconduct.exchange.machine import Exchange, State
from safeconduct.terms.call import Dialect
from support.exchange_broken import (
    Careless,
    Chatty,
    Deaf,
    Doubled,
    Eager,
    Forgetful,
    Generous,
    Hasty,
    Lenient,
    Patient,
    Silent,
    Torn,
    Trusting,
    Unguarded,
    Unheard,
    Wasteful,
)
from support.exchange_laws import (
    LAWS,
    announced_with_its_outcome,
    ended_rights_end_the_call,
    kept_before_recorded,
    looked_at_before_sent,
    no_silence,
    nothing_after_the_end,
    nothing_but_last_words_after_a_cut,
    one_answer_in_order,
    one_outcome,
    out_of_turn_is_a_no,
    permitted_before_forwarded,
    recorded_before_forwarded,
    scanned_before_recorded,
    state_before,
    whole_events,
)
from support.exchange_walk import REVOKE, SPACE, TOUCH, Trail, walk

every_dialect = pytest.mark.parametrize("dialect", list(Dialect))


@cache
def _trails(dialect: Dialect) -> tuple[Trail, ...]:
    return tuple(walk(dialect))


def _hold(trails: Iterable[Trail], law: Callable[[Trail], None]) -> None:
    for trail in trails:
        try:
            law(trail)
        except AssertionError as broken:
            raise AssertionError(f"{[move.name for move in trail.moves]}: {trail.answers[-1]}") from broken


@every_dialect
def test_p1_nothing_is_forwarded_without_a_permit(dialect: Dialect) -> None:
    _hold(_trails(dialect), permitted_before_forwarded)


@every_dialect
def test_p2_nothing_is_forwarded_before_its_record(dialect: Dialect) -> None:
    _hold(_trails(dialect), recorded_before_forwarded)


@every_dialect
def test_p2_nothing_is_forwarded_before_what_has_to_be_kept_is_kept(dialect: Dialect) -> None:
    _hold(_trails(dialect), kept_before_recorded)


@every_dialect
def test_p1_nothing_is_permitted_before_it_was_inspected(dialect: Dialect) -> None:
    _hold(_trails(dialect), scanned_before_recorded)


@every_dialect
def test_nothing_of_an_answer_leaves_before_it_was_looked_at(dialect: Dialect) -> None:
    _hold(_trails(dialect), looked_at_before_sent)
    seen = [trail for trail in _trails(dialect) if trail.moves[-1].name == SPACE and trail.state is State.DONE]
    assert any("safeguard_canaries" in str(trail.answers[-1]) for trail in seen)


@every_dialect
def test_p2_one_outcome_per_arrival(dialect: Dialect) -> None:
    _hold(_trails(dialect), one_outcome)


@every_dialect
def test_p12_no_silence(dialect: Dialect) -> None:
    _hold(_trails(dialect), no_silence)
    _hold(_trails(dialect), out_of_turn_is_a_no)


@every_dialect
def test_p5_ended_rights_end_the_call_and_leave_others_alone(dialect: Dialect) -> None:
    _hold(_trails(dialect), ended_rights_end_the_call)


@every_dialect
def test_p5_a_cut_stands_between_events_and_is_the_last_word(dialect: Dialect) -> None:
    _hold(_trails(dialect), whole_events)
    _hold(_trails(dialect), nothing_but_last_words_after_a_cut)


@every_dialect
def test_nothing_follows_the_end_and_every_answer_is_one_answer(dialect: Dialect) -> None:
    _hold(_trails(dialect), nothing_after_the_end)
    _hold(_trails(dialect), one_answer_in_order)


@every_dialect
def test_the_watch_hears_of_every_call_with_its_outcome(dialect: Dialect) -> None:
    _hold(_trails(dialect), announced_with_its_outcome)


@every_dialect
def test_the_walk_goes_everywhere(dialect: Dialect) -> None:
    trails = _trails(dialect)
    assert {trail.state for trail in trails} == set(State)
    tried = {(state_before(trail), type(trail.moves[-1].event)) for trail in trails}
    assert len(tried) == len(State) * (len(Event.__args__) + 1), "every kind of event in every state"  # type: ignore[attr-defined]
    assert {TOUCH, REVOKE} <= {move.name for trail in trails for move in trail.moves}
    assert len({trail.spot for trail in trails}) > 100
    assert len(trails) > 2_500


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (Eager, "recorded_before_forwarded"),
        (Careless, "kept_before_recorded"),
        (Hasty, "scanned_before_recorded"),
        (Lenient, "scanned_before_recorded"),
        (Unguarded, "looked_at_before_sent"),
        (Forgetful, "kept_before_recorded"),
        (Generous, "permitted_before_forwarded"),
        (Doubled, "one_outcome"),
        (Silent, "no_silence"),
        (Chatty, "nothing_after_the_end"),
        (Chatty, "one_answer_in_order"),
        (Torn, "whole_events"),
        (Deaf, "ended_rights_end_the_call"),
        (Trusting, "ended_rights_end_the_call"),
        (Wasteful, "nothing_but_last_words_after_a_cut"),
        (Patient, "out_of_turn_is_a_no"),
        (Unheard, "announced_with_its_outcome"),
    ],
)
def test_the_walk_finds_a_broken_machine(broken: type[Exchange], law: str) -> None:
    with pytest.raises(AssertionError):
        _hold(walk(Dialect.MESSAGES, broken), LAWS[law])


def test_every_law_is_proven_on_a_broken_machine() -> None:
    (mark,) = test_the_walk_finds_a_broken_machine.pytestmark  # type: ignore[attr-defined]
    assert {law for _, law in mark.args[1]} == set(LAWS)
