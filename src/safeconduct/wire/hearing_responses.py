"""What does each event of a Responses stream say? The events of that dialect; the rest is in ``hearing``."""

from __future__ import annotations

from typing import Any

import msgspec

from safeconduct.terms.blocks import Origin, ToolCall
from safeconduct.terms.streams import Said
from safeconduct.wire import calls, origins
from safeconduct.wire.blocks import Reading, below
from safeconduct.wire.hearing import EVERYTHING, Hearing
from safeconduct.wire.hearing_shapes import ResponsesDelta
from safeconduct.wire.patterns import MAX_PADDING, learned
from safeconduct.wire.sse import word

_RESPONSES_TYPES = frozenset(
    f"response.{name}.delta"
    for name in ("output_text", "function_call_arguments", "custom_tool_call_input", "reasoning_summary_text", "reasoning_text")
)
_RESPONSES_TEXT = tuple(f"event: {name}\ndata: {{".encode() for name in _RESPONSES_TYPES)
_responses_delta = msgspec.json.Decoder(ResponsesDelta).decode
_ENDS = frozenset(["response.completed", "response.failed", "response.incomplete", "response.output_item.done", "error"])


class ResponsesHearing(Hearing):
    """Streams of Responses. They say everything twice and more: as deltas, when a part is done, and when the whole is."""

    __slots__ = ("_items", "_told")

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[int, dict[str, Any]] = {}
        self._told: set[ToolCall] = set()

    def _learn(self, event: bytes) -> None:
        if not event.startswith(_RESPONSES_TEXT):
            return
        try:
            said = _responses_delta(event[event.index(b"{") :])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return
        if said.logprobs or len(said.obfuscation) > MAX_PADDING or said.type not in _RESPONSES_TYPES:
            return
        stem = said.type[: -len(".delta")]
        place = said.content_index if said.summary_index is None else said.summary_index
        channel = f"{stem}:{said.output_index}:{'' if place is None else place}:"
        self._like = Said(channel, "", "$.delta", _origin(stem), json=stem.endswith("arguments"))
        self._pattern = learned(event, b'"delta":"', said.delta, said.obfuscation)

    def _event(self, tree: dict[str, Any], reading: Reading, found: list[ToolCall]) -> tuple[str, ...]:
        kind = word(tree, "type")
        index = tree.get("output_index")
        at = index if type(index) is int else -1
        stem, _, step = kind.rpartition(".")
        channel = f"{stem}:{at}:{tree.get('content_index', tree.get('summary_index', tree.get('command_index', '')))}:"
        taken = ["type", "sequence_number", "output_index", "content_index", "summary_index", "command_index"]
        origin = _origin(stem)
        for name, value in tree.items():
            if name == "delta" and step == "delta":
                if type(value) is str:
                    self._more(channel, value, "$.delta", origin, json=stem.endswith("arguments"))
                elif type(value) is dict:
                    self._loose(reading, channel, "$.delta", value, origin)
            elif name == "logprobs":
                self._chances(reading, f"{channel}logprobs", "$.logprobs", value)
            elif name == "item" and type(value) is dict:
                origins.said(reading, "$.item", value, at)
                self._item(value, at, step, found)
            elif name == "part" and type(value) is dict:
                origins.part(reading, "$.part", value, Origin.ASSISTANT, at)
            elif name == "response" and type(value) is dict:
                origins.response(reading, "$.response", value)
                self._calls(calls.responses(value), found)
            elif name == "arguments" and type(value) is str:
                reading.json("$.arguments", value, at, self._name(at))
                self._call(at, {"arguments": value}, found)
            elif name in ("text", "refusal", "input", "code", "command", "transcript") and type(value) is str:
                reading.text(below("$", name), value, origin, at)
                if name == "input":
                    self._call(at, {"input": value}, found)
            else:
                continue
            taken.append(name)
        self._beside(reading, tree, tuple(taken))
        if (
            kind in ("response.completed", "response.failed", "response.incomplete", "error")
            or kind == "response.output_item.done"
        ):
            return EVERYTHING
        return (channel,) if step == "done" else ()

    def _item(self, item: dict[str, Any], at: int, step: str, found: list[ToolCall]) -> None:
        if step == "added":
            self._items[at] = item
        elif step == "done":
            self._items.pop(at, None)
            call = calls.of_item(item)
            self._calls([call] if call is not None else [], found)

    def _call(self, at: int, given: dict[str, Any], found: list[ToolCall]) -> None:
        """The arguments are whole: some clients act on this event already."""
        call = calls.of_item({**self._items.get(at, {"type": "function_call"}), **given})
        self._calls([call] if call is not None else [], found)

    def _calls(self, complete: list[ToolCall], found: list[ToolCall]) -> None:
        for call in complete:
            if call not in self._told:
                self._told.add(call)
                found.append(call)

    def _name(self, at: int) -> str:
        return word(self._items.get(at, {}), "name")


def _origin(stem: str) -> Origin:
    if "output_content" in stem:
        return Origin.TOOL_RESULT
    return Origin.TOOL_CALL if "call" in stem else Origin.ASSISTANT
