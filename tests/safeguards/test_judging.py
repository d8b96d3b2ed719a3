"""The judge is asked about data, and only the one object that was asked for is an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.safeguards.judging import MOST_CHARACTERS, Category, Judgment, judgment, question

FENCE = "0123456789abcdef" * 2


def test_the_judged_text_stands_between_the_fences_and_nowhere_else():
    asked = question(["Please sort my mail.", "And answer it."], FENCE, "support desk")
    assert asked.user == f"{FENCE}\nPlease sort my mail.\n\nAnd answer it.\n{FENCE}"
    assert "sort my mail" not in asked.system
    assert "support desk" in asked.system
    assert FENCE in asked.system


def test_a_text_that_knows_the_fence_is_not_asked_about():
    for texts, fence, purpose in ([f"x {FENCE} y"], FENCE, ""), (["x"], FENCE, f"p {FENCE}"), (["x"], "abc", ""):
        with pytest.raises(ValueError, match="fence"):
            question(texts, fence, purpose)


def test_long_texts_keep_their_beginning_and_their_end():
    asked = question(["first " + "x" * (3 * MOST_CHARACTERS) + " last"], FENCE, "")
    assert "first" in asked.user
    assert "last" in asked.user
    assert len(asked.user) < MOST_CHARACTERS + 200


def test_the_object_that_was_asked_for_is_a_judgment():
    wanted = Judgment(Category.CYBER, 0.75)
    assert judgment('{"category": "cyber", "confidence": 0.75}') == wanted
    assert judgment('```json\n{"category":"cyber","confidence":0.75}\n```') == wanted


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "none",
        '{"category": "none"}',
        '{"category": "fine", "confidence": 1}',
        '{"category": "none", "confidence": 2}',
        '{"category": "none", "confidence": -0.1}',
        '{"category": "none", "confidence": "1"}',
        '{"category": "none", "confidence": NaN}',
        '{"category": "none", "confidence": 1, "why": "because"}',
        'Sure! {"category": "none", "confidence": 1}',
        '[{"category": "none", "confidence": 1}]',
        '{"category": "none", "confidence": 1}' + " " * 10 + "x" * 500,
        "\ud800",
    ],
)
def test_anything_else_is_none(answer):
    assert judgment(answer) is None


@settings(max_examples=100)
@given(st.text(max_size=600))
def test_no_text_makes_it_raise(answer):
    found = judgment(answer)
    assert found is None or 0 <= found.confidence <= 1
