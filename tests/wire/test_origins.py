from __future__ import annotations

from typing import Any

from safeconduct.terms.call import Dialect
from safeconduct.wire.dialect import of
from support.wire_calls import read


def origins(dialect: Dialect, request: dict[str, Any]) -> dict[str, tuple[str, int, str]]:
    view = read(dialect, request)
    return {block.text: (block.origin.value, block.turn, block.tool) for block in of(dialect).blocks(view.tree)}


def test_who_wrote_what_in_messages() -> None:
    result = [{"type": "text", "text": "page one"}, {"type": "image", "source": {"type": "url", "url": "u1"}}]
    found = origins(
        Dialect.MESSAGES,
        {
            "system": [{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral"}}],
            "tools": [{"name": "Bash", "description": "runs it", "input_schema": {"type": "object"}}],
            "messages": [
                {"role": "user", "content": "hello"},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "hm", "signature": "Eq+"},
                        {"type": "text", "text": "so", "citations": [{"cited_text": "they wrote"}]},
                        {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls", "id": 4111111111111111}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "toolu_1", "content": result},
                        {"type": "document", "source": {"type": "text", "data": "the paper"}, "title": "a title"},
                        {"type": "text", "text": "and now"},
                        {"type": "holo_result", "said": "new kind"},
                        {"type": "holo", "said": "unknown kind"},
                    ],
                },
            ],
            "x_new": {"deep": "unknown field"},
        },
    )
    assert found["be kind"] == ("system", -1, "")
    assert found["runs it"] == ("system", -1, "")
    assert found["hello"] == ("user", 0, "")
    assert found["hm"] == ("assistant", 1, "")
    assert found["so"] == ("assistant", 1, "")
    assert found["they wrote"] == ("document", 1, "")
    assert found["Eq+"][0] == "other"
    assert found["ls"] == ("tool_call", 1, "Bash")
    assert found["4111111111111111"] == ("tool_call", 1, "Bash")
    assert found["page one"] == ("tool_result", 2, "toolu_1")
    assert found["u1"] == ("tool_result", 2, "toolu_1")
    assert found["the paper"] == ("document", 2, "")
    assert found["a title"] == ("document", 2, "")
    assert found["and now"] == ("user", 2, "")
    assert found["new kind"][0] == "tool_result"
    assert found["unknown kind"][0] == found["unknown field"][0] == "other"


def test_who_wrote_what_in_chat() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "mail", "arguments": '{"to":"\\u0061nn"}'}}
    found = origins(
        Dialect.CHAT,
        {
            "messages": [
                {"role": "developer", "content": "rules"},
                {"role": "user", "content": [{"type": "text", "text": "ask"}, {"type": "file", "file": {"file_data": "data"}}]},
                {"role": "assistant", "content": None, "refusal": "no way", "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call_1", "content": "sent"},
                {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "sent again"}]},
            ],
        },
    )
    assert found["rules"] == ("system", 0, "")
    assert found["ask"] == ("user", 1, "")
    assert found["data"] == ("document", 1, "")
    assert found["no way"] == ("assistant", 2, "")
    assert found['{"to":"\\u0061nn"}'] == ("tool_call", 2, "mail")
    assert found['{"to":"ann"}'] == ("tool_call", 2, "mail")
    assert found["sent"] == ("tool_result", 3, "call_1")
    assert found["sent again"] == ("tool_result", 4, "call_2")


def test_who_wrote_what_in_responses() -> None:
    found = origins(
        Dialect.RESPONSES,
        {
            "instructions": "rules",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "ask"}, {"type": "input_file", "filename": "f.pdf"}]},
                {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "weighed"}], "content": []},
                {"type": "function_call", "call_id": "c1", "name": "shell", "arguments": '{"cmd":"ls"}'},
                {"type": "function_call_output", "call_id": "c1", "output": "a.txt"},
                {"type": "custom_tool_call", "call_id": "c2", "name": "apply_patch", "input": "*** Begin"},
                {"type": "mcp_call", "id": "m1", "name": "read", "server_label": "s", "arguments": "{}x", "output": "from afar"},
                {"type": "mcp_list_tools", "server_label": "s", "tools": [{"description": "they say"}]},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]},
            ],
        },
    )
    assert found["rules"][0] == "system"
    assert found["ask"] == ("user", 0, "")
    assert found["f.pdf"][0] == "document"
    assert found["weighed"] == ("assistant", 1, "")
    assert found['{"cmd":"ls"}'] == ("tool_call", 2, "shell")
    assert found["a.txt"] == ("tool_result", 3, "c1")
    assert found["*** Begin"] == ("tool_call", 4, "apply_patch")
    assert found["{}x"] == ("tool_call", 5, "read")
    assert found["from afar"] == ("tool_result", 5, "m1")
    assert found["they say"][0] == "tool_result"
    assert found["done"] == ("assistant", 7, "")
    assert origins(Dialect.RESPONSES, {"input": "just text"})["just text"] == ("user", 0, "")
