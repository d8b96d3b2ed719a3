"""Codex, the real binary: answers, tools, refusals and trouble as its user sees them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from support.clients import Run, run_codex
from support.endpoint import RESTRICTED, Endpoint

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def events(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.out.splitlines() if line.startswith("{")]


def messages(run: Run) -> list[str]:
    items = [event["item"] for event in events(run) if event["type"] == "item.completed"]
    return [item["text"] for item in items if item["type"] == "agent_message"]


def test_an_answer(endpoint: Endpoint) -> None:
    run = run_codex(endpoint.openai_url, endpoint.token, "hello [[say:good morning]]")
    assert run.code == 0, run.said
    assert messages(run) == ["(simulated) good morning"]
    assert events(run)[-1]["type"] == "turn.completed"
    [call] = endpoint.calls()
    assert call.path == "/v1/responses"
    assert call.stream


def test_a_tool_round_trip_brings_encrypted_reasoning_back_unchanged(endpoint: Endpoint) -> None:
    run = run_codex(endpoint.openai_url, endpoint.token, "go [[think]] [[shell:echo one-$((1+1))]]")
    assert run.code == 0, run.said
    assert "one-2" in messages(run)[-1]
    first, second = endpoint.calls()
    assert (first.status, second.status) == (200, 200)
    sent = json.loads(second.body)["input"]
    assert [item for item in sent if item["type"] == "reasoning" and item["encrypted_content"]]


def test_p12_a_denial_shows_its_sentence_at_once_from_one_arrival(endpoint: Endpoint) -> None:
    model = RESTRICTED["gpt"]
    run = endpoint.shown_at_once(lambda: run_codex(endpoint.openai_url, endpoint.token, "hello", model=model))
    assert run.code == 1
    assert [event["message"] for event in events(run) if event["type"] == "error"] == [endpoint.sentence(model)]


def test_p12_a_wrong_key_shows_its_sentence_at_once_from_one_arrival(endpoint: Endpoint) -> None:
    run = endpoint.shown_at_once(lambda: run_codex(endpoint.openai_url, "no-key", "hello"))
    assert run.code == 1
    assert endpoint.sentence("gpt-5.6", "no-key") in run.out


def test_a_refused_websocket_falls_back_to_sse(endpoint: Endpoint) -> None:
    run = run_codex(endpoint.openai_url, endpoint.token, "hello [[say:over sse]]", provider="supports_websockets = true")
    assert messages(run) == ["(simulated) over sse"], run.said
    assert len(endpoint.calls()) == 1


def test_a_cut_by_policy_in_mid_stream_shows_at_once_and_is_not_sent_again(endpoint: Endpoint) -> None:
    run = run_codex(endpoint.openai_url, endpoint.token, "hello [[big:4]] [[error:60,invalid_prompt]]")
    assert run.code == 1
    assert "The server had an error (simulated" in events(run)[-1]["error"]["message"]
    assert len(endpoint.calls()) == 1


def test_an_error_in_mid_stream_is_shown(endpoint: Endpoint) -> None:
    run = run_codex(endpoint.openai_url, endpoint.token, "hello [[error:6]]", provider="stream_max_retries = 1")
    assert run.code == 1
    assert "The server had an error (simulated" in events(run)[-1]["error"]["message"]


def test_a_torn_stream_is_asked_again(endpoint: Endpoint) -> None:
    run = run_codex(endpoint.openai_url, endpoint.token, "again [[torn:6]] [[times:1]] [[say:at last]]")
    assert messages(run) == ["(simulated) at last"]
    assert [call.outcome for call in endpoint.calls()] == ["torn", "done"]


def test_a_prompt_of_more_than_a_megabyte(endpoint: Endpoint) -> None:
    run = run_codex(endpoint.openai_url, endpoint.token, "filler " * 145_000 + "[[say:read it all]]")
    assert messages(run) == ["(simulated) read it all"], run.said[-2000:]
    assert endpoint.calls()[-1].body_bytes > 1_000_000


def test_an_image(endpoint: Endpoint, tmp_path: Path) -> None:
    picture = tmp_path / "pixel.png"
    picture.write_bytes(PIXEL)
    run = run_codex(endpoint.openai_url, endpoint.token, "what is this", images=[picture])
    assert "with 1 image(s)" in messages(run)[-1], run.said
