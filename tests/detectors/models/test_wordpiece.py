"""The vectors are what the reference tokenizer answers (training/vectors.py made them)."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.detectors.models.scorer import SHIPPED
from safeconduct.detectors.models.wordpiece import LONGEST_WORD, REACH, WordPiece, words

VECTORS = [json.loads(line) for line in (Path(__file__).parent / "wordpiece.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def pieces() -> WordPiece:
    return WordPiece((SHIPPED / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1])


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_answers_what_the_reference_tokenizer_answers(pieces: WordPiece, vector: dict) -> None:
    assert pieces.ids(vector["text"]) == vector["ids"]


def test_the_vocabulary_is_whole(pieces: WordPiece) -> None:
    assert len(pieces) == 30522
    assert (pieces.pad, pieces.unknown, pieces.start, pieces.end) == (0, 100, 101, 102)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_bounded_ids(pieces: WordPiece, text: str) -> None:
    found = pieces.ids(text)
    assert len(found) <= 4 * len(text)  # compatibility forms are left alone, so a character is few pieces
    assert all(0 <= at < len(pieces) for at in found)
    assert pieces.ids(text) == found


def test_a_mark_written_into_a_text_is_no_mark(pieces: WordPiece) -> None:
    assert pieces.end not in pieces.ids("one [SEP] two [CLS] three")


def test_white_space_makes_no_difference() -> None:
    assert words("one\t two\r\n\u00a0three") == ["one", "two", "three"]


def test_a_word_too_long_is_unknown_and_cheap(pieces: WordPiece) -> None:
    assert pieces.ids("q" * (LONGEST_WORD + 1)) == [pieces.unknown]
    assert pieces.ids("q" * 100_000) == [pieces.unknown]


def test_whole_is_framed_or_nothing(pieces: WordPiece) -> None:
    assert pieces.whole("hello world", 4) == [101, 7592, 2088, 102]
    assert pieces.whole("hello world", 3) is None
    assert pieces.whole("a" * (REACH + 1), 1000) is None


def test_a_view_takes_the_start_of_the_head_and_the_end_of_the_tail(pieces: WordPiece) -> None:
    found = pieces.view("one " * 9 + "two", "three", "four " * 9 + "five", 13)
    assert len(found) <= 13
    one, three, four, five = (pieces.ids(word)[0] for word in ("one", "three", "four", "five"))
    assert found == [101, one, one, one, 102, three, 102, four, four, five, 102]
    assert found.count(pieces.end) == 3
