"""How does Anthropic Messages say it? Requests, refusals, cuts, stream facts and model lists of that dialect.

Source: the request and event types of the ``anthropic`` SDK, and https://docs.claude.com/en/api/messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from safeconduct.terms.blocks import Block, Edit
from safeconduct.terms.call import Answer, AnswerFacts, CallView, Dialect, Operation, Refusal
from safeconduct.terms.standing import Model
from safeconduct.terms.streams import Heard
from safeconduct.wire import answers, body, calls, origins
from safeconduct.wire.edits import spliced
from safeconduct.wire.hearing import NOTHING_SAID, answer_of
from safeconduct.wire.hearing_messages import MessagesHearing
from safeconduct.wire.selecting import SKIPPED, Finding
from safeconduct.wire.sse import StreamReader, json_object, keep, member, members, tokens, word
from safeconduct.wire.strict import loads

_IDENTITY = ("access_programs", "safety_identifier", "user")  # no fields of this dialect; a client's are taken out (P11)
_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")
_BLANK = (
    b'event: content_block_start\ndata: {"type":"content_block_start","index":%d,"content_block":{"type":"text","text":""}}\n\n'
    b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
)


class MessagesReader(StreamReader):
    """Facts of a Messages stream: message_start, content_block_start, message_delta, message_stop and error carry them."""

    __slots__ = ()
    idle: ClassVar[tuple[bytes, ...]] = (
        b'event: content_block_delta\ndata: {"type":"content_block_delta"',
        b'event: content_block_delta\ndata: {"type": "content_block_delta"',
        b'event: content_block_stop\ndata: {"type":"content_block_stop"',
        b'event: ping\ndata: {"type": "ping"',
        b'event: ping\ndata: {"type":"ping"',
    )

    def _read(self, data: bytes) -> None:
        event = self._object(data)
        facts = self.facts
        match event.get("type"):
            case "message_start":
                _message(facts, member(event, "message"))
            case "content_block_start":
                _block(facts, member(event, "content_block"))
            case "message_delta":
                _stop(facts, member(event, "delta"))
                keep(facts, member(member(event, "delta"), "container").get("id"))
                _usage(facts, member(event, "usage"))
            case "message_stop":
                facts.terminal = True
            case "error":
                facts.error_type = word(member(event, "error"), "type", "error")
                facts.terminal = True


class Messages:
    """The wire of Anthropic Messages. Stateless; one instance serves all."""

    dialect = Dialect.MESSAGES

    def read(self, raw: bytes, operation: Operation) -> CallView:
        """Read one request body strictly. Raises :class:`~safeconduct.wire.strict.Malformed`."""
        tree = loads(raw)
        finding = Finding()
        finding.top(tree, SKIPPED)
        if "tools" in tree:
            finding.tools(tree["tools"], "custom")
        if "mcp_servers" in tree:
            for server in members(tree, "mcp_servers"):
                finding.tool("mcp", word(server, "name"))
                if server.get("url") is not None:
                    finding.url("url", server["url"])
        generate = operation is Operation.GENERATE
        return CallView(
            dialect=self.dialect,
            operation=operation,
            body=raw,
            tree=tree,
            model=body.model_name(tree),
            stream=generate and body.flag(tree, "stream"),
            selections=finding.done(),
            max_output_tokens=body.count(tree, "max_tokens"),
        )

    def blocks(self, tree: dict[str, Any]) -> list[Block]:
        """Every string of the request, and who wrote it."""
        return origins.messages(tree)

    def answer(self, raw: bytes) -> Heard:
        """What a JSON answer says."""
        tree = json_object(raw)
        return NOTHING_SAID if tree is None else answer_of(raw, tree, origins.messages_answer(tree), calls.messages(tree))

    def replaced(self, view: CallView, edits: Sequence[Edit]) -> bytes:
        """The request with single strings changed, everything else byte for byte."""
        return spliced(view.body, edits)

    def edited(self, view: CallView, *, model: str, pseudonym: str, programs: frozenset[str]) -> bytes:  # noqa: ARG002
        """The bytes to forward.

        INVARIANT P11: ``metadata`` becomes exactly ``{"user_id": pseudonym}``; it describes who calls, and the provider
        documents no other member. Fields that other dialects use for identity are taken out. This dialect has no field
        for access programs. Token counting takes no ``metadata``, so there one is never added, only taken out.
        """
        changes: dict[str, Any] = {"model": model}
        removed: tuple[str, ...] = _IDENTITY
        if pseudonym and view.operation is Operation.GENERATE:
            changes["metadata"] = {"user_id": pseudonym}
        else:
            removed = (*_IDENTITY, "metadata")
        return body.edited(view.body, view.tree, changes, removed)

    def refusal(self, refusal: Refusal, *, stream: bool) -> Answer:  # noqa: ARG002
        """A no as a JSON error, also for a stream that has not begun: clients show a 403's sentence at once."""
        status = 529 if refusal.status == 503 else refusal.status
        return answers.json_answer(status, answers.refusal_headers(refusal, answers.JSON), _envelope(refusal))

    def cut(self, refusal: Refusal, facts: AnswerFacts) -> bytes:
        """The terminal event that ends a stream early; the SDKs raise it as a typed error.

        INVARIANT (P12): a no arrives once. Where no content block is complete, Claude Code takes an error for a broken
        stream and asks again without streaming. So an empty block goes before a no that stands; clients keep no empty text.
        The block that was open stays open: a tool call that was cut must not look complete.
        """
        error = b"event: error\ndata: " + answers.encode(_envelope(refusal)) + b"\n\n"
        if not facts.response_id or facts.blocks > 1 or refusal.status >= 500 or answers.worth_waiting(refusal):
            return error
        return _BLANK % (facts.blocks, facts.blocks) + error

    def keepalive(self) -> bytes:
        """An event that every client skips, sent while content is held back."""
        return b'event: ping\ndata: {"type":"ping"}\n\n'

    def stream_reader(self) -> MessagesReader:
        """A fresh reader for one stream."""
        return MessagesReader()

    def hearing(self) -> MessagesHearing:
        """What the events of one stream say."""
        return MessagesHearing()

    def read_answer(self, raw: bytes) -> AnswerFacts:
        """Facts of a complete JSON answer: a message, a token count or an error."""
        facts = AnswerFacts()
        tree = json_object(raw)
        if tree is None:
            facts.unreadable = True
            return facts
        facts.terminal = True
        if tree.get("type") == "error" or type(tree.get("error")) is dict:
            facts.error_type = word(member(tree, "error"), "type", "error")
            return facts
        facts.input_tokens = tokens(tree, "input_tokens")
        _message(facts, tree)
        for block in members(tree, "content"):
            _block(facts, block)
        return facts

    def models_answer(self, models: Sequence[Model], *, request_id: str, codex: bool = False) -> Answer:  # noqa: ARG002
        """``GET /v1/models``: one page with every model given."""
        data = [_model(model) for model in models]
        listing = {
            "data": data,
            "has_more": False,
            "first_id": data[0]["id"] if data else None,
            "last_id": data[-1]["id"] if data else None,
        }
        return answers.json_answer(200, answers.headers(request_id, answers.JSON), listing)

    def model_answer(self, model: Model, *, request_id: str) -> Answer:
        """``GET /v1/models/{id}``."""
        return answers.json_answer(200, answers.headers(request_id, answers.JSON), _model(model))


