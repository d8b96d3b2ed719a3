"""How does OpenAI Responses say it? Requests, refusals, cuts, stream facts and model lists of that dialect.

Source: the request and event types of the ``openai`` SDK. A no to a stream is itself a stream: Codex sends a call refused
with an HTTP error, or failed with a code it does not know, six times over; after ``response.failed`` with code
``invalid_prompt`` it stops at once and prints the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from safeconduct.terms.blocks import Block, Edit
from safeconduct.terms.call import Answer, AnswerFacts, CallView, Dialect, Operation, Refusal
from safeconduct.terms.standing import Model
from safeconduct.terms.streams import Heard
from safeconduct.wire import answers, body, calls, openai, origins
from safeconduct.wire.edits import spliced
from safeconduct.wire.hearing import NOTHING_SAID, answer_of
from safeconduct.wire.hearing_responses import ResponsesHearing
from safeconduct.wire.selecting import SKIPPED, Finding
from safeconduct.wire.sse import StreamReader, json_object, keep, member, members, tokens, word
from safeconduct.wire.strict import loads

_LATE = 1_000_000_000  # sequence number of a cut: after every event the provider can have sent
_IDLE = (
    "response.output_text.delta",
    "response.function_call_arguments.delta",
    "response.custom_tool_call_input.delta",
    "response.reasoning_summary_text.delta",
    "response.reasoning_text.delta",
    "response.mcp_call_arguments.delta",
    "response.code_interpreter_call_code.delta",
    "response.image_generation_call.partial_image",
)
_PREFIXES = tuple([f'event: {name}\ndata: {{"type":"{name}"'.encode() for name in _IDLE])


class ResponsesReader(StreamReader):
    """Facts of a Responses stream: its created, item done, refusal, error and end events carry them."""

    __slots__ = ()
    idle: ClassVar[tuple[bytes, ...]] = _PREFIXES

    def _read(self, data: bytes) -> None:
        if data.strip() == b"[DONE]":  # some servers end every stream of theirs so
            return
        event = self._object(data)
        facts = self.facts
        match event.get("type"):
            case "response.created" | "response.in_progress":
                response = member(event, "response")
                facts.response_id = word(response, "id", facts.response_id)
                facts.served_model = word(response, "model", facts.served_model)
            case "response.output_item.done":
                _item(facts, member(event, "item"))
            case "response.refusal.delta" | "response.refusal.done":
                facts.refused = True
            case "response.completed" | "response.failed" | "response.incomplete":
                counted = facts.tool_calls
                facts.tool_calls = 0
                _response(facts, member(event, "response"))
                facts.tool_calls = max(counted, facts.tool_calls)
                facts.terminal = True
            case "error":
                facts.error_type = word(event, "code") or openai.error_word(event)
                facts.terminal = True


class Responses:
    """The wire of OpenAI Responses. Stateless; one instance serves all."""

    dialect = Dialect.RESPONSES

    def read(self, raw: bytes, operation: Operation) -> CallView:
        """Read one request body strictly. Raises :class:`~safeconduct.wire.strict.Malformed`."""
        tree = loads(raw)
        finding = Finding()
        finding.top(tree, SKIPPED)
        if "tools" in tree:
            finding.tools(tree["tools"], "function")
        if tree.get("prompt") is not None:
            finding.resource("prompt.id", member(tree, "prompt").get("id"))
        for item in members(tree, "input"):
            if "id" in item and _is_reference(item):
                finding.resource("input[].id", item["id"])
            if "tools" in item:  # items can declare tools in the middle of a conversation
                finding.tools(item["tools"], "function")
        return CallView(
            dialect=self.dialect,
            operation=operation,
            body=raw,
            tree=tree,
            model=body.model_name(tree),
            stream=body.flag(tree, "stream"),
            selections=finding.done(),
            max_output_tokens=body.count(tree, "max_output_tokens"),
        )

    def blocks(self, tree: dict[str, Any]) -> list[Block]:
        """Every string of the request, and who wrote it."""
        return origins.responses(tree)

    def answer(self, raw: bytes) -> Heard:
        """What a JSON answer says."""
        tree = json_object(raw)
        return NOTHING_SAID if tree is None else answer_of(raw, tree, origins.responses_answer(tree), calls.responses(tree))

    def replaced(self, view: CallView, edits: Sequence[Edit]) -> bytes:
        """The request with single strings changed, everything else byte for byte."""
        return spliced(view.body, edits)

    def edited(self, view: CallView, *, model: str, pseudonym: str, programs: frozenset[str]) -> bytes:
        """The bytes to forward; identity as :func:`safeconduct.wire.openai.identity` says.

        INVARIANT P11: ``access_programs`` holds what the registry granted, written ``kind=level`` there, and nothing of
        the client's. A grant without a level is not one this API can be told.
        """
        changes, removed = openai.identity(view.tree, pseudonym)
        changes["model"] = model
        granted = dict(program.split("=", 1) for program in sorted(programs) if "=" in program)
        if granted:
            changes["access_programs"] = granted
        else:
            removed = (*removed, "access_programs")
        return body.edited(view.body, view.tree, changes, removed)

    def refusal(self, refusal: Refusal, *, stream: bool) -> Answer:
        """A no: JSON for a JSON call; for a stream a 200 that creates a response and fails it, whatever the status was."""
        if not stream:
            return openai.refusal(refusal)
        opened = _failure(refusal, f"resp_{refusal.request_id}", "") | {"status": "in_progress", "error": None}
        created = {"type": "response.created", "sequence_number": 0, "response": opened}
        events = _event(created) + _failed(refusal, f"resp_{refusal.request_id}", "", 1)
        pairs = (*answers.refusal_headers(refusal, answers.EVENTS), (b"cache-control", b"no-cache"))
        return Answer(200, pairs, events)

    def cut(self, refusal: Refusal, facts: AnswerFacts) -> bytes:
        """The terminal event that ends a stream early, with a complete response object."""
        return _failed(refusal, facts.response_id or f"resp_{refusal.request_id}", facts.served_model, _LATE)

    def keepalive(self) -> bytes:
        """A comment, which event stream readers skip."""
        return b": keep-alive\n\n"

    def stream_reader(self) -> ResponsesReader:
        """A fresh reader for one stream."""
        return ResponsesReader()

    def hearing(self) -> ResponsesHearing:
        """What the events of one stream say."""
        return ResponsesHearing()

    def read_answer(self, raw: bytes) -> AnswerFacts:
        """Facts of a complete JSON answer: a response or an error."""
        facts = AnswerFacts()
        tree = json_object(raw)
        if tree is None:
            facts.unreadable = True
            return facts
        facts.terminal = True
        if tree.get("object") != "response" and tree.get("error"):
            facts.error_type = openai.error_word(tree)
            return facts
        _response(facts, tree)
        return facts

    def models_answer(self, models: Sequence[Model], *, request_id: str, codex: bool = False) -> Answer:
        """``GET /v1/models``."""
        return openai.models_answer(models, request_id, codex=codex)

    def model_answer(self, model: Model, *, request_id: str) -> Answer:
        """``GET /v1/models/{id}``."""
        return openai.model_answer(model, request_id)


def _is_reference(item: dict[str, Any]) -> bool:
    """Whether an input item stands for one stored at the provider instead of carrying its content."""
    kind = item.get("type")
    if kind == "image_generation_call":
        return item.get("result") is None
    return kind == "item_reference" or (kind is None and "role" not in item)


def _failed(refusal: Refusal, response_id: str, model: str, number: int) -> bytes:
    failure = _failure(refusal, response_id, model)
    return _event({"type": "response.failed", "sequence_number": number, "response": failure})


def _event(event: dict[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: ".encode() + answers.encode(event) + b"\n\n"


def _failure(refusal: Refusal, response_id: str, model: str) -> dict[str, Any]:
    """A response object with every member the SDK requires. The reason code goes into ``metadata``: ``error.code`` must be
    one the clients know, and only a wait that helps may look like a rate limit.
    """
    code, message = "invalid_prompt", answers.sentence(refusal)
    if answers.worth_waiting(refusal):
        code, message = "rate_limit_exceeded", f"{message} Try again in {refusal.retry_after}s."
    return {
        "id": response_id,
        "object": "response",
        "created_at": 0,
        "status": "failed",
        "error": {"code": code, "message": message},
        "incomplete_details": None,
        "instructions": None,
        "metadata": {"reason": refusal.code, "request_id": refusal.request_id},
        "model": model,
        "output": [],
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "usage": None,
    }


def _response(facts: AnswerFacts, response: dict[str, Any]) -> None:
    facts.response_id = word(response, "id", facts.response_id)
    facts.served_model = word(response, "model", "") or facts.served_model
    facts.stop_reason = word(response, "status", facts.stop_reason)
    if response.get("error"):
        facts.error_type = openai.error_word(response)
    reason = word(member(response, "incomplete_details"), "reason")
    if reason:
        facts.stop_reason = reason
        facts.refused = facts.refused or reason == "content_filter"
    usage = member(response, "usage")
    facts.input_tokens = tokens(usage, "input_tokens", facts.input_tokens)
    facts.output_tokens = tokens(usage, "output_tokens", facts.output_tokens)
    facts.cached_tokens = tokens(member(usage, "input_tokens_details"), "cached_tokens", facts.cached_tokens)
    for item in members(response, "output"):
        _item(facts, item)


def _item(facts: AnswerFacts, item: dict[str, Any]) -> None:
    kind = word(item, "type")
    if kind.endswith("_call"):
        facts.tool_calls += 1
    if kind == "image_generation_call":  # later turns may name the picture by this id alone
        keep(facts, item.get("id"))
    keep(facts, item.get("container_id"))
    for part in members(item, "content"):
        if part.get("type") == "refusal":
            facts.refused = True


RESPONSES = Responses()
