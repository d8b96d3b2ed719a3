"""Claude Code, the real binary: answers, tools, refusals and trouble as its user sees them."""

from __future__ import annotations

import json

import pytest

from support.clients import run_claude
from support.endpoint import RESTRICTED, Endpoint

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]


def test_an_answer(endpoint: Endpoint) -> None:
    run = run_claude(endpoint.url, endpoint.token, "hello [[say:good morning]]")
    result = run.json()
    assert run.code == 0, run.said
    assert result["result"] == "(simulated) good morning"
    assert list(result["modelUsage"]) == ["claude-opus-4-8"]
    [call] = endpoint.calls()
    assert call.path == "/v1/messages"
    assert call.stream


def test_a_tool_round_trip_with_thinking_and_parallel_calls(endpoint: Endpoint) -> None:
    prompt = (
        'go [[think]] [[redacted]] [[shell:echo one-$((1+1))]] [[tool:Bash {"command": "echo tw$((0))", "description": "x"}]]'
    )
    run = run_claude(endpoint.url, endpoint.token, prompt)
    assert run.code == 0, run.said
    assert run.json()["num_turns"] == 3  # the two calls count as turns of their own
    assert "one-2" in run.json()["result"]
    assert "tw0" in run.json()["result"]
    first, second = endpoint.calls()
    assert (first.status, second.status) == (200, 200)  # the second brings the signed thinking back, and it is checked


def test_p12_a_denial_shows_its_sentence_at_once_from_one_arrival(endpoint: Endpoint) -> None:
    model = RESTRICTED["claude"]
    run = endpoint.shown_at_once(lambda: run_claude(endpoint.url, endpoint.token, "hello", model=model, output="text"))
    assert run.code == 1
    assert endpoint.sentence(model) in run.out


def test_p12_a_wrong_key_shows_its_sentence_at_once_from_one_arrival(endpoint: Endpoint) -> None:
    run = endpoint.shown_at_once(lambda: run_claude(endpoint.url, "no-key", "hello", output="text"))
    assert run.code == 1
    assert endpoint.sentence("claude-opus-4-8", "no-key") in run.out


def test_it_runs_with_gateway_model_discovery(endpoint: Endpoint) -> None:
    run = run_claude(endpoint.url, endpoint.token, "hello", env={"CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1"})
    assert run.code == 0, run.said


def test_an_overload_is_retried_until_it_passes(endpoint: Endpoint) -> None:
    run = run_claude(endpoint.url, endpoint.token, "hello [[status:529]] [[times:1]] [[say:at last]]")
    assert run.json()["result"] == "(simulated) at last"
    assert [call.status for call in endpoint.calls()] == [529, 200]


def test_a_cut_by_policy_in_mid_stream_shows_at_once_and_is_not_sent_again(endpoint: Endpoint) -> None:
    run = run_claude(endpoint.url, endpoint.token, "hello [[big:4]] [[error:60,permission_error]]", output="text")
    assert run.code == 1
    assert "API Error: Overloaded (simulated" in run.out
    assert len(endpoint.calls()) == 1


def test_an_error_in_mid_stream_is_shown(endpoint: Endpoint) -> None:
    run = run_claude(endpoint.url, endpoint.token, "hello [[big:4]] [[error:60]]", output="text")
    assert run.code == 1
    assert "API Error: Server error mid-response." in run.out


def test_a_torn_stream_is_taken_up_again(endpoint: Endpoint) -> None:
    run = run_claude(endpoint.url, endpoint.token, "read [[big:4]] [[torn:60]] [[times:1]]")
    assert run.code == 0, run.said
    assert endpoint.calls()[0].outcome == "torn"
    assert endpoint.calls()[-1].outcome == "done"


def test_a_stream_torn_for_good_is_shown(endpoint: Endpoint) -> None:
    run = run_claude(endpoint.url, endpoint.token, "read [[big:4]] [[torn:60]]", output="text")
    assert run.code == 1
    assert "API Error: Server error mid-response." in run.out


def test_a_prompt_of_more_than_a_megabyte(endpoint: Endpoint) -> None:
    run = run_claude(endpoint.url, endpoint.token, "filler " * 160_000 + "[[say:read it all]]", tools=())
    assert run.code == 0, run.said
    assert run.json()["result"] == "(simulated) read it all"
    assert endpoint.calls()[-1].body_bytes > 1_000_000


def test_partial_messages_arrive_as_they_stream(endpoint: Endpoint) -> None:
    run = run_claude(endpoint.url, endpoint.token, "hello [[say:in pieces, one by one]]", output="stream-json")
    kinds = [json.loads(line)["type"] for line in run.out.splitlines()]
    assert kinds[0] == "system"
    assert kinds[-1] == "result"
    assert "assistant" in kinds
