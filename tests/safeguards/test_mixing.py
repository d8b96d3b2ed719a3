"""A token that is split between what a dialect knows and what it does not is found, whichever way it is split."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from safeconduct.safeguards.holdback import HoldBack, Stopped
from safeconduct.terms.call import Dialect
from safeconduct.wire.dialect import of
from safeconduct.wire.sse import events_of, rewritten
from support.fake_detectors import TOKEN, FakeDetectors, saying
from support.guards import plan
from support.telling_streams import strings
from support.wire_streams import chat_chunk, messages_event, responses_event

every_dialect = pytest.mark.parametrize("dialect", list(Dialect))


def unknown(dialect: Dialect, text: str) -> bytes:
    """An event of a kind that nobody knows."""
    if dialect is Dialect.MESSAGES:
        return messages_event("mystery", words=text)
    if dialect is Dialect.CHAT:
        return chat_chunk({}, choices=[], mystery={"words": [text]})
    return responses_event("response.mystery", 9, mystery={"words": text})


def field(dialect: Dialect, text: str) -> bytes:
    """A known event with a member that nobody knows."""
    return saying(dialect, "").replace(b'{"', b'{"mystery":"' + text.encode() + b'","', 1)


def other(dialect: Dialect, text: str) -> bytes:
    return unknown(dialect, text).replace(b"mystery", b"riddle")


Say = Callable[[Dialect, str], bytes]
TURNS: dict[str, tuple[Say, ...]] = {
    "text, event": (saying, unknown),
    "event, text": (unknown, saying),
    "event, event": (unknown, unknown),
    "event, other event": (unknown, other),
    "text, field": (saying, field),
    "field, text": (field, saying),
    "text, event, text": (saying, unknown, saying),
    "event, text, other event": (unknown, saying, other),
}


def through(dialect: Dialect, action: str, stream: bytes) -> bytes:
    """What leaves of a stream, event by event."""
    guard, hearing, seen = HoldBack(FakeDetectors(), plan(f"canaries answer {action}"), rewritten), of(dialect).hearing(), b""
    for event in events_of(stream):
        seen += guard.take([(event, hearing.hear(event))], 0)
    return seen + guard.finish(0)


def told(dialect: Dialect, turns: tuple[Say, ...], cuts: tuple[int, ...]) -> bytes:
    places = [0, *cuts[: len(turns) - 1], len(TOKEN)]
    said = b"".join(say(dialect, TOKEN[start:end]) for say, (start, end) in zip(turns, pairwise(places), strict=True))
    return saying(dialect, "so ") + said + saying(dialect, " and on")


@pytest.mark.parametrize("cuts", [(2, 9), (5, 6), (11, 14)])
@pytest.mark.parametrize("name", TURNS)
@every_dialect
def test_p4_a_token_between_known_and_unknown_texts_never_leaves(dialect: Dialect, name: str, cuts: tuple[int, ...]) -> None:
    stream = told(dialect, TURNS[name], cuts)
    with pytest.raises(Stopped):
        through(dialect, "cut", stream)
    left = "".join(each for each in strings(through(dialect, "redact", stream)))
    assert "tok_" not in left
    assert not any(TOKEN[at : at + 4] in left for at in range(3, len(TOKEN) - 3))
    assert left.count("[redacted:canaries:") == 1


@every_dialect
def test_what_providers_say_again_and_again_beside_the_text_holds_nothing_up(dialect: Dialect) -> None:
    def event(number: int) -> bytes:
        return field(dialect, "azure").replace(b'""', b'"word %d "' % number, 1)

    stream = b"".join(map(event, range(50)))
    assert through(dialect, "cut", stream) == stream
