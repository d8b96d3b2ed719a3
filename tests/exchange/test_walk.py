"""The promises of a call, held to every reachable state with every kind of event.

Each law is a function over a trail; the walk feeds it every trail there is. A law proves itself on machines broken on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import pytest

from safeconduct.exchange import events
from safeconduct.exchange.commands import (
    Announce,
    CancelUpstream,
    Command,
    Forward,
    Keep,
    RecordDecision,
    RecordOutcome,
    Scan,
    SendAnswer,
    SendData,
    SendEnd,
    SendHead,
)
from safeconduct.exchange.events import Event
from safeconduct.exchange.machine import Exchange, State
from safeconduct.terms.call import Dialect
from support.exchange_broken import (
    ALWAYS,
    EXPECTED,
    LIVE,
    SENT,
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
    of,
)
from support.exchange_walk import OPEN, REVOKE, SPACE, TOUCH, Trail, walk
from support.fake_detectors import TOKEN

every_dialect = pytest.mark.parametrize("dialect", list(Dialect))


@cache
def _trails(dialect: Dialect) -> tuple[Trail, ...]:
    return tuple(walk(dialect))


def _before(trail: Trail) -> State:
    return trail.states[-2] if len(trail.states) > 1 else State.WAITING


# The laws. Each looks at a whole trail; since every prefix of a trail is a trail too, most need only its last move.


def permitted_before_forwarded(trail: Trail) -> None:
    """P1: what is forwarded was decided, and the decision was a permit."""
    if of(trail.answers[-1], Forward):
        (decision,) = of(trail.commands, RecordDecision)
        assert isinstance(decision, RecordDecision)
        assert decision.entry.effect == "permit"
        assert decision.entry.reasons[0] == "permitted"
        assert not trail.played(REVOKE)


def recorded_before_forwarded(trail: Trail) -> None:
    """P2: Forward answers Recorded, and nothing else; at most once."""
    assert len(of(trail.commands, Forward)) <= 1
    if of(trail.answers[-1], Forward):
        assert isinstance(trail.moves[-1].event, events.Recorded)
        earlier = [command for answer in trail.answers[:-1] for command in answer]
        assert len(of(earlier, RecordDecision)) == 1


def kept_before_recorded(trail: Trail) -> None:
    """P1, P2: what has to be kept is in the vault before the decision is recorded, unless the call ends there; or it is a no."""
    asked, answer = of(trail.commands, Keep), trail.answers[-1]
    assert len(asked) <= 1
    for keep in asked:
        assert isinstance(keep, Keep)
        if isinstance(trail.moves[-1].event, events.KeepFailed) and _before(trail) is State.KEEPING:
            assert (keep.entry.effect, keep.entry.reasons[0], keep.entry.kept_class) == ("deny", "not_kept", "")
        if of(answer, RecordDecision):
            assert trail.state is State.DONE or isinstance(trail.moves[-1].event, events.Kept | events.KeepFailed)
        if of(answer, Forward):
            assert trail.played("kept")
            assert not trail.played("not kept")
    for outcome in of(answer, RecordOutcome):
        assert isinstance(outcome, RecordOutcome)
        assert outcome.entry.kept_class == ("standard" if asked and outcome.entry.forwarded else "")


def scanned_before_recorded(trail: Trail) -> None:
    """P1: a call that detectors in other processes have to see is a permit only after they saw it, and found nothing."""
    asked = next((at for at, answer in enumerate(trail.answers) if of(answer, Scan)), len(trail.answers))
    if asked == len(trail.answers):
        assert not (trail.state is State.FORWARDED and trail.moves[1].name == "body: scanned")
        return
    assert trail.moves[asked].name == "body: scanned"
    answers = [each.name for each in trail.moves[asked + 1 :] if each.name.startswith("scan")]
    for decision in of(trail.commands, RecordDecision):
        assert isinstance(decision, RecordDecision)
        assert answers
        assert (decision.entry.effect == "permit") <= (answers[0] == "scanned")
        if "found" in answers[0] and not trail.played(REVOKE):
            assert decision.entry.reasons[0] == "safeguard_misuse"
        if answers[0] in ("scan failed", "scanned: too little") and not trail.played(REVOKE):
            assert decision.entry.reasons[0] == "safeguard_unavailable"


def looked_at_before_sent(trail: Trail) -> None:
    """Nothing of an answer leaves that a detector may still object to, streamed or not, and a finding ends the stream."""
    if not any(move.name.startswith("body: guarded") for move in trail.moves[:2]):
        return
    for sent in of(trail.answers[-1], SendData, SendAnswer):
        assert TOKEN.encode() not in (sent.data if isinstance(sent, SendData) else sent.answer.body)
    found = trail.played(OPEN) and _before(trail) is State.STREAMING
    if (
        of(trail.answers[-1], RecordOutcome)
        and found
        and trail.moves[-1].name == SPACE
        and not trail.played(REVOKE, "half event")
    ):
        last = _last(trail)
        assert isinstance(last, RecordOutcome)
        assert last.entry.code == "safeguard_canaries"
        assert last.entry.detectors == ("canaries==1",)


def one_outcome(trail: Trail) -> None:
    """P2: an outcome when the call ends, never before, never twice; it knows whether a decision was opened."""
    outcomes = of(trail.commands, RecordOutcome)
    decisions = of(trail.commands, RecordDecision)
    assert len(outcomes) == (trail.state is State.DONE)
    assert len(decisions) <= 1
    for outcome in outcomes:
        assert isinstance(outcome, RecordOutcome)
        assert outcome.opened is bool(decisions)
        assert outcome.entry.forwarded is bool(of(trail.commands, Forward))
        assert outcome.entry.call == "call_1"


def no_silence(trail: Trail) -> None:
    """P12: a call that ends tells its caller, unless the caller left."""
    if trail.state is State.DONE and _before(trail) is not State.DONE:
        left = isinstance(trail.moves[-1].event, events.ClientGone)
        assert bool(of(trail.answers[-1], SendAnswer, SendEnd)) is not left
        assert not (left and of(trail.answers[-1], *SENT))


def nothing_after_the_end(trail: Trail) -> None:
    if _before(trail) is State.DONE and len(trail.moves) > 1:
        assert trail.answers[-1] == []
        assert trail.state is State.DONE


def one_answer_in_order(trail: Trail) -> None:
    """Either one whole answer, or a head, data and an end; the outcome comes last of all."""
    sent = [type(command) for command in of(trail.commands, *SENT)]
    if SendAnswer in sent:
        assert sent == [SendAnswer]
    elif sent:
        assert sent[0] is SendHead
        assert sent.count(SendHead) == 1
        assert SendEnd not in sent[:-1]
        assert (sent[-1] is SendEnd) or trail.state is State.STREAMING or trail.played("client gone")
    if of(trail.answers[-1], RecordOutcome):
        assert type(_last(trail)) is RecordOutcome


def nothing_but_last_words_after_a_cut(trail: Trail) -> None:
    """The provider is broken off exactly when a live call ends without the provider's own end; then only last words leave."""
    answer = trail.answers[-1]
    ended = trail.state is State.DONE and _before(trail) in LIVE
    provider_ended = bool(of(answer, RecordOutcome)) and _outcome(trail) == "served"
    assert bool(of(answer, CancelUpstream)) is (ended and not provider_ended)
    if of(answer, CancelUpstream):
        assert type(answer[0]) is CancelUpstream
        assert len(of(answer, SendData)) <= 1


