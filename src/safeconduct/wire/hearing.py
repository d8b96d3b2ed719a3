"""What does each event of a provider's stream say? Every string of it, as text on a channel or as a whole text (P4).

A channel is what a client joins into one text: a content block's words, a tool call's arguments. What is neither a label nor
known to be whole counts as part of a channel, so that a text split over events of a kind we do not know is read as one, too.
Whether a text may pass is the safeguards' question.

Source: the stream event types of the ``anthropic`` and ``openai`` SDKs.
"""

from __future__ import annotations

from typing import Any

import msgspec

from safeconduct.terms.blocks import Block, Origin, ToolCall
from safeconduct.terms.streams import Heard, Said
from safeconduct.wire import calls, origins
from safeconduct.wire.blocks import LABELS, Reading, below, unescaped
from safeconduct.wire.hearing_shapes import ChatDelta, MessagesDelta, PartialJson, ResponsesDelta, Text, Thinking
from safeconduct.wire.sse import data_of, events_of, json_object, member, members, word

_MESSAGES_DELTA = b"event: content_block_delta\ndata: "
_CHAT_DATA = b"data: {"
_RESPONSES_TYPES = frozenset(
    f"response.{name}.delta"
    for name in ("output_text", "function_call_arguments", "custom_tool_call_input", "reasoning_summary_text", "reasoning_text")
)
_RESPONSES_TEXT = tuple(f"event: {name}\ndata: {{".encode() for name in _RESPONSES_TYPES)
_messages_delta = msgspec.json.Decoder(MessagesDelta).decode
_chat_delta = msgspec.json.Decoder(ChatDelta).decode
_responses_delta = msgspec.json.Decoder(ResponsesDelta).decode
_ENDS = frozenset(["response.completed", "response.failed", "response.incomplete", "response.output_item.done", "error"])
MAX_KNOWN = 256  # ids that came before need not be read again; more than that are
MAX_PADDING = 64  # characters of ``obfuscation``: random padding by the provider, which no model can write
EVERYTHING = ("",)


class Hearing:
    """Listens to one stream, event by event. Raises nothing on content."""

    __slots__ = ("_known", "_said")

    def __init__(self) -> None:
        self._known: set[str] = set()  # ids and the like that were read before
        self._said: list[Said] = []

    def hear(self, event: bytes) -> Heard:
        """One whole event, in the bytes it came in; its paths start at the JSON of its data."""
        said = self._quick(event)
        return self._thorough(event) if said is None else Heard((said,))

    def skim(self, whole: bytes) -> Heard:
        """Any number of whole events at once, as if they were one: paths tell what a text is, but not in which event."""
        said: list[Said] = []
        blocks: list[Block] = []
        ends: dict[str, None] = {}
        found: list[ToolCall] = []
        pieces: list[str] = []
        last: Said | None = None
        for event in events_of(whole):
            quick = self._quick(event)
            if quick is not None and (last is None or quick.channel == last.channel):
                last = quick
                pieces.append(quick.text)
                continue
            if last is not None:
                said.append(_joined(last, pieces))
                last, pieces = None, []
            if quick is not None:
                last, pieces = quick, [quick.text]
                continue
            heard = self._thorough(event)
            said += heard.said
            blocks += heard.blocks
            ends.update(dict.fromkeys(heard.ends))
            found += heard.calls
        if last is not None:
            said.append(_joined(last, pieces))
        return Heard(tuple(said), tuple(blocks), tuple(ends), tuple(found))

    def _quick(self, event: bytes) -> Said | None:
        """An everyday event that brings text on one channel and nothing else; None for all others."""
        raise NotImplementedError

    def _thorough(self, event: bytes) -> Heard:
        """Any event at all."""
        data, beside = data_of(event)
        reading = Reading()
        for number, text in enumerate(beside):
            self._label(reading, f"$beside[{number}]", text)
        self._said = []
        ends: tuple[str, ...] = ()
        found: list[ToolCall] = []
        tree = json_object(data) if data else None
        if tree is not None:
            ends = self._event(tree, reading, found)
        elif data:
            if data.strip() == b"[DONE]":
                ends = EVERYTHING
                self._ended(found)
            else:
                reading.text("$", data.decode("utf-8", "replace"), Origin.OTHER)
        for call in found:  # as the tool will read it; what it was sent in has left, so this can only stop the stream
            plain = unescaped(call.arguments)
            if plain is not None:
                reading.text("$call~", plain, Origin.TOOL_CALL, -1, call.name)
        return Heard(tuple(self._said), tuple(reading.done()), ends, tuple(found))

    def _event(self, tree: dict[str, Any], reading: Reading, found: list[ToolCall]) -> tuple[str, ...]:
        """Take one event in; give back the channels that it ends."""
        raise NotImplementedError

    def _ended(self, found: list[ToolCall]) -> None:
        """The stream says that it is over."""

    def _label(self, reading: Reading, path: str, text: str) -> None:
        """An id; read when it first comes."""
        if text in self._known:
            return
        if len(self._known) < MAX_KNOWN:
            self._known.add(text)
        reading.label(path, text)

    def _beside(self, reading: Reading, tree: dict[str, Any], taken: tuple[str, ...]) -> None:
        """Members at the top that are none of the dialect's texts."""
        for name, value in tree.items():
            if name in taken or value is None:
                continue
            reading.name("$", name)
            if type(value) is str:
                if name != "obfuscation" or len(value) > MAX_PADDING:
                    self._label(reading, below("$", name), value)
            else:
                reading.under(below("$", name), value, Origin.OTHER)

    def _more(self, channel: str, text: str, path: str, origin: Origin, *, sealed: bool = False, json: bool = False) -> None:
        if text:
            self._said.append(Said(channel, text, path, origin, sealed, json))

    def _loose(self, reading: Reading, channel: str, path: str, delta: dict[str, Any], origin: Origin) -> None:
        """A delta of no kind that we know: each of its strings is a channel of its own."""
        for name, value in delta.items():
            reading.name(path, name)
            if type(value) is str and name not in LABELS:
                self._more(f"{channel}.{name}", value, below(path, name), origin)
            elif type(value) is str:
                self._label(reading, below(path, name), value)
            elif value is not None:
                reading.under(below(path, name), value, origin)

    def _chances(self, reading: Reading, channel: str, path: str, listed: Any) -> None:
        """Log probabilities repeat the text token by token, so they are read as one text that cannot be changed."""
        if listed:
            self._more(
                channel, "".join(word(token, "token") for token in members({"": listed}, "")), path, Origin.ASSISTANT, sealed=True
            )
            reading.under(path, listed, Origin.OTHER)


