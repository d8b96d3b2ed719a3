"""OpenAI Responses: what is read from a request, and that the events add up to the same answer as the JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from safeconduct.upstreams.simulated import responses, seal
from safeconduct.upstreams.simulated.script import plan
from safeconduct.upstreams.simulated.turn import Asked, Complaint, Turn

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
TOOLS = [
    {"type": "function", "name": "weather", "parameters": {"properties": {"city": {}}}},
    {"type": "custom", "name": "patch"},
    {"type": "local_shell"},
    {"type": "namespace", "name": "team", "tools": [{"type": "function", "name": "spawn"}]},
]
PROMPT = 'go [[think]] [[tool:weather {"city": "Łódź"}]] [[tool:patch *** Begin]] [[tool:spawn {}]]'


def planned(given: Any, **more: Any) -> tuple[Asked, Turn]:
    asked = responses.read({"model": "gpt-5.6", "input": given, "tools": TOOLS, **more})
    return asked, plan(asked, "", 1, 0)


def events(asked: Asked, turn: Turn) -> list[dict[str, Any]]:
    found = []
    for frame in responses.frames(asked, turn, "1"):
        name, data = frame.decode().strip().split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


@pytest.mark.parametrize("prompt", [PROMPT, "hello", "[[refuse]]", "[[big:2]]", "[[redacted]]", "[[shell:ls]]"])
def test_events_and_json_are_the_same_answer(prompt: str) -> None:
    asked, turn = planned(prompt)
    whole, stream = responses.answer(asked, turn, "1"), events(asked, turn)
    Response.model_validate(whole)
    for event in stream:
        EVENT.validate_python(event)
    assert [event["sequence_number"] for event in stream] == list(range(len(stream)))
    assert [event["item"] for event in stream if event["type"] == "response.output_item.done"] == whole["output"]
    assert stream[-1]["type"] == "response.completed"
    assert stream[-1]["response"] == whole
    for kind in ("output_text", "function_call_arguments", "custom_tool_call_input", "refusal"):
        streamed = "".join(event["delta"] for event in stream if event["type"] == f"response.{kind}.delta")
        assert streamed == "".join(_final(event) for event in stream if event["type"] == f"response.{kind}.done")


def _final(event: dict[str, Any]) -> str:
    return next(str(event[key]) for key in ("text", "arguments", "input", "refusal") if key in event)


def test_tools_keep_their_kind_and_namespace() -> None:
    output = responses.answer(*planned(PROMPT), "1")["output"]
    made = [item for item in output if "call" in item["type"]]
    assert [(item["type"], item["name"], item.get("namespace")) for item in made] == [
        ("function_call", "weather", None),
        ("custom_tool_call", "patch", None),
        ("function_call", "spawn", "team"),
    ]
    [shell] = [item for item in responses.answer(*planned("[[shell:ls]]"), "1")["output"] if item["type"] == "local_shell_call"]
    assert shell["action"]["command"] == ["bash", "-c", "ls"]


def test_results_are_read_since_the_last_words_of_the_user() -> None:
    said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go"}, {"type": "input_image"}]}
    items = [said, {"type": "function_call_output", "output": "rain"}, {"type": "custom_tool_call_output", "output": "snow"}]
    asked, _ = planned(items)
    assert (asked.prompt, asked.results, asked.images) == ("go", ("rain", "snow"), 1)
    assert planned("plain")[0].prompt == "plain"


def test_encrypted_reasoning_is_checked_when_it_comes_back() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": seal.wrap("a")}
    assert planned([item, {"role": "user", "content": "x"}])[0].prompt == "x"
    with pytest.raises(Complaint) as caught:
        planned([item | {"encrypted_content": seal.wrap("a")[:-4] + "AAAA"}])
    assert caught.value.code == "invalid_encrypted_content"


@pytest.mark.parametrize("tree", [{"model": "gpt-5.6"}, {"model": "claude-opus-4-8", "input": "x"}, {"input": "x"}])
def test_what_the_provider_turns_down(tree: dict[str, Any]) -> None:
    with pytest.raises(Complaint):
        responses.read(tree)


def test_a_cut_answer_is_incomplete() -> None:
    asked, turn = planned("[[big:4]]", max_output_tokens=10)
    assert events(asked, turn)[-1]["type"] == "response.incomplete"


def test_a_failure_in_mid_stream_is_a_failed_response() -> None:
    name, data = responses.failure(*planned("[[error:1,invalid_prompt]]"), "1").decode().strip().split("\n")
    body = json.loads(data.removeprefix("data: "))
    assert name == "event: response.failed"
    assert body["response"]["error"]["code"] == "invalid_prompt"
    EVENT.validate_python(body)
