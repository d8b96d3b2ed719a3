"""A call whose content a rule wants kept: the vault has the request before anything is recorded, and nothing else slows down."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from safeconduct.exchange.commands import CancelUpstream, Forward, Keep, RecordDecision, SendAnswer, SendData, SendEnd, SendHead
from safeconduct.exchange.events import (
    BodyArrived,
    ClientGone,
    Draining,
    Event,
    KeepFailed,
    Kept,
    Recorded,
    RecordFailed,
    UpstreamBody,
    UpstreamChunk,
    UpstreamHead,
    ViewChanged,
)
from safeconduct.terms.call import Dialect
from support.exchange_play import (
    EVENTS,
    JSON,
    LAST_WORDS,
    MESSAGES,
    STREAMS,
    Like,
    Play,
    admitted,
    answered,
    decided,
    ended,
    forward,
    head,
    play,
    refused,
    suspend,
    terminal,
)
from support.exchange_world import FABLE, KEPT, KEPT_IN, Scene, duty, instrument, request, scene

BODY = request(MESSAGES, model=KEPT.id)


def asked(at: Scene, dialect: Dialect = MESSAGES, **fields: object) -> Play:
    """A permit whose request waits to be in the vault."""
    body = request(dialect, model=KEPT_IN[dialect], **fields)
    return play(at, dialect) >> head(at.ann) >> BodyArrived(body) << keep("standard", body)


def keep(kept_class: str, body: bytes) -> Like:
    def holds(command: Keep) -> bool:
        return (command.entry.kept_class, command.entry.effect, command.data) == (kept_class, "permit", body)

    return Like(Keep, holds, f"keep({kept_class})")


def kept_end(outcome: str, code: str = "", kept_class: str = "standard") -> Like:
    """The outcome entry of a call whose answer is to be kept, or is not."""
    like = ended(outcome, code)
    return Like(like.kind, lambda command: like.holds(command) and command.entry.kept_class == kept_class, f"kept {like}")


def obliging(name: str, value: str, *, kind: str = "organization_policy") -> str:
    rule = f'id = "all"\neffect = "oblige"\nmodels = ["{FABLE.id}", "{KEPT.id}"]\ncohort = \'true\'\nsay = "{name} says so."\n'
    return instrument(name, rule + duty("retain", value), kind=kind)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_kept_call_goes_to_the_vault_then_to_the_log_then_to_the_provider(dialect: Dialect) -> None:
    at, stream = scene(), STREAMS[dialect]
    conversation = asked(at, dialect, stream=True, store=False) >> Kept() << decided("permit", "permitted") >> Recorded()
    conversation << Forward >> UpstreamHead(200, EVENTS, True) << SendHead
    conversation >> UpstreamChunk(stream) << SendData(stream) >> ClientGone() << CancelUpstream()
    assert (conversation << kept_end("disconnected", "client_gone")).done


def test_a_json_answer_is_kept_too_and_whatever_it_says() -> None:
    conversation = asked(scene()) >> Kept() << decided("permit") >> Recorded() << forward("anthropic", b"/v1/messages")
    conversation >> UpstreamHead(529, JSON, False) >> UpstreamBody(b'{"type":"error"}') << answered(529, b'{"type":"error"}')
    assert (conversation << kept_end("served")).done


def test_what_the_vault_gets_is_what_the_log_commits_to() -> None:
    at = scene()
    body = BODY.replace(b"{", b"{ ", 1)
    conversation = play(at) >> head(at.ann) >> BodyArrived(body)
    (command,) = conversation.waiting
    assert isinstance(command, Keep)
    assert (command.data, command.entry.body_length) == (body, len(body))
    assert (command.entry.kept_sha256, command.entry.kept_place) == ("", ""), "these are the vault's to say"


def test_p12_what_the_vault_cannot_take_is_refused_and_the_log_says_why() -> None:
    conversation = asked(scene()) >> KeepFailed() << decided("deny", "not_kept", "permitted") >> Recorded()
    conversation << refused(529, "not_kept") << ended("refused", "not_kept", forwarded=False)
    assert conversation.done


def test_p2_kept_and_not_recorded_is_not_forwarded() -> None:
    conversation = asked(scene()) >> Kept() << decided("permit") >> RecordFailed() << refused(529, "log_unavailable")
    assert (conversation << ended("refused", "log_unavailable", forwarded=False)).done


@pytest.mark.parametrize(
    ("event", "told", "outcome", "code"),
    [
        (ClientGone(), None, "disconnected", "client_gone"),
        (Draining(), refused(529, "gateway_draining"), "refused", "gateway_draining"),
        (ViewChanged(), refused(403, "person_suspended"), "refused", "person_suspended"),
        (Recorded(), refused(500, "out_of_turn"), "refused", "out_of_turn"),
    ],
)
def test_a_call_that_ends_while_the_vault_is_at_work_is_recorded_all_the_same(
    event: Event, told: Like | None, outcome: str, code: str
) -> None:
    conversation = asked(scene())
    if isinstance(event, ViewChanged):
        conversation >> suspend()
    conversation >> event << decided("permit")
    if told is not None:
        conversation << told
    conversation << ended(outcome, code, forwarded=False)
    assert (conversation >> Kept() >> KeepFailed()).done, "what the vault reports late leads nowhere"


def test_other_news_leave_it_waiting() -> None:
    conversation = asked(scene()) >> ViewChanged()
    assert conversation >> Kept() << RecordDecision


def test_a_ban_that_comes_while_a_kept_call_is_recorded_refuses_it() -> None:
    at = scene()
    conversation = asked(at) >> Kept() << decided("permit")
    at.enter("acme-private", obliging("acme-private", "none"))
    assert (
        conversation
        >> Recorded()
        << refused(403, "retention_conflict")
        << ended("refused", "retention_conflict", forwarded=False)
    )


@pytest.mark.parametrize("make", [admitted, asked])
def test_an_order_that_comes_before_the_call_leaves_holds_for_it(make: Callable[[Scene], Play]) -> None:
    at = scene()
    conversation = make(at)
    if make is asked:
        conversation >> Kept() << decided("permit")
    at.enter("order", obliging("order", "export", kind="requirement"))
    conversation >> Recorded() << refused(529, "keeping_changed") << ended("refused", "keeping_changed", forwarded=False)
    assert conversation.done


def test_p5_an_order_cuts_nobody_whose_call_is_on_its_way() -> None:
    at = scene()
    conversation = admitted(at, stream=True) >> Recorded() << Forward >> UpstreamHead(200, EVENTS, True) << SendHead
    at.enter("order", obliging("order", "export", kind="requirement"))
    conversation >> ViewChanged() >> UpstreamChunk(STREAMS[MESSAGES]) << SendData >> ClientGone() << CancelUpstream()
    assert (conversation << kept_end("disconnected", "client_gone", "")).done


def test_p5_a_ban_cuts_whoever_is_being_kept_under_an_order() -> None:
    at = scene()
    conversation = asked(at, stream=True) >> Kept() << decided("permit") >> Recorded() << Forward
    conversation >> UpstreamHead(200, EVENTS, True) << SendHead
    at.enter("acme-private", obliging("acme-private", "none"))
    conversation >> ViewChanged() << CancelUpstream() << terminal(*LAST_WORDS[MESSAGES], b"acme-private") << SendEnd(close=True)
    assert (conversation << kept_end("cut", "retention_conflict")).done


def test_a_ban_alone_keeps_nothing_and_costs_nothing() -> None:
    at = scene()
    at.enter("acme-private", obliging("acme-private", "none"))
    conversation = admitted(at) >> Recorded() << Forward >> UpstreamHead(200, JSON, False) >> UpstreamBody(b"{}") << SendAnswer
    assert (conversation << kept_end("served", "", "")).done
