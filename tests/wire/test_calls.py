from __future__ import annotations

import msgspec

from safeconduct.terms.blocks import ToolCall
from safeconduct.terms.call import Dialect
from safeconduct.wire import calls
from safeconduct.wire.dialect import of


def test_the_calls_of_a_messages_answer() -> None:
    content = [
        {"type": "text", "text": "x"},
        {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "ls"}},
        {"type": "mcp_tool_use", "id": "u", "name": "read", "server_name": "files", "input": None},
    ]
    assert of(Dialect.MESSAGES).answer(msgspec.json.encode({"content": content})).calls == (
        ToolCall("t", "Bash", '{"command":"ls"}'),
        ToolCall("u", "mcp__files__read", "{}"),
    )


def test_the_calls_of_a_chat_answer_are_those_of_all_choices() -> None:
    first = {"tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}]}
    second = {"tool_calls": [{"id": "b", "type": "custom", "custom": {"name": "patch", "input": "free text"}}]}
    third = {"function_call": {"name": "old", "arguments": "{}"}}
    answer = {"choices": [{"message": message} for message in (first, second, third)]}
    assert of(Dialect.CHAT).answer(msgspec.json.encode(answer)).calls == (
        ToolCall("a", "f", '{"x": 1}'),
        ToolCall("b", "patch", "free text"),
        ToolCall("", "old", "{}"),
    )


def test_the_calls_of_a_responses_answer() -> None:
    output = [
        {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "d", "name": "apply_patch", "input": "*** Begin"},
        {"type": "local_shell_call", "call_id": "e", "action": {"command": ["ls"]}, "status": "completed"},
        {"type": "mcp_call", "id": "m", "name": "read", "server_label": "files", "arguments": "{}", "output": "no"},
        {"type": "computer_call", "id": "k", "call_id": "k", "pending": 1, "output": "no"},
        {"type": "message", "content": []},
    ]
    assert of(Dialect.RESPONSES).answer(msgspec.json.encode({"output": output})).calls == (
        ToolCall("c", "f", "{}"),
        ToolCall("d", "apply_patch", "*** Begin"),
        ToolCall("e", "local_shell_call", '{"command":["ls"]}'),
        ToolCall("m", "mcp__files__read", "{}"),
        ToolCall("k", "computer_call", '{"pending":1}'),
    )


def test_what_is_no_answer_asks_for_nothing() -> None:
    for dialect in Dialect:
        for raw in (b"", b"[]", b'{"content":5,"choices":[{}],"output":[5]}', b'{"choices":[{"message":{"tool_calls":[{}]}}]}'):
            assert all(call.name == "" for call in of(dialect).answer(raw).calls)


def test_arguments_stay_as_the_model_wrote_them() -> None:
    assert calls.spelled('{"a" :1}') == '{"a" :1}'
    assert calls.spelled({"a": "é"}) == '{"a":"é"}'
