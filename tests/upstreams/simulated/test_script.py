"""The conversation says what is answered; whatever is no well-formed marker is ordinary text."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.upstreams.simulated.script import MOST_MARKERS, Marker, gist, markers_in, plan
from safeconduct.upstreams.simulated.turn import Asked, Faults, Refusal, Text, Thought, Tool, Turn

TOOLS = {name: Tool(name, "function") for name in ("weather", "Bash")}


def asked(prompt: str, *results: str, **more: object) -> Asked:
    return replace(Asked("claude-opus-4-8", False, prompt, results, TOOLS, 10), **more)  # type: ignore[arg-type]


def planned(prompt: str, *results: str, header: str = "", seen: int = 0, **more: object) -> Turn:
    return plan(asked(prompt, *results, **more), header, 7, seen)


def test_without_markers_the_answer_quotes_and_says_it_is_simulated() -> None:
    assert planned("hello").text == "(simulated) No model answered. You wrote: hello"
    assert "with 2 image(s)" in planned("hello", images=2).text


def test_what_claude_code_puts_before_the_users_words_is_not_quoted() -> None:
    assert planned("<system-reminder>be nice</system-reminder>\nhello").text.endswith("You wrote: hello")


def test_parallel_calls_keep_their_order_and_their_json() -> None:
    turn = planned('[[tool:weather {"a": [[1]], "b": "]]"}]] and [[shell:echo hi]]')
    assert [call.tool.name for call in turn.calls] == ["weather", "Bash"]
    assert [json.loads(call.arguments) for call in turn.calls] == [{"a": [[1]], "b": "]]"}, {"command": "echo hi"}]
    assert len({call.id for call in turn.calls}) == 2


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Bash", {"command": "ls"}),
        ("shell_command", {"command": "ls"}),
        ("exec_command", {"cmd": "ls"}),
        ("shell", {"command": ["bash", "-c", "ls"]}),
    ],
)
def test_a_shell_is_called_by_the_name_the_client_declares(name: str, arguments: object) -> None:
    [call] = planned("[[shell:ls]]", tools={name: Tool(name, "function")}).calls
    assert json.loads(call.arguments) == arguments


def test_an_undeclared_tool_is_not_called() -> None:
    assert not planned("[[tool:missiles {}]]").calls


def test_steps_advance_with_the_results_that_came_back() -> None:
    prompt = "[[tool:weather {}]] [[tool:weather {}]] [[next]] [[shell:ls]] [[next]] [[say:done]]"
    assert len(planned(prompt).calls) == 2
    assert [call.tool.name for call in planned(prompt, "a", "b").calls] == ["Bash"]
    assert planned(prompt, "a", "b", "c").text == "(simulated) done"
    assert planned("[[shell:ls]]", "file").text == "(simulated) The tool answered: file"


def test_a_refusal_is_the_whole_answer() -> None:
    assert planned("[[refuse]] [[shell:ls]]").parts == (Refusal("(simulated) I can't help with that request."),)


def test_thinking_is_shown_when_asked_for() -> None:
    assert isinstance(planned("hi", thinks=True).parts[0], Thought)
    redacted, shown, _ = planned("[[redacted]] [[think:hm]]").parts
    assert redacted == Thought("(simulated) I consider what was asked, and what I may answer.", redacted=True)
    assert shown == Thought("(simulated) hm")


def test_faults_come_from_prompt_model_name_and_header() -> None:
    assert planned("[[slow:100,20]]").faults == Faults(first_byte=0.1, per_event=0.02)
    assert planned("hi", model="claude-opus-4-8~torn:3").faults == Faults(torn_after=3)
    assert planned("hi", header="status:429,2; stale").faults == Faults(status=429, retry_after="2", stale=True)
    assert planned("[[error:5,permission_error]]").faults == Faults(error_after=5, error_kind="permission_error")
    assert planned("hi", model="claude-opus-4-8~torn").served == "claude-opus-4-8"
    assert planned("[[served:other]]").served == "other"


def test_faults_may_pass_after_some_arrivals() -> None:
    assert planned("[[status:529]] [[times:2]]", seen=1).faults.status == 529
    assert planned("[[status:529]] [[times:2]]", seen=2).faults == Faults()


def test_a_prompt_is_the_same_when_a_client_adds_lines_of_its_own() -> None:
    assert gist("<system-reminder>x</system-reminder>hello [[torn]]\nYour response was cut off.") == gist("hello [[torn]]")
    assert gist("hello") != gist("goodbye")


def test_numbers_are_bounded() -> None:
    assert planned("[[slow:999999999]]").faults.first_byte == 600
    assert planned("[[status:200]]").faults.status == 529
    assert planned("[[torn:-1]]").faults.torn_after == 4
    assert planned("[[torn:99999999999999999999]]").faults.torn_after == 4


def test_the_callers_limit_cuts_the_text() -> None:
    turn = planned("[[big:8]]", limit=10)
    assert turn.truncated
    assert len(turn.text) == 40
    assert not planned("hi", limit=100).truncated


def test_size_and_endlessness() -> None:
    assert 8 * 1024 < len(planned("[[big:8]]").text) < 9 * 1024
    assert planned("[[endless]]").parts == (Text("(simulated) No model answered. You wrote: [[endless]] ", endless=True),)


def test_a_call_for_json_gets_json() -> None:
    assert json.loads(planned("[[say:a title]]", wants_json=True).text) == {"simulated": True, "title": "a title"}


def test_what_is_no_marker_is_text() -> None:
    assert markers_in("[[tool:weather {broken]] [[nonsense]] [[say:x") == []
    assert markers_in("[[ say : x ]]") == []
    assert markers_in("[[tool:weather {broken]] [[say:x]]") == [Marker("say", "x")]
    assert len(markers_in("[[think]]" * 1000)) == MOST_MARKERS


@settings(max_examples=80)
@given(st.text(alphabet='[]{}":,~; \n\\saytolrn1é', max_size=120), st.text(alphabet="~;:,torn slow1", max_size=30))
def test_any_text_gets_an_answer(prompt: str, script: str) -> None:
    assert plan(asked(prompt, model=f"m~{script}"), script, 1, 0).parts
