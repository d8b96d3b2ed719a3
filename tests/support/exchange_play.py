"""A playbook: what happens to a call and what the machine asks for, written down as a conversation.

``play(scene) >> event`` lets something happen; ``<< command`` is what the machine asks for next, as a value, a type or one of
the matchers below. Nothing may be left unsaid: the next event, and the end, come only when every command has been matched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from safeconduct.exchange import commands
from safeconduct.exchange.commands import Forward, SendHead
from safeconduct.exchange.events import (
    BodyArrived,
    Event,
    HeadArrived,
    Recorded,
    UpstreamHead,
)
from safeconduct.exchange.machine import Exchange, State
from safeconduct.office import acts
from safeconduct.terms.call import Dialect, Operation
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.signals import CallSignal
from support.exchange_world import Scene, request
from support.wire_streams import CHAT_TEXT, MESSAGES_TEXT, RESPONSES_TEXT

PATHS = {
    Dialect.MESSAGES: b"/v1/messages",
    Dialect.CHAT: b"/v1/chat/completions",
    Dialect.RESPONSES: b"/v1/responses",
}


@dataclass(frozen=True)
class Later:
    """The clock moves on by so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Officer:
    """An officer acts, and the worker's view hears of it. The call hears by ``ViewChanged``."""

    act: acts.Act


@dataclass(frozen=True)
class Like:
    """Any command of ``kind`` for which ``holds``."""

    kind: type
    holds: Callable[[Any], object]
    says: str

    def matches(self, command: object) -> bool:
        return type(command) is self.kind and bool(self.holds(command))

    def __repr__(self) -> str:
        return self.says


def decided(effect: str, *codes: str) -> Like:
    """The decision entry, with these reason codes first."""

    def holds(command: commands.RecordDecision) -> bool:
        return command.entry.effect == effect and command.entry.reasons[: len(codes)] == codes

    return Like(commands.RecordDecision, holds, f"decided({effect}, {codes})")


def ended(outcome: str, code: str = "", *, opened: bool = True, forwarded: bool = True) -> Like:
    """The outcome entry."""

    def holds(command: commands.RecordOutcome) -> bool:
        entry = command.entry
        return (entry.outcome.value, entry.code, entry.forwarded, command.opened) == (outcome, code, forwarded, opened)

    return Like(commands.RecordOutcome, holds, f"ended({outcome}, {code!r}, opened={opened}, forwarded={forwarded})")


def refused(status: int, code: str, *, close: bool = False) -> Like:
    """A complete no of ours."""

    def holds(command: commands.SendAnswer) -> bool:
        reason = (b"x-safeconduct-reason", code.encode())
        return command.answer.status == status and reason in command.answer.headers and command.close is close

    return Like(commands.SendAnswer, holds, f"refused({status}, {code}, close={close})")


def forward(upstream: str, path: bytes, *fragments: bytes) -> Like:
    """The call goes to ``upstream``; its body holds every fragment."""

    def holds(command: commands.Forward) -> bool:
        return (command.upstream, command.path) == (upstream, path) and all(part in command.body for part in fragments)

    return Like(commands.Forward, holds, f"forward({upstream}, {path!r}, {fragments})")


def answered(status: int, body: bytes) -> Like:
    """The provider's answer, passed on."""
    return Like(commands.SendAnswer, lambda command: (command.answer.status, command.answer.body) == (status, body), "answered")


def terminal(*fragments: bytes) -> Like:
    """Last words of a stream, holding every fragment."""
    return Like(commands.SendData, lambda command: all(part in command.data for part in fragments), f"terminal{fragments}")


class Play:
    """The conversation with one machine."""

    def __init__(self, scene: Scene, dialect: Dialect, operation: Operation) -> None:
        path = b"/v1/messages/count_tokens" if operation is Operation.COUNT_TOKENS else PATHS[dialect]
        self.scene = scene
        self.exchange = Exchange(scene.view, dialect, operation, path, "call_1", scene.now)
        self.waiting: list[commands.Command] = []
        self.announced: list[CallSignal] = []  # what the watch heard; no playbook need say it

    @property
    def now(self) -> Moment:
        return self.scene.now

    def __rshift__(self, event: Event | Later | Officer) -> Play:
        assert not self.waiting, f"{event} came while the machine still asks for {self.waiting}"
        if isinstance(event, Later):
            self.scene.at(self.now + int(event.seconds * SECOND))
        elif isinstance(event, Officer):
            self.scene.act(event.act)
        else:
            asked = self.exchange.step(event, self.now)
            self.announced += [each.signal for each in asked if isinstance(each, commands.Announce)]
            self.waiting = [each for each in asked if not isinstance(each, commands.Announce)]
        return self

    def __lshift__(self, expected: Like | type | commands.Command) -> Play:
        assert self.waiting, f"the machine asks for nothing more, not for {expected}"
        found = self.waiting.pop(0)
        if isinstance(expected, Like):
            assert expected.matches(found), f"{expected} expected, {found} asked for"
        elif isinstance(expected, type):
            assert type(found) is expected, f"{expected.__name__} expected, {found} asked for"
        else:
            assert found == expected, f"{expected} expected, {found} asked for"
        return self

    def __bool__(self) -> bool:
        assert not self.waiting, f"the machine also asks for {self.waiting}"
        return True

    @property
    def done(self) -> bool:
        return bool(self) and self.exchange.state is State.DONE


def play(scene: Scene, dialect: Dialect = Dialect.MESSAGES, operation: Operation = Operation.GENERATE) -> Play:
    """A call of ``dialect`` has just begun to arrive."""
    return Play(scene, dialect, operation)


def head(digest: bytes | None, *headers: tuple[bytes, bytes], query: bytes = b"") -> HeadArrived:
    """The head of a request."""
    return HeadArrived(digest, -1, headers, "", query)


MESSAGES, CHAT, RESPONSES = Dialect.MESSAGES, Dialect.CHAT, Dialect.RESPONSES
EVENTS = ((b"content-type", b"text/event-stream"),)
JSON = ((b"content-type", b"application/json"),)
STREAMS = {MESSAGES: MESSAGES_TEXT, CHAT: CHAT_TEXT, RESPONSES: RESPONSES_TEXT}
LAST_WORDS = {
    MESSAGES: (b"event: error\n", b'"type":"error"', b'"request_id":"call_1"'),
    CHAT: (b'data: {"error":{',),
    RESPONSES: (b"event: response.failed\n", b'"status":"failed"', b'"id":"resp_1"'),
}


def suspend() -> Officer:
    return Officer(acts.Suspend("person", "ann", "theft"))


def admitted(at: Scene, dialect: Dialect = MESSAGES, **fields: object) -> Play:
    """A permit that waits to be durable."""
    return play(at, dialect) >> head(at.ann) >> BodyArrived(request(dialect, **fields)) << decided("permit", "permitted")


def forwarded(at: Scene, dialect: Dialect = MESSAGES, **fields: object) -> Play:
    return admitted(at, dialect, **fields) >> Recorded() << Forward


def streaming(at: Scene, dialect: Dialect = MESSAGES) -> Play:
    return forwarded(at, dialect, stream=True) >> UpstreamHead(200, EVENTS, True) << SendHead


def answering(at: Scene) -> Play:
    return forwarded(at) >> UpstreamHead(200, JSON, False)
