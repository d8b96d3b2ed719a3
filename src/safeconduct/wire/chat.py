"""How does OpenAI Chat Completions say it? Requests, refusals, cuts, stream facts and model lists of that dialect.

Source: the request and chunk types of the ``openai`` SDK. Streams report usage only when the client asked for it with
``stream_options.include_usage``; we add nothing to the request, so otherwise the token counts stay unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from safeconduct.terms.blocks import Block, Edit
from safeconduct.terms.call import Answer, AnswerFacts, CallView, Dialect, Operation, Refusal
from safeconduct.terms.standing import Model
from safeconduct.terms.streams import Heard
from safeconduct.wire import answers, body, calls, openai, origins
from safeconduct.wire.chat_shapes import Choice, Chunk, Completion
from safeconduct.wire.edits import spliced
from safeconduct.wire.hearing import NOTHING_SAID, answer_of
from safeconduct.wire.hearing_chat import ChatHearing
from safeconduct.wire.selecting import SKIPPED, Finding
from safeconduct.wire.sse import StreamReader, json_object, keep, member, members, tokens, word
from safeconduct.wire.strict import loads

_SKIPPED = SKIPPED | {"logit_bias"}


_NONE = (None,) * 5
_glance = msgspec.json.Decoder(Chunk).decode
_everyday = msgspec.json.Decoder(Completion).decode


class ChatReader(StreamReader):
    """Facts of a Chat stream. Chunks of one line that hold nothing but text are only glanced at."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        super().__init__()
        self._calls: set[tuple[str, str]] = set()

    def _event(self, block: bytes) -> None:
        if self.facts.response_id and block.startswith(b"data: {"):
            try:
                chunk = _glance(memoryview(block)[6:])
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                super()._event(block)  # another shape, several lines, or broken: the thorough way says which
                return
            if chunk.usage is None and chunk.error is None and all(map(_is_text, chunk.choices)):
                return
        super()._event(block)

    def _read(self, data: bytes) -> None:
        facts = self.facts
        if data.strip() == b"[DONE]":
            facts.terminal = True
            return
        chunk = self._object(data)
        if chunk.get("error"):
            facts.error_type = openai.error_word(chunk)
            facts.terminal = True
            return
        _head(facts, chunk)
        for choice in members(chunk, "choices"):
            delta = member(choice, "delta")
            for call in members(delta, "tool_calls"):
                self._calls.add((str(choice.get("index")), str(call.get("index"))))
            if word(member(delta, "function_call"), "name"):
                self._calls.add((str(choice.get("index")), "function"))
            _finish(facts, choice, delta)
        facts.tool_calls = len(self._calls)


