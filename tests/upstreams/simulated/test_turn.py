"""Pieces put together again are the whole; counts are never zero."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.upstreams.simulated.turn import Refusal, Text, Thought, Tool, ToolCall, Turn, pieces, tokens


@settings(max_examples=50)
@given(st.text(max_size=300), st.integers(1, 40))
def test_pieces_are_the_whole_text(text: str, size: int) -> None:
    cut = list(pieces(text, size))
    assert "".join(cut) == text
    assert all(0 < len(piece) <= size for piece in cut)


def test_a_long_text_streams_in_a_bounded_number_of_pieces() -> None:
    assert len(list(Text("x" * 1_000_000).chunks())) <= 401


def test_an_endless_text_repeats_itself() -> None:
    chunks = Text("abc", endless=True).chunks()
    assert [next(chunks) for _ in range(3)] == ["abc"] * 3


def test_arguments_are_cut_inside_the_json() -> None:
    call = ToolCall(Tool("a", "function"), '{"city":"Oslo"}', "1")
    assert len(list(call.chunks())) > 2
    assert "".join(call.chunks()) == call.arguments


def test_a_turn_counts_all_its_parts() -> None:
    turn = Turn((Thought("t" * 40), Text("x" * 40), ToolCall(Tool("a", "f"), "y" * 40, "1")), "m")
    assert turn.output_tokens == tokens(120)
    assert turn.reasoning_tokens == tokens(40)
    assert turn.text == "x" * 40
    assert not turn.refused
    assert Turn((Refusal("no"),), "m").refused
    assert tokens(0) == 1
