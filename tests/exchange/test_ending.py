"""What ends of a call have in common; the conversations are in test_machine, the laws in test_walk."""

from __future__ import annotations

import gc

import pytest

from safeconduct.exchange.ending import LIVE, Ending, State
from safeconduct.exchange.events import BodyArrived, Draining, HeadArrived, Recorded, UpstreamBody, UpstreamHead
from safeconduct.exchange.machine import Exchange
from safeconduct.terms.call import Dialect, Operation
from support.exchange_play import MESSAGES, admitted, answering, ended, forwarded, refused, streaming
from support.exchange_world import FAR, GUARDED, request, scene


def test_the_machine_ends_by_these_rules_and_adds_none_of_its_own() -> None:
    assert issubclass(Exchange, Ending)
    assert not {"_stop", "_end", "_end_refused"} & vars(Exchange).keys()


def test_a_call_is_live_while_it_is_at_the_provider() -> None:
    for make, live in ((admitted, False), (forwarded, True), (answering, True), (streaming, True)):
        assert (make(scene()).exchange.state in LIVE) is live


@pytest.mark.parametrize("stream", [False, True])
def test_a_no_before_anything_left_takes_the_form_that_the_dialect_shows(stream: bool) -> None:
    conversation = admitted(scene(), MESSAGES, stream=stream) >> Draining()
    assert (conversation << refused(529, "gateway_draining") << ended("refused", "gateway_draining", forwarded=False)).done
    assert conversation.exchange.state is State.DONE


def test_a_call_that_was_guarded_is_gone_when_it_ends_and_waits_for_no_collector() -> None:
    world = scene(safeguards=FAR)
    body = request(Dialect.MESSAGES, model=GUARDED.id)
    answer = (
        b'{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"Yes."}],"stop_reason":"end_turn"}'
    )
    gc.collect()
    gc.disable()
    try:
        exchange = Exchange(world.view, Dialect.MESSAGES, Operation.GENERATE, b"/v1/messages", "C-1", world.now)
        for event in (
            HeadArrived(world.ann, len(body), ()),
            BodyArrived(body),
            Recorded(),
            UpstreamHead(200, (), streams=False),
            UpstreamBody(answer),
        ):
            exchange.step(event, world.now)
        assert exchange.state is State.DONE
        del exchange
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        assert not [each for each in gc.garbage if isinstance(each, Exchange)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
