from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.terms.call import AnswerFacts, Dialect
from safeconduct.wire import sse
from safeconduct.wire.dialect import of
from support.wire_streams import CHAT_TEXT, MESSAGES_TEXT, MESSAGES_TOOLS, STREAMS

NAMES = [f"{dialect}-{name}" for name, dialect, _, _ in STREAMS]


def facts_of(dialect: Dialect, chunks: list[bytes]) -> AnswerFacts:
    reader = of(dialect).stream_reader()
    for chunk in chunks:
        reader.feed(chunk)
    reader.finish()
    return reader.facts


@pytest.mark.parametrize(("_name", "dialect", "stream", "facts"), STREAMS, ids=NAMES)
def test_the_facts_of_each_recorded_stream(_name: str, dialect: Dialect, stream: bytes, facts: AnswerFacts) -> None:
    assert facts_of(dialect, [stream]) == facts


@pytest.mark.parametrize(("_name", "dialect", "stream", "facts"), STREAMS, ids=NAMES)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_gives_the_same_facts(
    _name: str, dialect: Dialect, stream: bytes, facts: AnswerFacts, line_end: bytes
) -> None:
    stream = stream.replace(b"\n", line_end)
    assert facts_of(dialect, [stream]) == facts
    assert facts_of(dialect, [stream[at : at + 1] for at in range(len(stream))]) == facts


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_random_splits_give_the_same_facts_and_true_boundaries(data: st.DataObject) -> None:
    _, dialect, stream, facts = data.draw(st.sampled_from(STREAMS))
    line_end = data.draw(st.sampled_from([b"\n", b"\r\n"]))
    stream = stream.replace(b"\n", line_end)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    reader = of(dialect).stream_reader()
    seen = 0
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        reader.feed(stream[start:end])
        seen = end
        whole = b"\n".join(stream[: seen - reader.tail].splitlines()) + b"\n"  # a lone CR ends a line too
        assert whole == b"\n" or whole.endswith(b"\n\n")
        assert reader.safe_boundary == (reader.tail == 0)
        rest = stream[seen - reader.tail : seen].removeprefix(b"\n")
        assert b"\n\n" not in b"\n".join(rest.splitlines())
    assert reader.safe_boundary
    assert reader.facts == facts


def test_comments_blank_lines_and_a_byte_order_mark_are_no_events() -> None:
    stream = b"\xef\xbb\xbf" + CHAT_TEXT.replace(b"data: [DONE]", b": waiting\n\n\n\n: still\ndata:[DONE]")
    facts = facts_of(Dialect.CHAT, [stream])
    assert facts.terminal
    assert facts.input_tokens == 50


def test_data_over_several_lines_is_joined() -> None:
    stream = b'event: error\ndata: {"type":"error",\ndata: "error":{"type":"api_error"}}\n\n'
    assert facts_of(Dialect.MESSAGES, [stream]).error_type == "api_error"


def test_an_event_name_does_not_hide_what_its_data_says() -> None:
    stream = b'event: content_block_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"refusal"}}\n\n'
    assert facts_of(Dialect.MESSAGES, [stream]).refused


def test_broken_json_is_unreadable_and_never_raises() -> None:
    for dialect in Dialect:
        for broken in (b"data: {\n\n", b"data: [1]\n\n", b'data: {"a":"\xff"}\n\n', b"data: " + b"[" * 5000 + b"\n\n"):
            assert facts_of(dialect, [CHAT_TEXT[:0], broken]).unreadable, (dialect, broken[:20])


def test_broken_json_after_a_good_chunk_is_unreadable_in_chat() -> None:
    first, _, _ = CHAT_TEXT.partition(b"\n\n")
    assert facts_of(Dialect.CHAT, [first, b"\n\n", b'data: {"id":"x","choices":[{"delta":\n\n']).unreadable


def test_a_torn_stream_has_no_end_but_is_not_unreadable() -> None:
    facts = facts_of(Dialect.MESSAGES, [MESSAGES_TEXT[:-60]])
    assert not facts.terminal
    assert not facts.unreadable


def test_a_last_event_without_its_blank_line_still_counts() -> None:
    assert facts_of(Dialect.CHAT, [CHAT_TEXT.rstrip(b"\n")]).terminal


def test_an_event_beyond_the_bound_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT", 1000)
    for line_end in (b"\n", b"\r\n"):
        reader = of(Dialect.MESSAGES).stream_reader()
        reader.feed(MESSAGES_TOOLS.replace(b"\n", line_end) + b"event: ping" + line_end)
        assert not reader.facts.unreadable
        for _ in range(50):
            reader.feed(b"x" * 100)
        assert reader.facts.unreadable
        assert sum(map(len, reader._parts)) <= 1000
        assert reader.facts.output_tokens == 88


def test_the_base_reader_says_nothing_about_meaning() -> None:
    reader = sse.StreamReader()
    with pytest.raises(NotImplementedError):
        reader.feed(b"data: x\n\n")


def test_lenient_members_take_only_what_has_the_right_type() -> None:
    tree = {"a": {"b": 1}, "c": [{"d": 1}, 2], "e": "x", "f": True, "g": -1, "h": 5}
    assert sse.member(tree, "a") == {"b": 1}
    assert sse.member(tree, "e") == {}
    assert sse.members(tree, "c") == [{"d": 1}]
    assert sse.members(tree, "a") == []
    assert sse.word(tree, "e") == "x"
    assert sse.word(tree, "h", "y") == "y"
    assert [sse.tokens(tree, name) for name in "fgh"] == [-1, -1, 5]
