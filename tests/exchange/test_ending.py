"""What ends of a call have in common; the conversations are in test_machine, the laws in test_walk."""

from __future__ import annotations

import pytest

from safeconduct.exchange.ending import LIVE, Ending, State
from safeconduct.exchange.events import Draining
from safeconduct.exchange.machine import Exchange
from support.exchange_play import MESSAGES, admitted, answering, ended, forwarded, refused, streaming
from support.exchange_world import scene


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
