"""The walk: every reachable state of a call, with every kind of event tried in it.

A machine cannot be copied, so a state is reached again by playing its events anew. What was played is told by a ``Trail``; its
``spot`` is the abstract state: everything about the past that may lead to a different future. The walk is breadth-first, so the
first trail to a spot is a shortest one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

import msgspec

from safeconduct.exchange import commands, events
from safeconduct.exchange.machine import Exchange, State
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.office import acts
from safeconduct.policy.decide import Policy
from safeconduct.registry.changes import Change
from safeconduct.registry.state import Registry
from safeconduct.safeguards.seen import CLEAN, Heard
from safeconduct.terms.call import Dialect, Operation
from safeconduct.terms.findings import Finding
from support.exchange_play import EVENTS, JSON, PATHS, STREAMS
from support.exchange_world import COMMITMENT_KEY, FAR, GUARDED_IN, HELD, KEPT_IN, NOON, SCANNED_IN, STRANGER, peopled, request
from support.fake_detectors import TOKEN, saying

REVOKE, TOUCH = "revoke", "touch"  # the registry moves: ann's right ends; something else changes
OPEN, SPACE = "event with a token, which may go on", "event that ends it"
FIRST = {dialect: stream.index(b"\n\n") + 2 for dialect, stream in STREAMS.items()}


_MESSAGE = {"role": "assistant", "content": [{"type": "text", "text": TOKEN}]}
_SAID = {"choices": [{"message": {"role": "assistant", "content": TOKEN}}]}
_OUTPUT = {"object": "response", "output": [{"type": "message", **_MESSAGE}]}
ANSWERS = {
    Dialect.MESSAGES: msgspec.json.encode(_MESSAGE),
    Dialect.CHAT: msgspec.json.encode(_SAID),
    Dialect.RESPONSES: msgspec.json.encode(_OUTPUT),
}


@dataclass(frozen=True)
class Move:
    """Something that happens: an event, or the registry moving without the call being told yet."""

    name: str
    event: events.Event | None


@dataclass
class Trail:
    """What was played and what the machine asked for, move by move."""

    dialect: Dialect
    moves: tuple[Move, ...]
    answers: list[list[commands.Command]] = field(default_factory=list)
    states: list[State] = field(default_factory=list)  # after each move

    @property
    def state(self) -> State:
        return self.states[-1] if self.states else State.WAITING

    @property
    def commands(self) -> list[commands.Command]:
        return [command for answer in self.answers for command in answer]

    def played(self, *names: str) -> list[Move]:
        return [move for move in self.moves if move.name in names]

    @property
    def spot(self) -> tuple[object, ...]:
        """The abstract state, from what can be seen from outside."""
        if self.state is State.DONE:
            return (State.DONE, self.moves[-1].name)
        told = (move.name.replace("answer: error", "answer: json") for move in self.moves)  # its status changes nothing
        asked = tuple(dict.fromkeys(name for name in told if name.startswith(("body", "head", "answer"))))
        decided = next((index for index, answer in enumerate(self.answers) if _has(answer, _DECIDED)), None)
        since = {move.name for move in self.moves[decided:]} if decided is not None else set()
        revoked = bool(self.played(REVOKE))
        chunks = [move.name for move in self.played("first event", "half event", "last event", OPEN, SPACE)][-1:]
        return (self.state, asked, revoked, TOUCH in since, bool(self.played(OPEN)), *chunks)


_DECIDED = (commands.Keep, commands.RecordDecision)


def _has(answer: Iterable[commands.Command], kinds: tuple[type, ...]) -> bool:
    return any(isinstance(command, kinds) for command in answer)


def moves(dialect: Dialect) -> tuple[Move, ...]:
    """Every kind of event, in every variant that leads somewhere else."""
    stream, first = STREAMS[dialect], FIRST[dialect]
    ann = _base()[2]
    accept = ((b"accept", b"text/event-stream"),)  # read in one dialect only
    bodies = {
        "body: plain": request(dialect),
        "body: stream": request(dialect, stream=True),
        "body: unknown model": request(dialect, model="nothing-1"),
        "body: unknown model, stream": request(dialect, model="nothing-1", stream=True),
        "body: held": request(dialect, model=HELD.id),
        "body: kept": request(dialect, model=KEPT_IN[dialect]),
        "body: kept, stream": request(dialect, model=KEPT_IN[dialect], stream=True),
        "body: scanned": request(dialect, model=SCANNED_IN[dialect]),
        "body: guarded": request(dialect, model=GUARDED_IN[dialect]),
        "body: guarded, stream": request(dialect, model=GUARDED_IN[dialect], stream=True),
        "body: malformed": b"{",
    }
    return (
        Move("head: good", events.HeadArrived(ann, 10, ())),
        *([Move("head: good, reads events", events.HeadArrived(ann, 10, accept))] if dialect is Dialect.RESPONSES else []),
        Move("head: wrong key", events.HeadArrived(STRANGER, 10, ())),
        Move("head: no key", events.HeadArrived(None, 10, ())),
        *(Move(name, events.BodyArrived(body)) for name, body in bodies.items()),
        Move("edge refused", events.EdgeRefused(413, "too_large", "Too large.", "Send less.")),
        Move("scanned", events.Scanned((CLEAN,))),
        Move("scanned: found", events.Scanned((Heard((Finding("misuse", "encoder", ""),)),))),
        Move("scanned: too little", events.Scanned(())),
        Move("scan failed", events.ScanFailed("sorter", "late")),
        Move("recorded", events.Recorded()),
        Move("record failed", events.RecordFailed()),
        Move("kept", events.Kept()),
        Move("not kept", events.KeepFailed()),
        Move("answer: json", events.UpstreamHead(200, JSON, False)),
        Move("answer: stream", events.UpstreamHead(200, EVENTS, True)),
        Move("answer: error", events.UpstreamHead(500, JSON, False)),
        Move("first event", events.UpstreamChunk(stream[:first])),
        Move("half event", events.UpstreamChunk(stream[first : first + 20])),
        Move("last event", events.UpstreamChunk(stream[first + 20 :])),
        Move(OPEN, events.UpstreamChunk(saying(dialect, TOKEN))),
        Move(SPACE, events.UpstreamChunk(saying(dialect, " and more"))),
        Move("unreadable", events.UpstreamChunk(b"data: {no\n\n")),
        Move("whole answer", events.UpstreamBody(b'{"id":"x"}')),
        Move("token answer", events.UpstreamBody(ANSWERS[dialect])),
        Move("garbage answer", events.UpstreamBody(b"<html>")),
        Move("upstream end", events.UpstreamEnd()),
        Move("upstream failed", events.UpstreamFailed("upstream_unreachable")),
        Move("client gone", events.ClientGone()),
        Move("view changed", events.ViewChanged()),
        Move("tick", events.Tick()),
        Move("draining", events.Draining()),
        Move(REVOKE, None),
        Move(TOUCH, None),
    )


@cache
def _base() -> tuple[Registry, Policy, bytes, dict[str, Change]]:
    """The registry and the rules of every walk, made once, and the two changes that may come."""
    world, ann, _ = peopled()
    changes = {}
    for name, act in ((REVOKE, acts.RevokeKey(_key(world.registry, ann))), (TOUCH, acts.Suspend("person", "ben", "other"))):
        planned = type(world)()
        planned.registry, planned.changes, planned.now = world.registry.copy(), list(world.changes), world.now
        changes[name] = planned.act(act)[0]
    return world.registry, Rules()(world.registry, NOON), ann, changes


def _key(registry: Registry, digest: bytes) -> str:
    return next(key.id for key in registry.keys.values() if key.digest == digest)


def play(dialect: Dialect, played: tuple[Move, ...], make: type[Exchange] = Exchange) -> Trail:
    """Play moves to a fresh machine."""
    registry, policy, _, changes = _base()
    view = View(registry.copy(), lambda *_: policy, COMMITMENT_KEY, lambda _: None, NOON, safeguards=FAR)
    machine = make(view, dialect, Operation.GENERATE, PATHS[dialect], "call_1", NOON)
    trail = Trail(dialect, played)
    for move in played:
        if move.event is None:
            change = changes[move.name]
            view.apply([Change(view.version + 1, change.at, change.actor, change.kind, change.subject, change.body)], NOON)
            trail.answers.append([])
        else:
            trail.answers.append(machine.step(move.event, NOON))
        trail.states.append(machine.state)
    return trail


def walk(dialect: Dialect, make: type[Exchange] = Exchange, *, depth: int = 14) -> Iterator[Trail]:
    """Every move tried once from every spot. Moves of the registry are tried at most once each."""
    everything = moves(dialect)
    seen: set[tuple[object, ...]] = set()
    waiting: deque[tuple[Move, ...]] = deque([()])
    while waiting:
        so_far = waiting.popleft()
        for move in everything:
            if move.event is None and move in so_far:
                continue
            trail = play(dialect, (*so_far, move), make)
            yield trail
            if trail.spot not in seen and len(trail.moves) < depth:
                seen.add(trail.spot)
                waiting.append(trail.moves)
