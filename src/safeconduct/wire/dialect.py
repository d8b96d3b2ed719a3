"""Who speaks this dialect? The one contract that the three wires fulfil, and the way to find one.

There is no common in-between form: a call goes out in the dialect it came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from safeconduct.terms.blocks import Block, Edit
from safeconduct.terms.call import Answer, AnswerFacts, CallView, Dialect, Operation, Refusal
from safeconduct.terms.standing import Model
from safeconduct.terms.streams import Heard
from safeconduct.wire.chat import CHAT
from safeconduct.wire.hearing import Hearing
from safeconduct.wire.messages import MESSAGES
from safeconduct.wire.responses import RESPONSES
from safeconduct.wire.sse import StreamReader


class DialectWire(Protocol):
    """What the gateway may ask of a dialect. All methods are pure; only a stream reader keeps state."""

    @property
    def dialect(self) -> Dialect:
        """Which dialect this is."""

    def read(self, raw: bytes, operation: Operation, /) -> CallView:
        """Read one request body strictly. Raises :class:`safeconduct.wire.strict.Malformed`."""

    def blocks(self, tree: dict[str, Any], /) -> list[Block]:
        """Every string of a request, and who wrote it."""

    def replaced(self, view: CallView, edits: Sequence[Edit], /) -> bytes:
        """The request with single strings changed. Raises :class:`safeconduct.wire.edits.NoSuchText`."""

    def answer(self, raw: bytes, /) -> Heard:
        """What a JSON answer says: every string, who wrote it, and its tool calls; nothing for what is no JSON object."""

    def edited(self, view: CallView, /, *, model: str, pseudonym: str, programs: frozenset[str]) -> bytes:
        """The bytes to forward: served model name and identity set, everything else byte for byte."""

    def refusal(self, refusal: Refusal, /, *, stream: bool) -> Answer:
        """A no that comes instead of an answer."""

    def cut(self, refusal: Refusal, facts: AnswerFacts, /) -> bytes:
        """A no that ends an answer early; must follow a whole event (``StreamReader.safe_boundary``).

        ``facts`` are those of what the caller was sent.
        """

    def keepalive(self) -> bytes:
        """Bytes that keep a waiting client's timers from firing; must follow a whole event."""

    def stream_reader(self) -> StreamReader:
        """A fresh reader for one provider stream."""

    def hearing(self) -> Hearing:
        """A fresh ear for what the events of one stream say."""

    def read_answer(self, raw: bytes, /) -> AnswerFacts:
        """Facts of a complete JSON answer."""

    def models_answer(self, models: Sequence[Model], *, request_id: str, codex: bool = False) -> Answer:
        """The list of models a caller may see."""

    def model_answer(self, model: Model, *, request_id: str) -> Answer:
        """One model a caller may see."""


_WIRES: dict[Dialect, DialectWire] = {Dialect.MESSAGES: MESSAGES, Dialect.CHAT: CHAT, Dialect.RESPONSES: RESPONSES}


def of(dialect: Dialect) -> DialectWire:
    """The wire of a dialect."""
    return _WIRES[dialect]
