"""What does each event of a provider's stream say? Every string of it, as text on a channel or as a whole text (P4).

A channel is what a client joins into one text: a content block's words, a tool call's arguments. What is neither a label nor
known to be whole counts as part of a channel, so that a text split over events of a kind we do not know is read as one, too.
Whether a text may pass is the safeguards' question.

Source: the stream event types of the ``anthropic`` and ``openai`` SDKs.
"""

from __future__ import annotations

from typing import Any

from safeconduct.terms.blocks import Block, Origin, ToolCall
from safeconduct.terms.streams import Heard, Said
from safeconduct.wire.blocks import LABELS, Reading, below, unescaped
from safeconduct.wire.patterns import MAX_PADDING, Pattern
from safeconduct.wire.sse import data_of, events_of, json_object, members, word
from safeconduct.wire.strict import doubled

MAX_PLACES = 64  # of strings that the dialect does not know; what comes at more places shares a channel
MOST_TIMES = 2
TEXTS = frozenset({"content", "refusal", "reasoning", "reasoning_content", "transcript"})  # deltas that clients show as text
MAX_KNOWN = 256  # ids that came before need not be read again; more than that are
EVERYTHING = ("",)
NOTHING_SAID = Heard()


class Hearing:
    """Listens to one stream, event by event. Raises nothing on content."""

    __slots__ = ("_known", "_like", "_pattern", "_places", "_said", "_twice")

    def __init__(self) -> None:
        self._known: set[str] = set()  # ids and the like that were read before
        self._said: list[Said] = []
        self._places: dict[str, tuple[str, int]] = {}  # of strings that the dialect does not know: the last, and how often
        self._pattern: Pattern | None = None  # of the event before, where that was an everyday one
        self._like = Said("", "", "", Origin.OTHER)  # what it said
        self._twice = False  # the event begins what was begun before: clients differ about which of the two goes on

    def hear(self, event: bytes) -> Heard:
        """One whole event, in the bytes it came in; its paths start at the JSON of its data."""
        said = self._again(event)
        return self._anew(event) if said is None else Heard((said,))

    def skim(self, whole: bytes) -> Heard:
        """Any number of whole events at once, as if they were one: paths tell what a text is, but not in which event."""
        said: list[Said] = []
        blocks: list[Block] = []
        ends: dict[str, None] = {}
        found: list[ToolCall] = []
        pieces: list[str] = []
        last: Said | None = None
        for event in events_of(whole):
            quick = self._again(event)
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
            heard = self._anew(event)
            said += heard.said
            blocks += heard.blocks
            ends.update(dict.fromkeys(heard.ends))
            found += heard.calls
        if last is not None:
            said.append(_joined(last, pieces))
        return Heard(tuple(said), tuple(blocks), tuple(ends), tuple(found))

    def _again(self, event: bytes) -> Said | None:
        """The text of an event that is the one before but for that; None for all others."""
        pattern = self._pattern
        text = None if pattern is None else pattern.text(event)
        if text is None:
            return None
        like = self._like
        return Said(like.channel, text, like.path, like.origin, like.sealed, like.json)

    def _anew(self, event: bytes) -> Heard:
        """Any event at all. If it is an everyday one, those that follow may be like it."""
        self._pattern = None
        heard = self._thorough(event)
        if not heard.doubled:
            self._learn(event)
        return heard

    def _learn(self, event: bytes) -> None:
        """Note the pattern of an event that brings text on one channel and nothing else."""
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
        twice = tree is not None and doubled(data, tree)
        if twice:
            reading.text("$", data.decode("utf-8", "replace"), Origin.OTHER)
        self._twice = False
        if tree is not None:
            ends = self._event(tree, reading, found)
            twice = twice or self._twice
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
        return Heard(tuple(self._said), tuple(reading.done()), ends, tuple(found), twice)

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
            if type(value) is str and name in LABELS:
                self._label(reading, below("$", name), value)
            elif type(value) is int:
                reading.under(below("$", name), value, Origin.OTHER)
            elif name != "obfuscation" or type(value) is not str or len(value) > MAX_PADDING:
                self._unknown(reading, below("$", name), value)

    def _unknown(self, reading: Reading, path: str, node: Any) -> None:
        """What the dialect does not know: each string of it is more text on the channel of its place, and loose.

        What a member says again and again, as some providers do in every event, is said twice and then no more.
        """
        apart, places = Reading(), self._places
        apart.under(path, node, Origin.OTHER)
        for block in apart.labels:
            if block.path.endswith("~"):
                reading.labels.append(block)
                continue
            said, times = places.get(block.path, ("", 0))
            times = times + 1 if said == block.text else 1
            if block.path in places or len(places) < MAX_PLACES:
                places[block.path] = (block.text, times)
            if times <= MOST_TIMES:
                channel = f"?{block.path}" if block.path in places else "?"
                self._more(channel, block.text, block.path, Origin.OTHER, loose=True)

    def _more(
        self,
        channel: str,
        text: str,
        path: str,
        origin: Origin,
        *,
        sealed: bool = False,
        json: bool = False,
        loose: bool = False,
    ) -> None:
        if text:
            self._said.append(Said(channel, text, path, origin, sealed, json, loose))

    def _loose(self, reading: Reading, channel: str, path: str, delta: dict[str, Any], origin: Origin) -> None:
        """A delta of no kind that we know: each of its strings is a channel of its own."""
        for name, value in delta.items():
            reading.name(path, name)
            if type(value) is str and name not in LABELS:
                self._more(f"{channel}.{name}", value, below(path, name), origin, loose=name not in TEXTS)
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


def answer_of(raw: bytes, tree: dict[str, Any], blocks: list[Block], calls: list[ToolCall]) -> Heard:
    """An answer in one piece. Where a name stands twice in it, its bytes are one more text: whatever a reader makes of them."""
    if doubled(raw, tree):
        whole = Block("$", raw.decode("utf-8", "replace"), Origin.OTHER)
        return Heard(blocks=(*blocks, whole), calls=tuple(calls), doubled=True)
    return Heard(blocks=tuple(blocks), calls=tuple(calls))


def _joined(said: Said, pieces: list[str]) -> Said:
    return said if len(pieces) == 1 else Said(said.channel, "".join(pieces), said.path, said.origin, said.sealed, said.json)
