"""Asking a judge in each dialect: read by our own strict readers, and its answer only where it is finished."""

from __future__ import annotations

import json

import pytest

from safeconduct.exchange import judging
from safeconduct.safeguards.judging import Category, question
from safeconduct.terms.call import Dialect, Operation
from safeconduct.wire import dialect as dialects

FENCE = "0123456789abcdef" * 2
SAID = '{"category":"cyber","confidence":0.5}'
ANSWERS = {
    Dialect.MESSAGES: {"type": "message", "stop_reason": "end_turn", "content": [{"type": "text", "text": SAID}]},
    Dialect.CHAT: {"choices": [{"finish_reason": "stop", "message": {"content": SAID}}]},
    Dialect.RESPONSES: {
        "status": "completed",
        "output": [{"type": "reasoning"}, {"type": "message", "content": [{"type": "output_text", "text": SAID}]}],
    },
}
UNFINISHED = {
    Dialect.MESSAGES: ("stop_reason", "max_tokens"),
    Dialect.CHAT: ("choices", [{"finish_reason": "length", "message": {"content": SAID}}]),
    Dialect.RESPONSES: ("status", "incomplete"),
}


@pytest.mark.parametrize("dialect", list(Dialect))
def test_the_question_is_a_request_of_the_dialect(dialect):
    path, headers, body = judging.asked(dialect, "judge-1", question(["text to sort"], FENCE, ""))
    call = dialects.of(dialect).read(body, Operation.GENERATE)
    assert call.model == "judge-1"
    assert not call.stream
    assert call.max_output_tokens == judging.MOST_TOKENS
    assert any("text to sort" in block.text for block in dialects.of(dialect).blocks(call.tree))
    assert path == judging.PATHS[dialect]
    assert headers.endswith(b"\r\n")
    assert not {"user", "metadata", "safety_identifier"} & set(json.loads(body))


@pytest.mark.parametrize("dialect", list(Dialect))
def test_the_judgment_is_found_in_an_answer_of_the_dialect(dialect):
    raw = json.dumps(ANSWERS[dialect]).encode()
    found = judging.judged(dialect, 200, raw)
    assert found is not None
    assert found.category is Category.CYBER
    assert judging.judged(dialect, 500, raw) is None


@pytest.mark.parametrize("dialect", list(Dialect))
def test_an_unfinished_or_unreadable_answer_is_no_judgment(dialect):
    name, value = UNFINISHED[dialect]
    assert judging.judged(dialect, 200, json.dumps({**ANSWERS[dialect], name: value}).encode()) is None
    for raw in b"", b"{}", b"[]", b"{", b'{"content": 3, "choices": 4, "output": {}}':
        assert judging.judged(dialect, 200, raw) is None
