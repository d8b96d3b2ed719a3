"""What does each event of a Chat Completions stream say? The events of that dialect; the rest is in ``hearing``."""

from __future__ import annotations

from typing import Any

import msgspec

from safeconduct.terms.blocks import Origin, ToolCall
from safeconduct.terms.streams import Said
from safeconduct.wire.blocks import Reading, below
from safeconduct.wire.hearing import Hearing
from safeconduct.wire.hearing_shapes import ChatDelta
from safeconduct.wire.patterns import MAX_PADDING, learned
from safeconduct.wire.sse import members

_CHAT_DATA = b"data: {"
_chat_delta = msgspec.json.Decoder(ChatDelta).decode


class ChatHearing(Hearing):
    """Streams of Chat Completions. A call is complete when another one of its choice begins, or the choice ends."""

    __slots__ = ("_calls", "_told")

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[str, dict[str, dict[str, str]]] = {}
        self._told: set[tuple[str, str, ToolCall]] = set()

    def _learn(self, event: bytes) -> None:
        if not event.startswith(_CHAT_DATA):
            return
        try:
            said = _chat_delta(event[len(_CHAT_DATA) - 1 :])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return
        if len(said.choices) == 1 and len(said.obfuscation) <= MAX_PADDING:
            choice = said.choices[0]
            self._like = Said(f"{choice.index}.content", "", "$.choices[0].delta.content", Origin.ASSISTANT)
            self._pattern = learned(event, b'"content":"', choice.delta.content, said.obfuscation)

    def _event(self, tree: dict[str, Any], reading: Reading, found: list[ToolCall]) -> tuple[str, ...]:
        ends: list[str] = []
        for place, choice in enumerate(members(tree, "choices")):
            path, at = f"$.choices[{place}]", str(choice.get("index"))
            for name, value in choice.items():
                if name == "delta" and type(value) is dict:
                    self._delta(reading, f"{path}.delta", value, at, found)
                elif name == "logprobs" and type(value) is dict:
                    for kind, listed in value.items():
                        self._chances(reading, f"{at}.logprobs.{kind}", below(f"{path}.logprobs", kind), listed)
                elif name != "index" and value is not None:
                    reading.part(path, {name: value}, Origin.ASSISTANT, -1)
            if choice.get("finish_reason") is not None:
                ends.append(f"{at}.")
                self._finished(at, found)
        self._beside(reading, tree, ("choices",) if type(tree.get("choices")) is list else ())
        return tuple(ends)

    def _delta(self, reading: Reading, path: str, delta: dict[str, Any], at: str, found: list[ToolCall]) -> None:
        for name, value in delta.items():
            if name == "tool_calls":
                for place, call in enumerate(members(delta, name)):
                    self._call(reading, f"{path}.tool_calls[{place}]", call, at, found)
            elif name == "function_call" and type(value) is dict:
                self._call(reading, path, {"index": "function", "function_call": value}, at, found)
            elif name == "audio" and type(value) is dict:
                self._loose(reading, f"{at}.audio", f"{path}.audio", value, Origin.ASSISTANT)
            elif value is not None:
                self._loose(reading, at, path, {name: value}, Origin.ASSISTANT)

    def _call(self, reading: Reading, path: str, call: dict[str, Any], at: str, found: list[ToolCall]) -> None:
        key = str(call.get("index"))
        begun = self._calls.setdefault(at, {})
        if key not in begun:
            self._finished(at, found)
        parts = begun.setdefault(key, {})
        for name, value in call.items():
            if type(value) is dict:  # the function, or the custom tool
                for inner, text in value.items():
                    where = below(below(path, name), inner)
                    reading.name(path, inner)
                    if type(text) is not str:
                        reading.under(where, text, Origin.TOOL_CALL)
                    elif inner == "name":
                        parts["name"] = parts.get("name", "") + text
                        self._label(reading, where, text)
                    else:
                        parts["arguments"] = parts.get("arguments", "") + text
                        self._more(f"{at}.call.{key}.{inner}", text, where, Origin.TOOL_CALL, json=inner == "arguments")
            elif name == "id" and type(value) is str:
                parts["id"] = value
                self._label(reading, f"{path}.id", value)
            elif name != "index" and value is not None:
                reading.part(path, {name: value}, Origin.TOOL_CALL, -1)

    def _finished(self, at: str, found: list[ToolCall]) -> None:
        """Tell of the calls of a choice, each again only where it grew since."""
        for key, parts in self._calls.get(at, {}).items():
            call = ToolCall(parts.get("id", ""), parts.get("name", ""), parts.get("arguments", ""))
            if (at, key, call) not in self._told:
                self._told.add((at, key, call))
                found.append(call)

    def _ended(self, found: list[ToolCall]) -> None:
        for at in self._calls:
            self._finished(at, found)
