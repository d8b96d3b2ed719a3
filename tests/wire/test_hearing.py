from __future__ import annotations

from typing import Any

import anthropic.types
import anthropic.types.beta
import msgspec
import openai.types.chat
import openai.types.responses
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.blocks import Edit
from safeconduct.terms.call import AnswerFacts, Dialect
from safeconduct.wire.blocks import WORDS
from safeconduct.wire.dialect import of
from safeconduct.wire.sse import events_of, rewritten
from support.listening import calls, channels, listen
from support.wire_streams import STREAMS
from support.wire_types import planted_requests

EVENT_TYPES: tuple[tuple[str, Dialect, Any], ...] = (
    ("messages", Dialect.MESSAGES, anthropic.types.RawMessageStreamEvent),
    ("messages_beta", Dialect.MESSAGES, anthropic.types.beta.BetaRawMessageStreamEvent),
    ("chat", Dialect.CHAT, openai.types.chat.ChatCompletionChunk),
    ("responses", Dialect.RESPONSES, openai.types.responses.ResponseStreamEvent),
)


@pytest.mark.parametrize(("name", "dialect", "hint"), EVENT_TYPES, ids=[name for name, *_ in EVENT_TYPES])
def test_p4_every_string_of_the_sdk_event_types_is_heard_and_can_be_changed(name: str, dialect: Dialect, hint: Any) -> None:
    plants = [plant for plant in planted_requests(hint) if not plant.literal]
    assert len(plants) > 12
    for plant in plants:
        if plant.field == "obfuscation":
            continue  # padding: read only where it is longer than padding is
        tree = {name: value for name, value in plant.request.items() if name != "model" or dialect is Dialect.CHAT}
        event = b"data: " + msgspec.json.encode(tree) + b"\n\n"
        (heard,) = listen(dialect, event)
        said = [one for one in heard.said if plant.needle in one.text]
        blocks = [one for one in heard.blocks if plant.needle in one.text]
        assert said or blocks, plant.place
        edits = [Edit(one.path, 0, len(one.text), "gone") for one in (*said, *blocks) if not getattr(one, "sealed", False)]
        edits = [edit for edit in edits if edit.path != "$call~"]
        if not any(one.sealed for one in said):
            assert plant.needle.encode() not in rewritten(event, edits), plant.place


@pytest.mark.parametrize(("name", "dialect", "stream", "_facts"), STREAMS, ids=[f"{d}-{n}" for n, d, _, _ in STREAMS])
def test_skimming_hears_the_same(name: str, dialect: Dialect, stream: bytes, _facts: AnswerFacts) -> None:
    one_by_one = listen(dialect, stream)
    for line_end in (b"\n", b"\r\n"):
        skimmed = of(dialect).hearing().skim(stream.replace(b"\n", line_end))
        assert channels([skimmed]) == channels(one_by_one)
        assert calls([skimmed]) == calls(one_by_one)
        assert {block.text for block in skimmed.blocks} == {block.text for one in one_by_one for block in one.blocks}


@pytest.mark.parametrize(("name", "dialect", "stream", "facts"), STREAMS, ids=[f"{d}-{n}" for n, d, _, _ in STREAMS])
def test_every_string_of_the_recorded_streams_is_heard(name: str, dialect: Dialect, stream: bytes, facts: AnswerFacts) -> None:
    heard = listen(dialect, stream)
    texts = [*channels(heard).values(), *(block.text for one in heard for block in one.blocks)]
    for event in events_of(stream):
        for line in event.splitlines():
            if not line.startswith(b"data: {"):
                continue
            stack = [msgspec.json.decode(line[6:])]
            while stack:
                node = stack.pop()
                if isinstance(node, dict):
                    stack.extend(value for name, value in node.items() if name != "obfuscation")
                elif isinstance(node, list):
                    stack.extend(node)
                elif isinstance(node, str) and node and node not in WORDS:
                    assert any(node in text for text in texts), node
    assert len(calls(heard)) >= facts.tool_calls


