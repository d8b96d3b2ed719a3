"""What the events of a stream were heard to say, for tests of every dialect."""

from __future__ import annotations

from safeconduct.terms.blocks import ToolCall
from safeconduct.terms.call import Dialect
from safeconduct.terms.streams import Heard
from safeconduct.wire.dialect import of
from safeconduct.wire.sse import events_of


def listen(dialect: Dialect, stream: bytes) -> list[Heard]:
    hearing = of(dialect).hearing()
    return [hearing.hear(event) for event in events_of(stream)]


def channels(heard: list[Heard]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for one in heard:
        for said in one.said:
            texts[said.channel] = texts.get(said.channel, "") + said.text
    return texts


def calls(heard: list[Heard]) -> list[ToolCall]:
    return [call for one in heard for call in one.calls]