def _joined(said: Said, pieces: list[str]) -> Said:
    return said if len(pieces) == 1 else Said(said.channel, "".join(pieces), said.path, said.origin, said.sealed, said.json)


class MessagesHearing(Hearing):
    """Streams of Anthropic Messages."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[int, tuple[dict[str, Any], list[str]]] = {}

    def _quick(self, event: bytes) -> Said | None:
        if not event.startswith(_MESSAGES_DELTA):
            return None
        try:
            said = _messages_delta(event[len(_MESSAGES_DELTA) :])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        delta = said.delta
        if type(delta) is Text:
            return Said("text", delta.text, "$.delta.text", Origin.ASSISTANT)
        if type(delta) is Thinking:
            return Said("thinking", delta.thinking, "$.delta.thinking", Origin.ASSISTANT, sealed=True)
        if type(delta) is PartialJson:
            begun = self._calls.get(said.index)
            if begun is not None:
                begun[1].append(delta.partial_json)
            return Said(f"tool.{said.index}", delta.partial_json, "$.delta.partial_json", Origin.TOOL_CALL, json=True)
        return None

    def _event(self, tree: dict[str, Any], reading: Reading, found: list[ToolCall]) -> tuple[str, ...]:
        index = tree.get("index")
        at = index if type(index) is int else 0
        match tree.get("type"):
            case "content_block_delta":
                self._delta(reading, member(tree, "delta"), at)
                self._beside(reading, tree, ("type", "index", "delta"))
                return ()
            case "content_block_start":
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


class ChatHearing(Hearing):
    """Streams of Chat Completions. A call is complete when another one of its choice begins, or the choice ends."""

    __slots__ = ("_calls", "_like", "_told")

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[str, dict[str, dict[str, str]]] = {}
        self._told: set[tuple[str, str, ToolCall]] = set()
        self._like: ChatDelta | None = None

    def _quick(self, event: bytes) -> Said | None:
        if not event.startswith(_CHAT_DATA):
            return None
        try:
            said = _chat_delta(event[len(_CHAT_DATA) - 1 :])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        if len(said.choices) != 1 or len(said.obfuscation) > MAX_PADDING:
            return None
        like, self._like = self._like, said
        if like is None or not (said.id == like.id and said.model == like.model and said.object == like.object):
            return None  # what all chunks of a stream repeat is read when it first comes
        if said.system_fingerprint != like.system_fingerprint or said.service_tier != like.service_tier:
            return None
        choice = said.choices[0]
        channel = "0.content" if choice.index == 0 else f"{choice.index}.content"
        return Said(channel, choice.delta.content, "$.choices[0].delta.content", Origin.ASSISTANT)

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


class ResponsesHearing(Hearing):
    """Streams of Responses. They say everything twice and more: as deltas, when a part is done, and when the whole is."""

    __slots__ = ("_channel", "_items", "_like", "_told")

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[int, dict[str, Any]] = {}
        self._told: set[ToolCall] = set()
        self._like: ResponsesDelta | None = None
        self._channel = Said("", "", "", Origin.ASSISTANT)

    def _quick(self, event: bytes) -> Said | None:
        if not event.startswith(_RESPONSES_TEXT):
            return None
        at = event.index(b"{")
        try:
            said = _responses_delta(event[at:])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        if said.logprobs or len(said.obfuscation) > MAX_PADDING:
            return None
        like = self._like
        if (
            like is None
            or said.item_id != like.item_id
            or said.type != like.type
            or said.output_index != like.output_index
            or said.content_index != like.content_index
            or said.summary_index != like.summary_index
        ):
            if said.type not in _RESPONSES_TYPES or said.item_id not in self._known:
                return None
            stem = said.type[: -len(".delta")]
            place = said.content_index if said.summary_index is None else said.summary_index
            channel = f"{stem}:{said.output_index}:{'' if place is None else place}:"
            self._channel = Said(channel, "", "$.delta", _origin(stem), json=stem.endswith("arguments"))
            self._like = said
        on = self._channel
        return Said(on.channel, said.delta, "$.delta", on.origin, False, on.json)

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
