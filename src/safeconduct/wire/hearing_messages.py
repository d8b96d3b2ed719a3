"""What does each event of an Anthropic Messages stream say? The events of that dialect; the rest is in ``hearing``."""

from __future__ import annotations

from typing import Any

import msgspec

from safeconduct.terms.blocks import Origin, ToolCall
from safeconduct.terms.streams import Said
from safeconduct.wire import calls, origins
from safeconduct.wire.blocks import Reading, below
from safeconduct.wire.hearing import EVERYTHING, Hearing
from safeconduct.wire.hearing_shapes import MessagesDelta, PartialJson, Text, Thinking
from safeconduct.wire.patterns import learned
from safeconduct.wire.sse import member, word

_MESSAGES_DELTA = b"event: content_block_delta\ndata: "
_messages_delta = msgspec.json.Decoder(MessagesDelta).decode


class MessagesHearing(Hearing):
    """Streams of Anthropic Messages."""

    __slots__ = ("_calls", "_latest", "_pieces")

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[int, tuple[dict[str, Any], list[str]]] = {}
        self._latest = -1  # the block that began last
        self._pieces: list[str] | None = None  # of the call whose arguments the event before brought

    def _again(self, event: bytes) -> Said | None:
        said = super()._again(event)
        if said is not None and self._pieces is not None:
            self._pieces.append(said.text)
        return said

    def _learn(self, event: bytes) -> None:
        if not event.startswith(_MESSAGES_DELTA):
            return
        try:
            said = _messages_delta(event[len(_MESSAGES_DELTA) :])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return
        delta, self._pieces = said.delta, None
        if type(delta) is Text:
            self._like = Said("text", "", "$.delta.text", Origin.ASSISTANT)
            self._pattern = learned(event, b'"text":"', delta.text, "")
        elif type(delta) is Thinking:
            self._like = Said("thinking", "", "$.delta.thinking", Origin.ASSISTANT, sealed=True)
            self._pattern = learned(event, b'"thinking":"', delta.thinking, "")
        elif type(delta) is PartialJson:
            begun = self._calls.get(said.index)
            self._pieces = None if begun is None else begun[1]
            self._like = Said(f"tool.{said.index}", "", "$.delta.partial_json", Origin.TOOL_CALL, json=True)
            self._pattern = learned(event, b'"partial_json":"', delta.partial_json, "")

    def _event(self, tree: dict[str, Any], reading: Reading, found: list[ToolCall]) -> tuple[str, ...]:
        index = tree.get("index")
        at = index if type(index) is int else 0
        match tree.get("type"):
            case "content_block_delta":
                self._delta(reading, member(tree, "delta"), at)
                self._beside(reading, tree, ("type", "index", "delta"))
                return ()
            case "content_block_start":
                # INVARIANT (P1): a call is not forgotten because another one takes its number; numbers only rise.
                self._twice = at <= self._latest
                self._latest = max(at, self._latest)
                self._finished(at, found)
                block = member(tree, "content_block")
                if calls.of_block(block) is not None:
                    self._calls[at] = (block, [])
                origins.said(reading, "$.content_block", block, at)
                self._beside(reading, tree, ("type", "index", "content_block"))
                return ()
            case "content_block_stop":
                self._beside(reading, tree, ("type", "index"))
                self._finished(at, found)
                return EVERYTHING
            case "message_start":
                message = member(tree, "message")
                origins.said(reading, "$.message", {"type": "message", **message}, 0)
                self._beside(reading, tree, ("type", "message"))
                return ()
            case "message_stop" | "error":
                self._beside(reading, tree, ("type",))
                self._ended(found)
                return EVERYTHING
        self._beside(reading, tree, ("type",))
        return ()

    def _delta(self, reading: Reading, delta: dict[str, Any], at: int) -> None:
        for name, value in delta.items():
            path = below("$.delta", name)
            if name == "type":
                self._label(reading, path, word(delta, name))
            elif name == "text" and type(value) is str:
                self._more("text", value, path, Origin.ASSISTANT)
            elif name == "thinking" and type(value) is str:
                self._more("thinking", value, path, Origin.ASSISTANT, sealed=True)
            elif name == "partial_json" and type(value) is str:
                self._more(f"tool.{at}", value, path, Origin.TOOL_CALL, json=True)
                if at in self._calls:
                    self._calls[at][1].append(value)
            elif name == "citation" and type(value) is dict:
                reading.under(path, value, Origin.DOCUMENT, at)
            elif name == "signature" and type(value) is str:
                reading.label(path, value)
            else:
                self._loose(reading, f"{at}", "$.delta", {name: value}, Origin.ASSISTANT)

    def _finished(self, at: int, found: list[ToolCall]) -> None:
        begun = self._calls.pop(at, None)
        if begun is not None:
            block, pieces = begun
            given = "".join(pieces) or calls.spelled(block.get("input"))
            call = calls.of_block({**block, "input": given})
            if call is not None:
                found.append(call)

    def _ended(self, found: list[ToolCall]) -> None:
        for at in list(self._calls):
            self._finished(at, found)