def whole_events(trail: Trail) -> None:
    """P5: what has left ends where an event ends, so that last words can follow at any moment."""
    if _before(trail) is State.STREAMING:
        assert all(data.data.endswith(b"\n\n") for data in of(trail.answers[-1], SendData) if isinstance(data, SendData))


def out_of_turn_is_a_no(trail: Trail) -> None:
    event, before = trail.moves[-1].event, _before(trail)
    if event is not None and before is not State.DONE and type(event) not in EXPECTED[before]:
        assert trail.state is State.DONE
        assert _outcome(trail) in {"refused", "failed"}


def ended_rights_end_the_call(trail: Trail) -> None:
    """P5: told that the view moved, or with whatever comes next, a call whose right has ended is over; no other call is."""
    kind, before = type(trail.moves[-1].event), _before(trail)
    told = kind is events.ViewChanged and before in (State.KEEPING, State.RECORDING, *LIVE)
    if trail.played(REVOKE) and (told or (before in LIVE and kind in EXPECTED[before] and kind not in ALWAYS)):
        assert trail.state is State.DONE
        assert _outcome(trail) in {"refused", "cut"}
    elif told:
        assert trail.answers[-1] == []
        assert trail.state is before


def _outcome(trail: Trail) -> str:
    last = _last(trail)
    assert isinstance(last, RecordOutcome)
    return last.entry.outcome.value


def _last(trail: Trail) -> Command:
    """The last command that does something about the call; what the watch is told comes behind it."""
    return next(each for each in reversed(trail.answers[-1]) if type(each) is not Announce)


def announced_with_its_outcome(trail: Trail) -> None:
    """The watch hears of every call that had a session, once, behind the outcome that it tells."""
    if not of(trail.answers[-1], RecordOutcome):
        assert not of(trail.answers[-1], Announce)
        return
    if _before(trail) is State.WAITING:
        return
    last, outcome = trail.answers[-1][-1], _last(trail)
    assert isinstance(last, Announce)
    assert isinstance(outcome, RecordOutcome)
    assert (last.signal.outcome, last.signal.code) == (outcome.entry.outcome.value, outcome.entry.code)
    assert last.signal.person == "ann"


LAWS = {
    law.__name__: law
    for law in (
        permitted_before_forwarded,
        recorded_before_forwarded,
        kept_before_recorded,
        scanned_before_recorded,
        looked_at_before_sent,
        one_outcome,
        no_silence,
        nothing_after_the_end,
        one_answer_in_order,
        nothing_but_last_words_after_a_cut,
        whole_events,
        out_of_turn_is_a_no,
        ended_rights_end_the_call,
        announced_with_its_outcome,
    )
}


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
    tried = {(_before(trail), type(trail.moves[-1].event)) for trail in trails}
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