def test_calls_are_whole_when_their_last_event_is_heard() -> None:
    streams = {(name, dialect): stream for name, dialect, stream, _ in STREAMS}
    for dialect in Dialect:
        hearing = of(dialect).hearing()
        told = []
        for event in events_of(streams["tools", dialect]):
            heard = hearing.hear(event)
            told += heard.calls
            last = (b"content_block_stop", b'finish_reason":"', b"arguments.done", b"output_item.done")
            if heard.calls and dialect is not Dialect.CHAT:
                assert any(word in event for word in last)
        assert len(told) == len({call.id for call in told})
        for call in told:
            assert call.id
            assert call.name
            msgspec.json.decode(call.arguments)


def test_comments_ids_and_names_of_events_are_heard() -> None:
    (heard,) = listen(Dialect.CHAT, b": psst AKIA\nid: seven\nevent: odd name\ndata: {}\n\n")
    assert {block.text for block in heard.blocks} == {": psst AKIA", "id: seven", "odd name"}
    (heard,) = listen(Dialect.CHAT, b"data: no json at all\n\n")
    assert [block.text for block in heard.blocks] == ["no json at all"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STREAMS), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_events_joined_are_the_stream(recorded: tuple[str, Dialect, bytes, AnswerFacts], line_end: bytes) -> None:
    stream = recorded[2].replace(b"\n", line_end)
    assert b"".join(events_of(stream)) == stream
    assert len(events_of(stream)) == len(events_of(recorded[2]))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(Dialect)),
    st.binary(max_size=60),
    st.recursive(
        st.text() | st.none() | st.integers(),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(st.sampled_from(["type", "delta", "choices", "item", "index", "text", "tool_calls"]), x, max_size=4)
        ),
    ),
)
def test_nothing_is_raised_on_content(dialect: Dialect, raw: bytes, tree: Any) -> None:
    listen(dialect, b"data: " + raw + b"\n\n")
    listen(dialect, b"data: " + msgspec.json.encode({"type": "response.x.delta", "delta": tree, "choices": tree}) + b"\n\n")
    listen(dialect, b"data: " + msgspec.json.encode(tree) + b"\n\n")


DOUBLED = {
    Dialect.MESSAGES: b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    b'"delta":{"type":"text_delta","text":"a hidden word","text":"plain"}}\n\n',
    Dialect.CHAT: b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a hidden word","content":"plain"}}]}\n\n',
    Dialect.RESPONSES: b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"i",'
    b'"output_index":0,"content_index":0,"delta":"a hidden word","delta":"plain"}\n\n',
}


@pytest.mark.parametrize("dialect", list(Dialect))
def test_p3_a_name_that_stands_twice_in_an_event_is_told_and_both_values_are_heard(dialect: Dialect) -> None:
    hidden = DOUBLED[dialect]
    at = hidden.index(b'"a hidden word"')
    member = hidden[hidden.rindex(b'"', 0, hidden.rindex(b":", 0, at) - 1) : at + len(b'"a hidden word",')]
    plain = hidden.replace(member, b"")
    hearing = of(dialect).hearing()
    for _ in range(3):
        assert not hearing.hear(plain).doubled
    for event in (hidden, hidden.replace(b": ", b":  "), hidden.replace(b"{", b"{ ")):
        heard = hearing.hear(event)
        assert heard.doubled
        assert any("a hidden word" in block.text for block in heard.blocks)
    assert not hearing.hear(plain).doubled
    assert any("a hidden word" in block.text for block in of(dialect).hearing().skim(plain * 3 + hidden).blocks)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_p3_an_answer_in_one_piece_with_a_name_that_stands_twice_is_told(dialect: Dialect) -> None:
    raw = b'{"id":"a","content":[],"x":{"note":"a hidden word","note":"\\u00e9"}}'
    answer = of(dialect).answer(raw)
    assert answer.doubled
    assert any("a hidden word" in block.text for block in answer.blocks)
    assert not of(dialect).answer(b'{ "id":"a", "x":{"note":"\\u00e9","n":1.50} }').doubled


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_kind_that_is_no_word_is_read_like_any_unknown_one(dialect: Dialect) -> None:
    (heard,) = listen(
        dialect, b'data: {"item":{"type":[],"x":"seen"},"content_block":{"type":{},"x":"seen"},"type":"content_block_start"}\n\n'
    )
    assert any(each.text == "seen" for each in (*heard.blocks, *heard.said))
    tree = {"messages": [{"role": "user", "content": [{"type": [], "x": "seen"}]}], "input": [{"type": [], "x": "seen"}]}
    assert any(block.text == "seen" for block in of(dialect).blocks(tree))