def _envelope(refusal: Refusal) -> dict[str, Any]:
    error = {"type": answers.error_type(refusal.status), "message": answers.sentence(refusal), "code": refusal.code}
    return {"type": "error", "error": error, "request_id": refusal.request_id}


def _model(model: Model) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "model",
        "id": model.id,
        "display_name": model.display_name or model.id,
        "created_at": "1970-01-01T00:00:00Z",  # the API's own value for a date that is not known
        "lifecycle": "active",
    }
    if model.max_output_tokens > 0:
        entry["max_tokens"] = model.max_output_tokens
    return entry


def _message(facts: AnswerFacts, message: dict[str, Any]) -> None:
    facts.response_id = word(message, "id", facts.response_id)
    facts.served_model = word(message, "model", facts.served_model)
    keep(facts, member(message, "container").get("id"))
    _stop(facts, message)
    _usage(facts, member(message, "usage"))


def _block(facts: AnswerFacts, block: dict[str, Any]) -> None:
    facts.blocks += 1
    kind = block.get("type")
    if kind in _CALLS:
        facts.tool_calls += 1
    elif kind == "fallback":  # the provider went on with another model; what is served from here is that one
        facts.served_model = word(member(block, "to"), "model", facts.served_model)
    for output in members(member(block, "content"), "content"):  # files that code execution wrote
        keep(facts, output.get("file_id"))


def _stop(facts: AnswerFacts, delta: dict[str, Any]) -> None:
    facts.stop_reason = word(delta, "stop_reason", facts.stop_reason)
    facts.refused = facts.refused or facts.stop_reason == "refusal"


def _usage(facts: AnswerFacts, usage: dict[str, Any]) -> None:
    """Counts are cumulative. Input is all input: here the API counts cached tokens beside it, elsewhere within it."""
    fresh = tokens(usage, "input_tokens")
    if fresh >= 0:
        read = tokens(usage, "cache_read_input_tokens", 0)
        facts.input_tokens = fresh + read + tokens(usage, "cache_creation_input_tokens", 0)
        facts.cached_tokens = read
    facts.output_tokens = tokens(usage, "output_tokens", facts.output_tokens)


MESSAGES = Messages()
