"""Where does one server-sent event end and the next begin? Incremental framing; what events mean is the dialects' part.

Source: WHATWG HTML, section 9.2.6 (interpreting an event stream). Lines end with LF, CRLF or CR, and chunks may split
anywhere, inside a line end or a UTF-8 character. Providers send LF, so that path does no work per line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from safeconduct.terms.blocks import Edit
from safeconduct.terms.call import AnswerFacts
from safeconduct.wire.edits import spliced

MAX_EVENT = 16 << 20  # encrypted reasoning and images travel in single events of some megabytes
MAX_STORED = 64  # ids noted per answer; more than code execution makes in one
_BOM = b"\xef\xbb\xbf"
_decode = msgspec.json.Decoder().decode


class StreamReader:
    """Reads facts from a provider's stream while it passes. Never raises on content; what cannot be read sets ``unreadable``.

    ``tail`` is the number of bytes received since the last event ended: a caller that keeps them back can always cut the
    stream cleanly, because everything before them is whole events.
    """

    __slots__ = ("_carriage", "_dead", "_parts", "_pending", "facts")

    # Events that begin like this carry no facts and are not decoded. A tuple of prefixes of whole events.
    idle: ClassVar[tuple[bytes, ...]] = ()

    def __init__(self) -> None:
        self.facts = AnswerFacts()
        self._parts: list[bytes] = []
        self._pending = 0
        self._carriage = False
        self._dead = False

    @property
    def tail(self) -> int:
        """Bytes of an event that has begun and not ended."""
        return self._pending

    @property
    def safe_boundary(self) -> bool:
        """Whether the stream stands between two events, so that an event of ours can follow."""
        return self._pending == 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream, of any size."""
        if self._dead or not chunk:
            return
        if self._carriage or b"\r" in chunk:
            self._feed_lines(chunk)
            return
        if self._parts:
            if b"\n\n" not in chunk and not (chunk[0] == 10 and self._parts[-1][-1] == 10):
                self._keep(chunk)
                return
            chunk = b"".join((*self._parts, chunk))
            self._parts.clear()
        self._pending = 0
        blocks = chunk.split(b"\n\n")
        rest = blocks.pop()
        idle = self.idle
        for block in blocks:
            if not block.startswith(idle):
                self._event(block)
        if rest:
            self._keep(rest)

    def finish(self) -> None:
        """The stream has ended. A last event without its blank line still counts when it can be read."""
        rest = b"".join(self._parts)
        self._parts.clear()
        self._pending = 0
        if rest.strip() and not self._dead:
            unreadable = self.facts.unreadable
            self._event(b"\n".join(rest.splitlines()))
            self.facts.unreadable = unreadable  # a torn last event is a missing end, not a stream we cannot read
        self._dead = True

    def _keep(self, rest: bytes) -> None:
        self._parts.append(rest)
        if self._pending or rest.strip(b"\r\n"):
            self._pending += len(rest)
        if self._pending > MAX_EVENT:
            self.facts.unreadable = True
            self._dead = True
            self._parts.clear()

    def _feed_lines(self, chunk: bytes) -> None:
        """The same for streams with CR: split into lines, and give on the events whose blank line has come."""
        self._carriage = True
        seam = (self._parts[-1][-1:] if self._parts else b"") + chunk
        if self._parts and not (b"\n\n" in seam or b"\r\r" in seam or b"\n\r" in seam):
            self._keep(chunk)
            return
        data = b"".join((*self._parts, chunk))
        self._parts.clear()
        self._pending = 0
        block: list[bytes] = []
        used = at = 0
        for line in data.splitlines(keepends=True):
            at += len(line)
            bare = line.rstrip(b"\r\n")
            if bare:
                block.append(bare)
                continue
            if block:
                self._event(b"\n".join(block))
                block.clear()
            used = at
        if used < len(data):
            self._keep(data[used:])

    def _event(self, block: bytes) -> None:
        """Take one event's lines, without the blank one, apart and read it."""
        lines = block.removeprefix(_BOM).split(b"\n")
        data = [line[6:] if line[5:6] == b" " else line[5:] for line in lines if line.startswith(b"data:")]
        if data:
            self._read(b"\n".join(data))

    def _read(self, data: bytes) -> None:
        """Read one event's data. The dialect's reader says how; all three repeat the event's name inside it."""
        raise NotImplementedError

    def _object(self, data: bytes) -> dict[str, Any]:
        """The JSON object in ``data``; an empty one, and ``unreadable`` set, when there is none."""
        tree = json_object(data)
        if tree is None:
            self.facts.unreadable = True
            return {}
        return tree


def events_of(whole: bytes) -> list[bytes]:
    """Whole events, one by one, in the bytes they came in: joined, they are the same again."""
    if b"\r" not in whole:
        pieces = whole.split(b"\n\n")
        rest = pieces.pop()
        found = [piece + b"\n\n" for piece in pieces]
        return [*found, rest] if rest else found
    found, start, at, empty = [], 0, 0, True
    for line in whole.splitlines(keepends=True):
        at += len(line)
        bare = line.rstrip(b"\r\n")
        if bare:
            empty = False
        elif not empty:
            found.append(whole[start:at])
            start, empty = at, True
    return [*found, whole[start:]] if start < len(whole) else found


def data_of(event: bytes) -> tuple[bytes, list[str]]:
    """An event's data, and what its other lines say: its name, its id, comments."""
    data, beside = [], []
    for line in event.removeprefix(_BOM).splitlines():
        if line.startswith(b"data:"):
            data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line:
            beside.append(line.removeprefix(b"event: ").decode("utf-8", "replace"))
    return b"\n".join(data), beside


def keep(facts: AnswerFacts, identity: Any) -> None:
    """Note the id of a thing that the provider stored while answering; bounded, each once."""
    if type(identity) is str and identity and len(facts.stored) < MAX_STORED and identity not in facts.stored:
        facts.stored.append(identity)


def json_object(data: bytes) -> dict[str, Any] | None:
    """Decode a provider's JSON object leniently; None when it is none."""
    try:
        tree = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return tree if type(tree) is dict else None


def member(tree: dict[str, Any], name: str) -> dict[str, Any]:
    """An object member, or an empty object."""
    value = tree.get(name)
    return value if type(value) is dict else {}


def members(tree: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a list member."""
    value = tree.get(name)
    return [entry for entry in value if type(entry) is dict] if type(value) is list else []


def word(tree: dict[str, Any], name: str, default: str = "") -> str:
    """A string member, or the default."""
    value = tree.get(name)
    return value if type(value) is str else default


def tokens(tree: dict[str, Any], name: str, default: int = -1) -> int:
    """A token count, or the default."""
    value = tree.get(name)
    return value if type(value) is int and value >= 0 else default


def rewritten(event: bytes, edits: Sequence[Edit]) -> bytes:
    """An event with single strings of its data changed. Raises :class:`safeconduct.wire.edits.NoSuchText`."""
    data, _ = data_of(event)
    lines = [line for line in event.splitlines() if line and not line.startswith(b"data:")]
    return b"\n".join([*lines, b"data: " + spliced(data, edits), b"", b""])
