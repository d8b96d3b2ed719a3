"""What is learned about a call for the watch: bounded, and no word of anybody."""

from __future__ import annotations

import msgspec

from safeconduct.exchange.trace import MOST_TOOLS, Trace
from support.exchange_play import MESSAGES
from support.exchange_world import read

MARKS = ("c" * 16, "n" * 16, "s" * 16)


def test_tools_are_bounded() -> None:
    tools = [{"name": f"tool_{number}_" + "x" * 80, "input_schema": {"type": "object"}} for number in range(100)]
    trace = Trace(MARKS).body(read(MESSAGES, tools=tools))
    assert len(trace.tools) == MOST_TOOLS
    assert {len(name) for name in trace.tools} == {64}
    assert trace.marks == MARKS


def test_a_body_adds_its_size_and_none_of_its_words() -> None:
    call = read(MESSAGES, messages=[{"role": "user", "content": "canary-content"}])
    trace = Trace(MARKS).body(call)
    assert trace.text_bytes == len(call.body)
    assert b"canary" not in msgspec.msgpack.encode(trace)
