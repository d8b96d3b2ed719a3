from __future__ import annotations

import anthropic
import msgspec
import openai
import pytest

from safeconduct.terms.call import Refusal
from safeconduct.wire import answers
from safeconduct.wire.answers import SHORT
from safeconduct.wire.chat import CHAT, Chat
from safeconduct.wire.messages import MESSAGES, Messages
from safeconduct.wire.responses import RESPONSES, Responses
from support.wire_calls import DENIED
from support.wire_sdk import Answering


def test_p12_a_no_without_a_dialect_is_read_by_both_sdk_families() -> None:
    answer = answers.plain_refusal(DENIED)
    with pytest.raises(anthropic.PermissionDeniedError, match="A license is required"):
        Answering(answer).anthropic().models.list()
    with pytest.raises(openai.PermissionDeniedError, match="A license is required") as caught:
        Answering(answer).openai().models.list()
    assert caught.value.code == "instrument_forbids"


def test_headers_carry_both_ids_and_cannot_be_split() -> None:
    odd = Refusal(403, "a\r\nx: y", "No.", "", "req\n1\u00e9")
    pairs = dict(answers.refusal_headers(odd, answers.JSON))
    assert pairs[b"request-id"] == pairs[b"x-request-id"] == b"req?1?"
    assert pairs[b"x-safeconduct-reason"] == b"a??x:?y"
    assert b"content-length" not in pairs


def test_the_sentence_joins_what_and_what_next() -> None:
    assert answers.sentence(DENIED) == "A license is required. Ask your access officer."
    assert answers.sentence(Refusal(403, "c", "No.", "", "r")) == "No."


def test_untrusted_text_stays_inside_its_string() -> None:
    evil = Refusal(404, "c", 'No model "x"}\n\ndata: {"\u2028x', "", "r")
    body = answers.plain_refusal(evil).body
    assert b"\n" not in body
    assert msgspec.json.decode(body)["error"]["message"] == evil.sentence


@pytest.mark.parametrize(
    ("status", "word"), [(418, "invalid_request_error"), (402, "billing_error"), (502, "api_error"), (529, "overloaded_error")]
)
def test_words_for_statuses(status: int, word: str) -> None:
    assert answers.error_type(status) == word


@pytest.mark.parametrize(("seconds", "again"), [(1, b"true"), (SHORT, b"true"), (SHORT + 1, b"false"), (30, b"false")])
@pytest.mark.parametrize("dialect", [MESSAGES, CHAT, RESPONSES])
def test_p12_a_long_wait_is_told_and_shown_at_once_and_no_client_sleeps_for_it(
    dialect: Messages | Chat | Responses, seconds: int, again: bytes
) -> None:
    answer = dialect.refusal(Refusal(429, "measure_throttle", "Too fast.", "Later.", "req_1", retry_after=seconds), stream=True)
    headers = dict(answer.headers)
    assert (headers[b"retry-after"], headers[b"x-should-retry"]) == (b"%d" % seconds, again)
    assert (b"rate_limit_exceeded" in answer.body) is (dialect is RESPONSES and again == b"true")
