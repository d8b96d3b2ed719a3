"""The laws of a call: what no machine may do, whatever happens in whatever order. The walk holds every trail to them.

Each looks at a whole trail; since every prefix of a trail is a trail too, most need only its last move.
"""

from __future__ import annotations

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
from safeconduct.exchange.machine import State
from support.exchange_broken import ALWAYS, EXPECTED, LIVE, SENT, of
from support.exchange_walk import OPEN, REVOKE, SPACE, Trail
from support.fake_detectors import TOKEN


def state_before(trail: Trail) -> State:
    return trail.states[-2] if len(trail.states) > 1 else State.WAITING


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
        if isinstance(trail.moves[-1].event, events.KeepFailed) and state_before(trail) is State.KEEPING:
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
    found = trail.played(OPEN) and state_before(trail) is State.STREAMING
    if (
        of(trail.answers[-1], RecordOutcome)
        and found
        and trail.moves[-1].name == SPACE
        and not trail.played(REVOKE, "half event")
    ):
        last = last_command(trail)
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
    if trail.state is State.DONE and state_before(trail) is not State.DONE:
        left = isinstance(trail.moves[-1].event, events.ClientGone)
        assert bool(of(trail.answers[-1], SendAnswer, SendEnd)) is not left
        assert not (left and of(trail.answers[-1], *SENT))


def nothing_after_the_end(trail: Trail) -> None:
    if state_before(trail) is State.DONE and len(trail.moves) > 1:
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
        assert type(last_command(trail)) is RecordOutcome


def nothing_but_last_words_after_a_cut(trail: Trail) -> None:
    """The provider is broken off exactly when a live call ends without the provider's own end; then only last words leave."""
    answer = trail.answers[-1]
    ended = trail.state is State.DONE and state_before(trail) in LIVE
    provider_ended = bool(of(answer, RecordOutcome)) and outcome_of(trail) == "served"
    assert bool(of(answer, CancelUpstream)) is (ended and not provider_ended)
    if of(answer, CancelUpstream):
        assert type(answer[0]) is CancelUpstream
        assert len(of(answer, SendData)) <= 1


def whole_events(trail: Trail) -> None:
    """P5: what has left ends where an event ends, so that last words can follow at any moment."""
    if state_before(trail) is State.STREAMING:
        assert all(data.data.endswith(b"\n\n") for data in of(trail.answers[-1], SendData) if isinstance(data, SendData))


def out_of_turn_is_a_no(trail: Trail) -> None:
    event, before = trail.moves[-1].event, state_before(trail)
    if event is not None and before is not State.DONE and type(event) not in EXPECTED[before]:
        assert trail.state is State.DONE
        assert outcome_of(trail) in {"refused", "failed"}


def ended_rights_end_the_call(trail: Trail) -> None:
    """P5: told that the view moved, or with whatever comes next, a call whose right has ended is over; no other call is."""
    kind, before = type(trail.moves[-1].event), state_before(trail)
    told = kind is events.ViewChanged and before in (State.KEEPING, State.RECORDING, *LIVE)
    if trail.played(REVOKE) and (told or (before in LIVE and kind in EXPECTED[before] and kind not in ALWAYS)):
        assert trail.state is State.DONE
        assert outcome_of(trail) in {"refused", "cut"}
    elif told:
        assert trail.answers[-1] == []
        assert trail.state is before


def outcome_of(trail: Trail) -> str:
    last = last_command(trail)
    assert isinstance(last, RecordOutcome)
    return last.entry.outcome.value


def last_command(trail: Trail) -> Command:
    """The last command that does something about the call; what the watch is told comes behind it."""
    return next(each for each in reversed(trail.answers[-1]) if type(each) is not Announce)


def announced_with_its_outcome(trail: Trail) -> None:
    """The watch hears of every call that had a session, once, behind the outcome that it tells."""
    if not of(trail.answers[-1], RecordOutcome):
        assert not of(trail.answers[-1], Announce)
        return
    if state_before(trail) is State.WAITING:
        return
    last, outcome = trail.answers[-1][-1], last_command(trail)
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