class Chat:
    """The wire of OpenAI Chat Completions. Stateless; one instance serves all."""

    dialect = Dialect.CHAT

    def read(self, raw: bytes, operation: Operation) -> CallView:
        """Read one request body strictly. Raises :class:`~safeconduct.wire.strict.Malformed`."""
        tree = loads(raw)
        finding = Finding()
        finding.top(tree, _SKIPPED)
        if "tools" in tree:
            finding.tools(tree["tools"], "function")
        if "functions" in tree:
            finding.tools(tree["functions"], "function")
        if tree.get("web_search_options") is not None:
            finding.tool("web_search", "")
        return CallView(
            dialect=self.dialect,
            operation=operation,
            body=raw,
            tree=tree,
            model=body.model_name(tree),
            stream=body.flag(tree, "stream"),
            selections=finding.done(),
            max_output_tokens=body.count(tree, "max_completion_tokens", "max_tokens"),
        )

    def blocks(self, tree: dict[str, Any]) -> list[Block]:
        """Every string of the request, and who wrote it."""
        return origins.chat(tree)

    def answer(self, raw: bytes) -> Heard:
        """What a JSON answer says."""
        tree = json_object(raw)
        return NOTHING_SAID if tree is None else answer_of(raw, tree, origins.chat_answer(tree), calls.chat(tree))

    def replaced(self, view: CallView, edits: Sequence[Edit]) -> bytes:
        """The request with single strings changed, everything else byte for byte."""
        return spliced(view.body, edits)

    def edited(self, view: CallView, *, model: str, pseudonym: str, programs: frozenset[str]) -> bytes:  # noqa: ARG002
        """The bytes to forward; identity as :func:`safeconduct.wire.openai.identity` says.

        This dialect has no field for access programs, so a client's claim is taken out and none is added.
        """
        changes, removed = openai.identity(view.tree, pseudonym)
        changes["model"] = model
        return body.edited(view.body, view.tree, changes, (*removed, "access_programs"))

    def refusal(self, refusal: Refusal, *, stream: bool) -> Answer:  # noqa: ARG002
        """A no as a JSON error, also for a stream that has not begun."""
        return openai.refusal(refusal)

    def cut(self, refusal: Refusal, facts: AnswerFacts) -> bytes:  # noqa: ARG002
        """The data object that ends a stream early. No ``[DONE]`` follows: the answer is not complete."""
        return b"data: " + answers.encode({"error": answers.openai_error(refusal)}) + b"\n\n"

    def keepalive(self) -> bytes:
        """A comment, which event stream readers skip."""
        return b": keep-alive\n\n"

    def stream_reader(self) -> ChatReader:
        """A fresh reader for one stream."""
        return ChatReader()

    def hearing(self) -> ChatHearing:
        """What the events of one stream say."""
        return ChatHearing()

    def read_answer(self, raw: bytes) -> AnswerFacts:
        """Facts of a complete JSON answer: a completion or an error."""
        try:
            return _read_everyday(_everyday(raw))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
        facts = AnswerFacts()
        tree = json_object(raw)
        if tree is None:
            facts.unreadable = True
            return facts
        facts.terminal = True
        if tree.get("error"):
            facts.error_type = openai.error_word(tree)
            return facts
        _head(facts, tree)
        for choice in members(tree, "choices"):
            message = member(choice, "message")
            facts.tool_calls += len(members(message, "tool_calls")) + (1 if member(message, "function_call") else 0)
            _finish(facts, choice, message)
        return facts

    def models_answer(self, models: Sequence[Model], *, request_id: str, codex: bool = False) -> Answer:
        """``GET /v1/models``."""
        return openai.models_answer(models, request_id, codex=codex)

    def model_answer(self, model: Model, *, request_id: str) -> Answer:
        """``GET /v1/models/{id}``."""
        return openai.model_answer(model, request_id)


def _read_everyday(said: Completion) -> AnswerFacts:
    usage = said.usage
    details = usage.prompt_tokens_details
    cached = details.cached_tokens if details is not None else None
    reason = said.choices[-1].finish_reason if said.choices else ""
    return AnswerFacts(
        served_model=said.model,
        response_id=said.id,
        stop_reason=reason,
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cached_tokens=-1 if cached is None else cached,
        refused=any(choice.finish_reason == "content_filter" for choice in said.choices),
        terminal=True,
    )


def _is_text(choice: Choice) -> bool:
    delta = choice.delta
    facts = (choice.finish_reason, delta.tool_calls, delta.function_call, delta.refusal, delta.audio)
    return facts == _NONE


def _head(facts: AnswerFacts, tree: dict[str, Any]) -> None:
    facts.response_id = word(tree, "id", facts.response_id)
    facts.served_model = word(tree, "model", "") or facts.served_model
    usage = member(tree, "usage")
    if usage:
        facts.input_tokens = tokens(usage, "prompt_tokens", facts.input_tokens)
        facts.output_tokens = tokens(usage, "completion_tokens", facts.output_tokens)
        facts.cached_tokens = tokens(member(usage, "prompt_tokens_details"), "cached_tokens", facts.cached_tokens)


def _finish(facts: AnswerFacts, choice: dict[str, Any], part: dict[str, Any]) -> None:
    facts.stop_reason = word(choice, "finish_reason", facts.stop_reason)
    if facts.stop_reason == "content_filter" or word(part, "refusal"):
        facts.refused = True
    keep(facts, member(part, "audio").get("id"))


CHAT = Chat()
