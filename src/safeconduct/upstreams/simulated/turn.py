"""What was asked and what will be answered, in words that no dialect owns. No reading, no rendering."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LABEL = "(simulated)"
ENDLESS_CHUNKS = 1_000_000  # an "endless" answer still ends one day, so that a forgotten process does too
CHARACTERS_PER_TOKEN = 4


class Complaint(Exception):
    """The request is turned down. ``kind`` is the dialect-neutral error type, each dialect knows its own word for it."""

    def __init__(self, status: int, kind: str, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class Tool:
    """A declared tool. ``kind`` is the dialect's type word; ``properties`` the names of its top-level arguments."""

    name: str
    kind: str
    properties: frozenset[str] = frozenset()
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read. ``prompt`` is the text of the last user turn; ``results`` the tool results since then, in order."""

    model: str
    stream: bool
    prompt: str
    results: tuple[str, ...]
    tools: Mapping[str, Tool]
    input_tokens: int
    cached_tokens: int = 0
    fresh_cache_tokens: int = 0
    images: int = 0
    thinks: bool = False
    limit: int = 0
    stream_usage: bool = True
    wants_json: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text. ``endless`` repeats it for as long as somebody listens."""

    text: str
    endless: bool = False

    def chunks(self) -> Iterator[str]:
        """The text in the pieces it streams in: about eight characters, longer ones where that would be over 400 pieces."""
        for _ in range(ENDLESS_CHUNKS if self.endless else 1):
            yield from pieces(self.text, max(8, len(self.text) // 400))


@dataclass(frozen=True, slots=True)
class Thought:
    """Reasoning. ``redacted`` means only an opaque blob is shown."""

    text: str
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a declared tool. ``arguments`` is the JSON text, or free text for tools that take it."""

    tool: Tool
    arguments: str
    id: str

    def chunks(self) -> Iterator[str]:
        """The arguments split where JSON cannot be read yet."""
        return pieces(self.arguments, max(5, len(self.arguments) // 200))


@dataclass(frozen=True, slots=True)
class Refusal:
    text: str


Part = Text | Thought | ToolCall | Refusal


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong. Counts are of SSE events; -1 is never. Waits are in seconds.

    ``error_kind`` is the error type (Messages) or code (OpenAI) of a failure in mid-stream, where not the usual one.
    """

    first_byte: float = 0.0
    per_event: float = 0.0
    status: int = 0
    retry_after: str = ""
    torn_after: int = -1
    error_after: int = -1
    error_kind: str = ""
    stall_after: int = -1
    bad_json: bool = False
    stale: bool = False
    times: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer: its parts, the model it claims to come from, what goes wrong on the way, and how it ended."""

    parts: tuple[Part, ...]
    served: str
    faults: Faults = field(default_factory=Faults)
    truncated: bool = False

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    @property
    def refused(self) -> bool:
        return any(isinstance(part, Refusal) for part in self.parts)

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def reasoning_tokens(self) -> int:
        return tokens(sum(len(part.text) for part in self.parts if isinstance(part, Thought)))

    @property
    def output_tokens(self) -> int:
        size = sum(len(part.arguments if isinstance(part, ToolCall) else part.text) for part in self.parts)
        return tokens(size)


def tokens(characters: int) -> int:
    """A stable count for a number of characters, never zero."""
    return characters // CHARACTERS_PER_TOKEN + 1


def pieces(text: str, size: int) -> Iterator[str]:
    """Cut a text into pieces of at most ``size`` characters."""
    return (text[at : at + size] for at in range(0, len(text), size))
