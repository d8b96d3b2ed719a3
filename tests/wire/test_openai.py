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


def test_p4_a_cache_key_is_bound_to_the_caller() -> None:
    keys = {
        openai.identity({"prompt_cache_key": key}, pseudonym)[0]["prompt_cache_key"]
        for key in ("thread-1", "thread-2")
        for pseudonym in ("p_1", "p_2", "")
    }
    assert len(keys) == 6
    assert all(len(key) <= 64 for key in keys)
    again = openai.identity({"prompt_cache_key": "thread-1"}, "p_1")[0]
    assert again["prompt_cache_key"] in keys
    assert "prompt_cache_key" not in openai.identity({"prompt_cache_key": None}, "p_1")[0]


@pytest.mark.parametrize(
    ("error", "word"), [({"code": "c", "type": "t"}, "c"), ({"type": "t"}, "t"), ({}, "error"), ("x", "error")]
)
def test_the_most_telling_word_of_an_error(error: object, word: str) -> None:
    assert openai.error_word({"error": error}) == word


def test_a_refusal_keeps_its_status() -> None:
    assert openai.refusal(DENIED).status == 403
