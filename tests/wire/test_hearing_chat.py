from __future__ import annotations

import msgspec

from safeconduct.terms.blocks import ToolCall
from safeconduct.terms.call import Dialect
from support.listening import calls, listen


def test_log_probabilities_are_read_as_one_text() -> None:
    chances = {"content": [{"token": "AK", "logprob": -0.1, "top_logprobs": []}, {"token": "IA", "logprob": -0.1}]}
    chunk = {"id": "c", "choices": [{"index": 0, "delta": {"content": "AKIA"}, "logprobs": chances, "finish_reason": None}]}
    (heard,) = listen(Dialect.CHAT, b"data: " + msgspec.json.encode(chunk) + b"\n\n")
    assert {(said.channel, said.text, said.sealed) for said in heard.said} == {
        ("0.content", "AKIA", False),
        ("0.logprobs.content", "AKIA", True),
    }


def test_calls_of_chat_that_take_turns_are_told_whole() -> None:
    def chunk(index: int, arguments: str, finish: str | None = None, **more: str) -> bytes:
        call = {"index": index, "function": {"arguments": arguments, **({"name": more["name"]} if more else {})}}
        return (
            b"data: "
            + msgspec.json.encode(
                {"choices": [{"index": 0, "delta": {"tool_calls": [{**call, "id": f"c{index}"}]}, "finish_reason": finish}]}
            )
            + b"\n\n"
        )

    stream = chunk(0, "{", name="a") + chunk(1, "{", name="b") + chunk(0, "}") + chunk(1, "}", "tool_calls")
    assert ToolCall("c0", "a", "{}") in calls(listen(Dialect.CHAT, stream))
    assert ToolCall("c1", "b", "{}") in calls(listen(Dialect.CHAT, stream))
