"""What safeguards do to real clients: a no at once, from one arrival, with the way forward; and the session after it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.officer_key import VARIABLE
from support.clients import Run, run_claude, run_codex
from support.endpoint import Endpoint
from support.letters import put_in_force
from support.stand import Stand, start_stand

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]

LETTER = """
[instrument]
id = "guarded-clients"
authority = "acme-platform"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z

[[rule]]
id = "numbers"
effect = "oblige"
models = ["tier:standard"]
cohort = 'true'
say = "Numbers of people are looked at."
duties = [
    { name = "safeguard", value = "personal.us_ssn request hold" },
    { name = "safeguard", value = "personal.uk_nino request justify" },
    { name = "safeguard", value = "personal.card request block" },
    { name = "safeguard", value = "personal.iban answer cut" },
]
"""
HELD = "my SSN is 536-90-{number:04d}, file it"
JUSTIFIED = "her NI AB123456D, look it up"
BLOCKED = "pay with card 4007 0707 5369 0781 today"
CUT = "say it [[slow:0,20]] [[say:words before it, and the account is IBAN DE89 3704 0044 0532 0130 00 for now]]"
SECRET = "AKIA" + "J4QK7ZP2XW6N3MTB"
REDACTED = f"remember aws_access_key_id = {SECRET} [[say:the key is {SECRET} there]]"
WHY = "A claim of hers is being worked on."
HEADER = "x-safeconduct-justification"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    # One person plays every no there is: the watch would throttle it, as it should, and the noes would be others.
    with start_stand(tmp_path_factory.mktemp("guarded") / "home", settings="[watch]\non = false\n") as running:
        with open_desk(running.environ) as desk:
            put_in_force(desk, LETTER)
        key = running.home.with_name("mira.key")
        running.cli("officer", "add", "mira", "--out", str(key))
        running.environ[VARIABLE] = str(key)
        running.cli("officer", "rotate")
        yield running


@pytest.fixture
def at(guarded: Stand) -> Endpoint:
    return Endpoint(guarded)


def claude(at: Endpoint, prompt: str, **more: Any) -> Run:
    return run_claude(at.url, at.token, prompt, output="text", tools=(), **more)


def codex(at: Endpoint, prompt: str, **more: Any) -> Run:
    return run_codex(at.openai_url, at.token, prompt, **more)


CLIENTS: dict[str, Callable[..., Run]] = {"claude": claude, "codex": codex}
NOS = {"held": HELD.format(number=1234), "justify": JUSTIFIED, "block": BLOCKED}
SAID = {"held": "officer", "justify": HEADER, "block": "personal"}


@pytest.mark.parametrize("no", NOS)
@pytest.mark.parametrize("name", CLIENTS)
def test_p12_a_safeguard_s_no_shows_at_once_with_the_way_forward(name: str, no: str, at: Endpoint) -> None:
    run = at.shown_at_once(lambda: CLIENTS[name](at, NOS[no]))
    assert run.code == 1
    assert SAID[no] in run.said


@pytest.mark.parametrize("name", CLIENTS)
def test_what_is_held_goes_on_once_it_was_released_and_so_does_the_session(
    name: str, at: Endpoint, tmp_path: Path, guarded: Stand
) -> None:
    prompt = HELD.format(number=2200 + len(name)) + " [[say:it is filed]]"
    held = CLIENTS[name](at, prompt, place=tmp_path / "kept")
    assert held.code == 1
    number = "H-" + held.said.partition("H-")[2][:12]
    assert number in guarded.cli("held", "list").stdout
    guarded.cli("held", "release", number, "--why", "the claim is known")
    time.sleep(1.0)
    again = CLIENTS[name](at, prompt, place=tmp_path / "kept")
    assert again.code == 0, again.said
    assert "it is filed" in again.said
    more = {"more": ["--continue"]} if name == "claude" else {"resume": True}
    on = CLIENTS[name](at, "and now [[say:the session goes on]]", place=tmp_path / "kept", **more)
    assert on.code == 0, on.said
    assert "the session goes on" in on.said
    assert len(at.calls()) == 2


def test_a_justification_travels_as_each_client_sends_headers_of_its_own_and_no_further(at: Endpoint) -> None:
    told = claude(at, JUSTIFIED, env={"ANTHROPIC_CUSTOM_HEADERS": f"{HEADER}: {WHY}"})
    assert told.code == 0, told.said
    told = codex(at, JUSTIFIED, provider=f'http_headers = {{ "{HEADER}" = "{WHY}" }}')
    assert told.code == 0, told.said
    assert len(at.calls()) == 2
    assert WHY not in json.dumps([vars(each) for each in at.calls()])
    assert HEADER not in json.dumps([vars(each) for each in at.calls()])


@pytest.mark.parametrize("name", CLIENTS)
def test_an_answer_that_a_finding_cuts_shows_why_and_is_not_asked_for_again(name: str, at: Endpoint, tmp_path: Path) -> None:
    run = CLIENTS[name](at, CUT, place=tmp_path / "kept")
    assert run.code == 1
    assert "DE89" not in run.said
    assert "personal" in run.said
    assert len(at.calls()) == 1
    more = {"more": ["--continue"]} if name == "claude" else {"resume": True}
    CLIENTS[name](at, "well then", place=tmp_path / "kept", **more)
    assert len(at.calls()) == 2, "the session goes on"


@pytest.mark.parametrize("name", CLIENTS)
def test_a_secret_is_taken_out_on_the_way_and_put_back_in_the_answer(name: str, at: Endpoint) -> None:
    run = CLIENTS[name](at, REDACTED)
    assert run.code == 0, run.said
    assert SECRET in run.said
    (call,) = at.calls()
    assert SECRET not in json.dumps(vars(call))


STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["json", "sse"])
ASKS: dict[str, Callable[[Any, str, bool], str]] = {
    "messages": lambda clients, text, stream: _messages(clients[0], text, stream),
    "chat": lambda clients, text, stream: _chat(clients[1], text, stream),
    "responses": lambda clients, text, stream: _responses(clients[1], text, stream),
}


def _messages(client: anthropic.Anthropic, text: str, stream: bool) -> str:
    given: Any = {"model": "claude-opus-4-8", "max_tokens": 500, "messages": [{"role": "user", "content": text}]}
    if not stream:
        return client.messages.create(**given).content[0].text
    with client.messages.stream(**given) as events:
        return str(events.get_final_text())


def _chat(client: openai.OpenAI, text: str, stream: bool) -> str:
    given: Any = {"model": "gpt-5.6", "messages": [{"role": "user", "content": text}]}
    if not stream:
        return str(client.chat.completions.create(**given).choices[0].message.content)
    with client.chat.completions.stream(**given) as events:
        return str(events.get_final_completion().choices[0].message.content)


def _responses(client: openai.OpenAI, text: str, stream: bool) -> str:
    if not stream:
        return str(client.responses.create(model="gpt-5.6", input=text).output_text)
    told = ""
    for event in client.responses.create(model="gpt-5.6", input=text, stream=True):
        if event.type == "response.failed":
            raise openai.APIError(str(event.response.error), request=None, body=None)  # type: ignore[arg-type]
        told += event.delta if event.type == "response.output_text.delta" else ""
    return told


@STREAMED
@pytest.mark.parametrize("name", ASKS)
def test_p12_every_sdk_hears_each_no_from_one_arrival_and_its_secret_back(name: str, stream: bool, at: Endpoint) -> None:
    before = at.arrivals()
    with (
        anthropic.Anthropic(base_url=at.url, api_key=at.token) as claude_sdk,
        openai.OpenAI(base_url=at.openai_url, api_key=at.token) as gpt,
    ):
        for no, text in NOS.items():
            with pytest.raises((anthropic.APIError, openai.APIError)) as caught:
                ASKS[name]((claude_sdk, gpt), text, stream)
            assert SAID[no] in str(caught.value)
        assert at.calls() == []
        with pytest.raises((anthropic.APIError, openai.APIError)) as caught:
            ASKS[name]((claude_sdk, gpt), CUT, stream)
        assert "personal" in str(caught.value)
        assert "DE89" not in str(caught.value)
        assert SECRET in ASKS[name]((claude_sdk, gpt), f"[[say:so {SECRET} is]] aws_access_key_id = {SECRET}", stream)
    assert at.arrivals() - before == len(NOS) + 2
    assert len(at.calls()) == 2
