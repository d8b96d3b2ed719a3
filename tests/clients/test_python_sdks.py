"""The official SDKs for Python: both vendors, all three dialects, streamed and not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anthropic
import openai
import pytest

from support.endpoint import RESTRICTED, Endpoint

pytestmark = [pytest.mark.clients, pytest.mark.timeout(120)]

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TWO_CALLS = 'go [[think]] [[tool:weather {"city": "Oslo"}]] [[tool:weather {"city": "Łódź ]] \\" "}]]'
CITIES = [{"city": "Oslo"}, {"city": 'Łódź ]] " '}]
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["json", "sse"])


@pytest.fixture
def claude(endpoint: Endpoint) -> Any:
    with anthropic.Anthropic(base_url=endpoint.url, api_key=endpoint.token, max_retries=0) as client:
        yield client


@pytest.fixture
def gpt(endpoint: Endpoint) -> Any:
    with openai.OpenAI(base_url=endpoint.openai_url, api_key=endpoint.token, max_retries=0) as client:
        yield client


def message(client: anthropic.Anthropic, stream: bool, messages: list[Any], **more: Any) -> Any:
    given = {"model": "claude-opus-4-8", "max_tokens": 500, "messages": messages} | more
    if not stream:
        return client.messages.create(**given)
    with client.messages.stream(**given) as events:
        return events.get_final_message()


def completion(client: openai.OpenAI, stream: bool, messages: list[Any], **more: Any) -> Any:
    given = {"model": "gpt-5.6", "messages": messages} | more
    if not stream:
        return client.chat.completions.create(**given)
    with client.chat.completions.stream(**given, stream_options={"include_usage": True}) as events:
        return events.get_final_completion()


def response(client: openai.OpenAI, stream: bool, content: Any, **more: Any) -> Any:
    given = {"model": "gpt-5.6", "input": content} | more
    if not stream:
        return client.responses.create(**given)
    with client.responses.stream(**given) as events:
        return events.get_final_response()


def user(text: Any) -> list[Any]:
    return [{"role": "user", "content": text}]


@STREAMED
def test_messages_answer(claude: Any, stream: bool) -> None:
    answer = message(claude, stream, user("hello [[say:grüß dich 👋]]"))
    assert [block.text for block in answer.content] == ["(simulated) grüß dich 👋"]
    assert answer.stop_reason == "end_turn"
    assert answer.usage.output_tokens > 1


@STREAMED
def test_messages_tools_bring_signed_and_redacted_thinking_back(claude: Any, stream: bool) -> None:
    tools = [{"name": "weather", "input_schema": SCHEMA}]
    first = message(claude, stream, user(TWO_CALLS + "[[redacted]]"), tools=tools)
    assert [b.type for b in first.content] == ["redacted_thinking", "thinking", "text", "tool_use", "tool_use"]
    assert [b.input for b in first.content if b.type == "tool_use"] == CITIES
    assert first.stop_reason == "tool_use"
    results = [{"type": "tool_result", "tool_use_id": b.id, "content": "rain"} for b in first.content if b.type == "tool_use"]
    history = [*user(TWO_CALLS), {"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    second = message(claude, stream, history, tools=tools)
    assert second.content[0].text == "(simulated) The tool answered: rain | rain"


def test_messages_thinking_that_was_altered_is_turned_down(claude: Any) -> None:
    first = message(claude, False, user("hello [[think:deep]]"))
    assert first.content[0].type == "thinking"
    altered = [first.content[0].model_dump() | {"thinking": "(simulated) shallow"}]
    history = [*user("hello"), {"role": "assistant", "content": altered}, *user("and now?")]
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking` block"):
        message(claude, False, history)


@STREAMED
def test_messages_refusal(claude: Any, stream: bool) -> None:
    assert message(claude, stream, user("hello [[refuse]]")).stop_reason == "refusal"


def test_messages_error_in_mid_stream(claude: Any) -> None:
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        message(claude, True, user("hello [[error:5]]"))


def test_messages_cached_tokens_are_counted(claude: Any) -> None:
    long = [{"type": "text", "text": "word " * 500, "cache_control": {"type": "ephemeral"}}]
    first = message(claude, False, user(long))
    again = message(claude, False, [*user(long), {"role": "assistant", "content": "yes"}, *user("more")])
    assert first.usage.cache_creation_input_tokens > 500
    assert again.usage.cache_read_input_tokens > 500


def test_messages_count_and_models(claude: Any) -> None:
    counted = claude.messages.count_tokens(model="claude-opus-4-8", messages=user("word " * 100))
    assert 100 < counted.input_tokens < 200
    models = list(claude.models.list())
    assert {"claude-opus-4-8", "claude-haiku-4-5"} <= {model.id for model in models}
    assert RESTRICTED["claude"] not in {model.id for model in models}


def test_messages_image_and_a_megabyte(claude: Any, endpoint: Endpoint) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    answer = message(claude, True, user([image, {"type": "text", "text": "word " * 250_000 + "[[big:0]]"}]), max_tokens=1000)
    assert "with 1 image(s)" in answer.content[0].text
    assert endpoint.calls()[-1].body_bytes > 1_200_000


@STREAMED
def test_chat_answer(gpt: Any, stream: bool) -> None:
    answer = completion(gpt, stream, user("hello [[say:grüß dich 👋]]"))
    assert answer.choices[0].message.content == "(simulated) grüß dich 👋"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens > 3


@STREAMED
def test_chat_tools(gpt: Any, stream: bool) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
    first = completion(gpt, stream, user(TWO_CALLS), tools=tools).choices[0]
    calls = first.message.tool_calls
    assert [json.loads(call.function.arguments) for call in calls] == CITIES
    assert first.finish_reason == "tool_calls"
    results = [{"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in calls]
    said = {"role": "assistant", "tool_calls": [call.model_dump(include={"id", "type", "function"}) for call in calls]}
    second = completion(gpt, stream, [*user(TWO_CALLS), said, *results], tools=tools)
    assert second.choices[0].message.content == "(simulated) The tool answered: rain | rain"


def test_chat_refusal_and_image(gpt: Any) -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    answer = completion(gpt, False, user([picture, {"type": "text", "text": "[[refuse:not that]]"}]))
    assert answer.choices[0].message.refusal == "(simulated) not that"


def test_chat_error_in_mid_stream(gpt: Any) -> None:
    with pytest.raises(openai.APIError, match="had an error"):
        completion(gpt, True, user("hello [[error:3]]"))


@STREAMED
def test_responses_answer(gpt: Any, stream: bool) -> None:
    answer = response(gpt, stream, "hello [[say:grüß dich 👋]]")
    assert answer.output_text == "(simulated) grüß dich 👋"
    assert answer.usage.output_tokens > 1


@STREAMED
def test_responses_tools_bring_encrypted_reasoning_back(gpt: Any, stream: bool) -> None:
    tools = [{"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}]
    first = response(gpt, stream, user(TWO_CALLS), tools=tools)
    calls = [item for item in first.output if item.type == "function_call"]
    assert [json.loads(call.arguments) for call in calls] == CITIES
    kept = [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in first.output]
    for item in kept:
        item.pop("parsed_arguments", None)
    results = [{"type": "function_call_output", "call_id": call.call_id, "output": "rain"} for call in calls]
    second = response(gpt, stream, [*user(TWO_CALLS), *kept, *results], tools=tools)
    assert second.output_text == "(simulated) The tool answered: rain | rain"


def test_responses_encrypted_reasoning_that_was_altered_is_turned_down(gpt: Any) -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "c2ltdWxhdGVk", "id": "rs_1"}
    with pytest.raises(openai.BadRequestError, match="could not be verified"):
        response(gpt, False, [item, *user("hello")])


def test_openai_models(gpt: Any) -> None:
    names = {model.id for model in gpt.models.list()}
    assert "gpt-5.6" in names
    assert RESTRICTED["gpt"] not in names


ASKS: dict[str, Callable[[Any, Any], Any]] = {
    "messages-json": lambda claude, gpt: message(claude, False, user("hello"), model=RESTRICTED["claude"]),
    "messages-sse": lambda claude, gpt: message(claude, True, user("hello"), model=RESTRICTED["claude"]),
    "chat-json": lambda claude, gpt: completion(gpt, False, user("hello"), model=RESTRICTED["gpt"]),
    "chat-sse": lambda claude, gpt: completion(gpt, True, user("hello"), model=RESTRICTED["gpt"]),
    "responses-json": lambda claude, gpt: response(gpt, False, "hello", model=RESTRICTED["gpt"]),
}


@pytest.mark.parametrize("name", ASKS)
def test_p12_a_denial_raises_its_sentence_from_one_arrival(endpoint: Endpoint, name: str) -> None:
    model = RESTRICTED["claude" if name.startswith("messages") else "gpt"]
    sentence, before = endpoint.sentence(model), endpoint.arrivals()
    with (
        anthropic.Anthropic(base_url=endpoint.url, api_key=endpoint.token) as claude,
        openai.OpenAI(base_url=endpoint.openai_url, api_key=endpoint.token) as gpt,
        pytest.raises((anthropic.PermissionDeniedError, openai.PermissionDeniedError)) as caught,
    ):
        ASKS[name](claude, gpt)
    assert sentence in str(caught.value)
    assert endpoint.arrivals() - before == 1
    assert endpoint.calls() == []


def test_p12_a_streamed_responses_denial_is_a_failed_response_from_one_arrival(endpoint: Endpoint) -> None:
    model = RESTRICTED["gpt"]
    sentence, before = endpoint.sentence(model), endpoint.arrivals()
    with openai.OpenAI(base_url=endpoint.openai_url, api_key=endpoint.token) as gpt:
        events = list(gpt.responses.create(model=model, input="hello", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error
    assert events[-1].response.error.message == sentence
    assert endpoint.arrivals() - before == 1
