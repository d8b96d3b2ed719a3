from __future__ import annotations

import pytest

from safeconduct.wire import openai
from support.wire_calls import DENIED


def test_p11_a_pseudonym_is_always_set() -> None:
    assert openai.identity({}, "p_1") == ({"safety_identifier": "p_1"}, ())
    assert openai.identity({"metadata": ["user_id"]}, "p_1") == ({"safety_identifier": "p_1"}, ())


def test_p11_without_a_pseudonym_everything_is_taken_out() -> None:
    changes, removed = openai.identity({"metadata": {"user_id": "x"}}, "")
    assert (changes, set(removed)) == ({"metadata": {}}, {"user", "safety_identifier"})


@pytest.mark.parametrize(
    ("error", "word"), [({"code": "c", "type": "t"}, "c"), ({"type": "t"}, "t"), ({}, "error"), ("x", "error")]
)
def test_the_most_telling_word_of_an_error(error: object, word: str) -> None:
    assert openai.error_word({"error": error}) == word


def test_a_refusal_keeps_its_status() -> None:
    assert openai.refusal(DENIED).status == 403
