"""A rule may offer another model to those whom it holds: served by it, said so, never more than it permits by itself (K7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.exchange.commands import CancelUpstream, RecordDecision, SendEnd, SendHead
from safeconduct.exchange.events import BodyArrived, Recorded, UpstreamBody, UpstreamHead, ViewChanged
from safeconduct.office import acts
from safeconduct.terms.call import Dialect, Operation
from support.exchange_play import (
    CHAT,
    EVENTS,
    JSON,
    MESSAGES,
    Like,
    Officer,
    Play,
    decided,
    ended,
    forward,
    head,
    play,
    refused,
    terminal,
)
from support.exchange_world import CAPPED, FABLE, GPT, HELD, MYTHOS, Scene, forbid, instrument, permit, read, request, scene

PLAIN = replace(FABLE, id="claude-plain-1", served_as="plain-served", aliases=(), tier="standard")
FURTHER = replace(FABLE, id="claude-further-1", served_as="further-served", aliases=(), tier="standard")
SAID = (b"x-safeconduct-fallback", b"claude-fable-5; served=claude-plain-1")


def offering(model: str, cohort: str = "true") -> Scene:
    """A scene in which a letter holds everyone from Fable and offers ``model``."""
    at = scene()
    at.act(acts.CatalogModel(PLAIN))
    at.act(acts.CatalogModel(FURTHER))
    at.enter("more", instrument("more", permit("plain", PLAIN), permit("further", FURTHER)))
    at.enter("stop", instrument("stop", forbid("all", FABLE, cohort=cohort) + f'fallback = "{model}"\n', kind="requirement"))
    return at


def fallen(requested: str = "claude-fable-5") -> Like:
    """The entry of a call that is served by what was offered."""

    def holds(command: RecordDecision) -> bool:
        entry = command.entry
        told = (entry.effect, entry.requested, entry.resolved, entry.fallback_from)
        return told == ("permit", requested, PLAIN.id, FABLE.id)

    return Like(RecordDecision, holds, "fallen")


def with_header(kind: type) -> Like:
    return Like(kind, lambda command: SAID in (command.headers if kind is SendHead else command.answer.headers), "with header")


def asking(at: Scene, dialect: Dialect = MESSAGES, operation: Operation = Operation.GENERATE, **fields: object) -> Play:
    return play(at, dialect, operation) >> head(at.ann) >> BodyArrived(request(dialect, **fields))


def test_a_held_call_is_served_by_what_the_rule_offers_and_says_so() -> None:
    at = offering(PLAIN.id)
    conversation = asking(at, stream=True) << fallen() >> Recorded() << forward("anthropic", b"/v1/messages", b"plain-served")
    assert conversation >> UpstreamHead(200, EVENTS, True) << with_header(SendHead)


def test_a_json_answer_says_so_too_and_an_alias_is_recorded_as_asked() -> None:
    at = offering(PLAIN.id)
    conversation = asking(at, model="fable") << fallen("fable") >> Recorded() << forward("anthropic", b"/v1/messages")
    conversation >> UpstreamHead(200, JSON, False) >> UpstreamBody(b'{"id":"msg_1"}')
    sent = conversation.waiting[0]
    assert SAID in sent.answer.headers  # type: ignore[union-attr]


def test_tokens_are_counted_for_what_will_be_served() -> None:
    at = offering(PLAIN.id)
    conversation = asking(at, operation=Operation.COUNT_TOKENS, max_tokens=None) << fallen() >> Recorded()
    assert conversation << forward("anthropic", b"/v1/messages/count_tokens", b"plain-served")


def test_nobody_else_notices() -> None:
    at = offering(PLAIN.id, 'principal.organization == Organization::"sub"')
    conversation = (
        asking(at) << decided("permit", "permitted") >> Recorded() << forward("anthropic", b"/v1/messages", b"fable-served")
    )
    conversation >> UpstreamHead(200, JSON, False) >> UpstreamBody(b'{"id":"msg_1"}')
    assert not any(name == b"x-safeconduct-fallback" for name, _ in conversation.waiting[0].answer.headers)  # type: ignore[union-attr]


@pytest.mark.parametrize("model", [MYTHOS.id, HELD.id, CAPPED.id])
def test_what_is_not_permitted_by_itself_is_no_way_around(model: str) -> None:
    """Hidden, held for a human, or capped below what the call asks for."""
    at = offering(model)
    conversation = asking(at, max_tokens=5_000) << decided("deny", "forbidden") >> Recorded() << refused(403, "forbidden")
    assert conversation << ended("refused", "forbidden", forwarded=False)


def test_a_model_of_another_dialect_is_no_way_around() -> None:
    """No letter that offers one passes the check; should one ever, nothing comes of it."""
    at = offering(PLAIN.id)
    held = at.view.decide(at.session(), read(MESSAGES), at.now)
    assert at.view.instead(at.session(), held, at.now).instead_of == FABLE.id
    at = offering(PLAIN.id)
    other = replace(held, decision=replace(held.decision, fallback=GPT.id))
    assert at.view.instead(at.session(), other, at.now) is other


def test_an_offer_is_not_followed_twice() -> None:
    at = offering(PLAIN.id)
    at.enter("also", instrument("also", forbid("all", PLAIN) + f'fallback = "{FURTHER.id}"\n', kind="requirement"))
    assert asking(at) << decided("deny", "forbidden")


def test_fallbacks_that_the_request_names_have_to_be_permitted_all_the_same() -> None:
    at = offering(PLAIN.id)
    assert asking(at, fallbacks=[{"model": MYTHOS.id}]) << decided("deny", "forbidden")


def test_a_request_cannot_do_the_same_by_itself() -> None:
    at = scene()
    at.act(acts.CatalogModel(PLAIN))
    at.enter("more", instrument("more", permit("plain", PLAIN)))
    at.enter("stop", instrument("stop", forbid("all", FABLE), kind="requirement"))
    plain = [{"model": PLAIN.served_as}, {"model": PLAIN.id}]
    for fields in ({}, {"fallbacks": plain}, {"fallbacks": plain[:1]}):
        assert asking(at, **fields) << decided("deny", "forbidden")


def test_a_stream_that_a_letter_cuts_is_cut_and_not_switched() -> None:
    at = scene()
    at.act(acts.CatalogModel(PLAIN))
    at.enter("more", instrument("more", permit("plain", PLAIN)))
    conversation = asking(at, stream=True) << RecordDecision >> Recorded()
    conversation.waiting.clear()
    conversation >> UpstreamHead(200, EVENTS, True) << SendHead
    at.enter("stop", instrument("stop", forbid("all", FABLE) + f'fallback = "{PLAIN.id}"\n', kind="requirement"))
    conversation >> ViewChanged()
    conversation << CancelUpstream << terminal(b"Rule stop/all") << SendEnd(close=True)
    assert conversation << ended("cut", "forbidden")


def test_p5_a_call_that_fell_back_is_cut_when_that_model_is_forbidden_too() -> None:
    at = offering(PLAIN.id)
    conversation = asking(at, stream=True) << fallen() >> Recorded()
    conversation.waiting.clear()
    conversation >> UpstreamHead(200, EVENTS, True) << SendHead
    assert conversation >> Officer(acts.Suspend("person", "ben", "other")) >> ViewChanged()
    at.enter("also", instrument("also", forbid("all", PLAIN), kind="requirement"))
    conversation >> ViewChanged()
    conversation << CancelUpstream << terminal(b"Rule also/all") << SendEnd(close=True)
    assert conversation << ended("cut", "forbidden")


def test_chat_falls_back_within_chat() -> None:
    at = scene()
    small = replace(GPT, id="gpt-small-1", served_as="gpt-small-served", aliases=(), tier="standard")
    at.act(acts.CatalogModel(small))
    at.enter("more", instrument("more", permit("small", small)))
    at.enter("stop", instrument("stop", forbid("all", GPT) + f'fallback = "{small.id}"\n', kind="requirement"))
    assert asking(at, CHAT) << RecordDecision >> Recorded() << forward("openai", b"/v1/chat/completions", b"gpt-small-served")
