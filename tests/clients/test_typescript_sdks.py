"""The official SDKs for TypeScript: both vendors, all three dialects, streamed and not."""

from __future__ import annotations

from typing import Any

import pytest

from support.clients import run_script
from support.endpoint import RESTRICTED, Endpoint

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
PROMPT = 'go [[think]] [[tool:weather {"city": "Oslo"}]] [[tool:weather {"city": "Łódź"}]]'
CALLS = [{"name": "weather", "input": {"city": "Oslo"}}, {"name": "weather", "input": {"city": "Łódź"}}]
TOOLS: dict[str, Any] = {
    "messages": {"name": "weather", "input_schema": SCHEMA},
    "chat": {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}},
    "responses": {"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False},
}
DIALECTS = pytest.mark.parametrize("dialect", list(TOOLS))
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["json", "sse"])


def ask(base: str, key: str, dialect: str, do: str, prompt: str = "", stream: bool = False, **more: Any) -> dict[str, Any]:
    turn = [{"role": "user", "content": prompt}]
    bodies: dict[str, dict[str, Any]] = {
        "messages": {"model": "claude-opus-4-8", "max_tokens": 500, "messages": turn},
        "chat": {"model": "gpt-5.6", "messages": turn},
        "responses": {"model": "gpt-5.6", "input": turn},
    }
    anthropic = dialect == "messages"
    task = {"base_url": base if anthropic else f"{base}/v1", "key": key, "stream": stream}
    task |= {"do": do if anthropic or "." in do or do == "models" else f"{dialect}.{do}", "body": bodies[dialect] | more}
    run = run_script("anthropic.mjs" if anthropic else "openai.mjs", task)
    assert run.code == 0, run.said
    answer: dict[str, Any] = run.json()
    return answer


@STREAMED
@DIALECTS
def test_an_answer(endpoint: Endpoint, dialect: str, stream: bool) -> None:
    answer = ask(endpoint.url, endpoint.token, dialect, "ask", "hello [[say:grüß dich 👋]]", stream)
    assert answer["ok"], answer
    assert answer["text"] == "(simulated) grüß dich 👋"


@STREAMED
@DIALECTS
def test_a_tool_round_trip(endpoint: Endpoint, dialect: str, stream: bool) -> None:
    answer = ask(endpoint.url, endpoint.token, dialect, "tools", PROMPT, stream, tools=[TOOLS[dialect]])
    assert answer["ok"], answer
    assert answer["calls"] == CALLS
    assert answer["text"].startswith("(simulated) The tool answered: result of")
    assert [call.status for call in endpoint.calls()] == [200, 200]


@STREAMED
@DIALECTS
def test_p12_a_denial_carries_its_sentence_from_one_arrival(endpoint: Endpoint, dialect: str, stream: bool) -> None:
    model = RESTRICTED["claude" if dialect == "messages" else "gpt"]
    sentence, before = endpoint.sentence(model), endpoint.arrivals()
    answer = ask(endpoint.url, endpoint.token, dialect, "ask", "hello", stream, model=model)
    assert not answer["ok"]
    assert sentence in answer["message"]
    assert endpoint.arrivals() - before == 1
    assert endpoint.calls() == []


@DIALECTS
def test_an_error_in_mid_stream_is_an_error(endpoint: Endpoint, dialect: str) -> None:
    answer = ask(endpoint.url, endpoint.token, dialect, "ask", "hello [[error:6]]", stream=True)
    assert not answer["ok"]
    assert "simulated" in answer["message"]


@DIALECTS
def test_a_cut_stream_is_an_error(endpoint: Endpoint, dialect: str) -> None:
    answer = ask(endpoint.url, endpoint.token, dialect, "ask", "hello [[torn:6]]", stream=True)
    assert not answer["ok"]


def test_models_and_counting(endpoint: Endpoint) -> None:
    assert "claude-opus-4-8" in ask(endpoint.url, endpoint.token, "messages", "models")["ids"]
    assert "gpt-5.6" in ask(endpoint.url, endpoint.token, "chat", "models")["ids"]
    turn = [{"role": "user", "content": "word " * 100}]
    counted = ask(endpoint.url, endpoint.token, "messages", "count", messages=turn)
    assert counted["input_tokens"] > 100
