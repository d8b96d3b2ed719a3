"""The simulated provider over real sockets: routes, keys, faults, and what it shows of what arrived."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from safeconduct.upstreams.simulated import SimulatedProvider, fingerprint
from support.loopback import Loop

KEY = "sk-simulated-secret"
HEADERS = {
    "/v1/messages": {"x-api-key": KEY, "anthropic-version": "2023-06-01"},
    "/v1/chat/completions": {"authorization": f"Bearer {KEY}"},
    "/v1/responses": {"authorization": f"Bearer {KEY}"},
}
PATHS = pytest.mark.parametrize("path", list(HEADERS))


def body(path: str, prompt: str, stream: bool = False) -> dict[str, Any]:
    turn = [{"role": "user", "content": prompt}]
    if path == "/v1/messages":
        return {"model": "claude-opus-4-8", "max_tokens": 900, "messages": turn, "stream": stream}
    return {"model": "gpt-5.6", "input" if "responses" in path else "messages": turn, "stream": stream}


class Desk:
    """A provider and a plain HTTP client for it."""

    def __init__(self) -> None:
        self.loop, self.provider = Loop(), SimulatedProvider()
        self.port = self.loop.run(self.provider.start())
        self.wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def send(
        self, method: str, path: str, content: bytes = b"", headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        self.wire.request(method, path, content, headers or {})
        return self.wire.getresponse()

    def ask(self, path: str, prompt: str, stream: bool = False, **headers: str) -> http.client.HTTPResponse:
        return self.send("POST", path, json.dumps(body(path, prompt, stream)).encode(), HEADERS[path] | headers)

    def close(self) -> None:
        self.wire.close()
        self.loop.run(self.provider.stop())
        self.loop.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


@PATHS
def test_json_and_stream_are_labelled_and_end_well(desk: Desk, path: str) -> None:
    whole = desk.ask(path, "hello")
    assert b"(simulated)" in whole.read()
    stream = desk.ask(path, "hello", stream=True)
    text = stream.read().decode()
    assert (whole.status, stream.status) == (200, 200)
    assert whole.headers["x-safeconduct-simulated"] == stream.headers["x-safeconduct-simulated"] == "true"
    assert "content-length" not in stream.headers
    ends = {"/v1/messages": '{"type":"message_stop"}', "/v1/chat/completions": "[DONE]", "/v1/responses": '"response.completed"'}
    assert ends[path] in text
    assert [(a.outcome, a.status, a.stream) for a in desk.provider.arrivals] == [("done", 200, False), ("done", 200, True)]


@PATHS
def test_p11_a_key_is_needed_and_never_repeated(desk: Desk, path: str) -> None:
    without = desk.send("POST", path, json.dumps(body(path, "hi")).encode(), {"anthropic-version": "2023-06-01"})
    assert without.status == 401
    without.read()
    heard = desk.ask(path, "hi")
    shown = heard.read() + str(heard.headers).encode()
    listed = desk.send("GET", "/_simulated/requests").read()
    assert KEY.encode() not in shown + listed
    assert fingerprint(KEY).encode() in listed


def test_every_fault_status_comes_in_the_dialects_words(desk: Desk) -> None:
    answer = desk.ask("/v1/messages", "[[status:529,3]]")
    assert (answer.status, answer.headers["retry-after"]) == (529, "3")
    assert json.loads(answer.read())["error"]["type"] == "overloaded_error"
    limited = desk.ask("/v1/chat/completions", "[[status:429]]")
    assert (limited.status, limited.headers["x-ratelimit-remaining-requests"]) == (429, "0")
    assert json.loads(limited.read())["error"]["type"] == "rate_limit_exceeded"


@PATHS
def test_a_torn_stream_ends_without_its_end(desk: Desk, path: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        desk.ask(path, "[[torn:3]]", stream=True).read()
    assert (desk.provider.arrivals[-1].outcome, desk.provider.arrivals[-1].events) == ("torn", 3)


@PATHS
def test_a_torn_json_answer_ends_in_the_middle(desk: Desk, path: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        desk.ask(path, "[[torn]]").read()


@PATHS
def test_bad_json_is_bad(desk: Desk, path: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(desk.ask(path, "[[badjson]]").read())
    assert b",]\n" in desk.ask(path, "[[badjson]]", stream=True).read()


def test_a_mid_stream_error_is_the_last_event(desk: Desk) -> None:
    frames = desk.ask("/v1/messages", "[[error:3]]", stream=True).read().decode().strip().split("\n\n")
    assert len(frames) == 4
    assert frames[-1].startswith("event: error\n")
    assert desk.ask("/v1/messages", "[[error]]").status == 500


def test_an_endless_stream_ends_with_its_caller(desk: Desk) -> None:
    answer = desk.ask("/v1/chat/completions", "[[endless]]", stream=True)
    assert len(answer.read(100_000)) == 100_000
    answer.close()
    desk.wire.close()
    _wait_for(desk, "left")


def test_a_stalled_answer_is_open_until_its_caller_leaves(desk: Desk) -> None:
    answer = desk.ask("/v1/responses", "[[stall:2]]", stream=True)
    assert answer.readline() == b"event: response.created\n"
    assert desk.provider.arrivals[-1].outcome == "open"
    answer.close()
    desk.wire.close()
    _wait_for(desk, "left")


def _wait_for(desk: Desk, outcome: str) -> None:
    """Give the loop turns until it has noticed; the limit of the test ends a loop that never does."""
    while desk.provider.arrivals[-1].outcome != outcome:
        desk.loop.run(_nothing())


async def _nothing() -> None:
    return None


def test_a_stale_connection_closes_without_having_said_so(desk: Desk) -> None:
    answer = desk.ask("/v1/messages", "[[stale]]")
    assert answer.headers.get("connection") is None
    answer.read()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)):
        desk.ask("/v1/messages", "again").read()


def test_the_header_scripts_too_and_waits_are_kept(desk: Desk) -> None:
    answer = desk.ask("/v1/chat/completions", "hi", **{"x-simulate": "served:gpt-5.6-mini; slow:1,1"})
    assert json.loads(answer.read())["model"] == "gpt-5.6-mini"
    assert answer.headers["openai-model"] == "gpt-5.6-mini"


def test_models_in_each_vendors_form(desk: Desk) -> None:
    claude = json.loads(desk.send("GET", "/v1/models?limit=1000", headers=HEADERS["/v1/messages"]).read())
    assert claude["data"][0]["display_name"].endswith("(simulated)")
    assert json.loads(desk.send("GET", "/v1/models", headers=HEADERS["/v1/responses"]).read())["object"] == "list"
    one = desk.send("GET", "/v1/models/claude-fable-5", headers=HEADERS["/v1/messages"])
    assert json.loads(one.read())["id"] == "claude-fable-5"
    assert desk.send("GET", "/v1/models/gpt-9", headers=HEADERS["/v1/responses"]).status == 404


def test_counting_tokens_asks_no_model(desk: Desk) -> None:
    content = json.dumps({"model": "claude-opus-4-8", "messages": [{"role": "user", "content": "x" * 400}]}).encode()
    answer = json.loads(desk.send("POST", "/v1/messages/count_tokens?beta=true", content, HEADERS["/v1/messages"]).read())
    assert 100 <= answer["input_tokens"] <= 110


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/v1/messages", b"{", 400),
        ("POST", "/v1/messages", b"[]", 400),
        ("POST", "/v1/messages", b"\xff", 400),
        ("POST", "/v1/messages", b"[" * 100_000, 400),
        ("GET", "/v1/messages", b"", 404),
        ("POST", "/v1/files", b"", 404),
        ("HEAD", "/", b"", 200),
    ],
)
def test_what_cannot_be_answered(desk: Desk, method: str, path: str, content: bytes, status: int) -> None:
    assert desk.send(method, path, content, HEADERS["/v1/messages"]).status == status


def test_messages_need_a_version_and_a_plain_body(desk: Desk) -> None:
    content = json.dumps(body("/v1/messages", "hi")).encode()
    missing = desk.send("POST", "/v1/messages", content, {"x-api-key": KEY})
    assert (missing.status, b"anthropic-version" in missing.read()) == (400, True)
    packed = desk.send("POST", "/v1/messages", content, HEADERS["/v1/messages"] | {"content-encoding": "gzip"})
    assert packed.status == 415


def test_a_websocket_is_refused(desk: Desk) -> None:
    upgrade = {"connection": "upgrade", "upgrade": "websocket"}
    assert desk.send("GET", "/v1/responses", headers=HEADERS["/v1/responses"] | upgrade).status == 426


def test_arrivals_can_be_read_and_forgotten(desk: Desk) -> None:
    desk.ask("/v1/messages", "hello there").read()
    [seen] = json.loads(desk.send("GET", "/_simulated/requests").read())["requests"]
    assert (seen["path"], seen["credential"], seen["model"]) == ("/v1/messages", "x-api-key", "claude-opus-4-8")
    assert "hello there" in seen["body"]
    desk.send("DELETE", "/_simulated/requests").read()
    assert desk.provider.arrivals == ()
