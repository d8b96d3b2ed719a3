"""How does an agent talk in each dialect? Requests with tools, results of tools, and the calls that an answer holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.agents.tasks import Call, Task

SYSTEM = "You are a helpful assistant with tools."


@dataclass(frozen=True)
class Done:
    """A call that was made, its id, and what it gave back."""

    call: Call
    id: str
    result: str


class Messages:
    path, model = "/v1/messages", "claude-haiku-4-5"

    def body(self, task: Task, done: Sequence[Done]) -> dict[str, Any]:
        said: list[dict[str, Any]] = [{"role": "user", "content": task.user}]
        for each in done:
            use = {"type": "tool_use", "id": each.id, "name": each.call.tool, "input": each.call.arguments}
            result = {"type": "tool_result", "tool_use_id": each.id, "content": each.result}
            said += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
        tools = [{"name": name, "description": name, "input_schema": _schema(names)} for name, names in task.tools.items()]
        return {"model": self.model, "max_tokens": 1024, "system": SYSTEM, "messages": said, "tools": tools}

    def calls(self, answer: dict[str, Any]) -> list[tuple[str, str]]:
        return [(each["name"], each["id"]) for each in answer.get("content", []) if each.get("type") == "tool_use"]


class Chat:
    path, model = "/v1/chat/completions", "gpt-5.6-mini"

    def body(self, task: Task, done: Sequence[Done]) -> dict[str, Any]:
        said: list[dict[str, Any]] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": task.user}]
        for each in done:
            function = {"name": each.call.tool, "arguments": each.call.text}
            said.append({"role": "assistant", "tool_calls": [{"id": each.id, "type": "function", "function": function}]})
            said.append({"role": "tool", "tool_call_id": each.id, "content": each.result})
        tools = [{"type": "function", "function": {"name": n, "parameters": _schema(names)}} for n, names in task.tools.items()]
        return {"model": self.model, "messages": said, "tools": tools}

    def calls(self, answer: dict[str, Any]) -> list[tuple[str, str]]:
        message = answer["choices"][0]["message"]
        return [(each["function"]["name"], each["id"]) for each in message.get("tool_calls") or []]


class Responses:
    path, model = "/v1/responses", "gpt-5.6-mini"

    def body(self, task: Task, done: Sequence[Done]) -> dict[str, Any]:
        said: list[dict[str, Any]] = [{"role": "user", "content": [{"type": "input_text", "text": task.user}]}]
        for each in done:
            said.append({"type": "function_call", "call_id": each.id, "name": each.call.tool, "arguments": each.call.text})
            said.append({"type": "function_call_output", "call_id": each.id, "output": each.result})
        tools = [{"type": "function", "name": n, "parameters": _schema(names)} for n, names in task.tools.items()]
        return {"model": self.model, "instructions": SYSTEM, "input": said, "tools": tools, "store": False}

    def calls(self, answer: dict[str, Any]) -> list[tuple[str, str]]:
        return [(each["name"], each["call_id"]) for each in answer.get("output", []) if each.get("type") == "function_call"]


DIALECTS = {"messages": Messages(), "chat": Chat(), "responses": Responses()}
Dialect = Messages | Chat | Responses


def _schema(names: Sequence[str]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"description": name} for name in names}}


def streamed_call(data: bytes, tool: str) -> bool:
    """Whether a stream of any dialect brought a call of this tool to its end."""
    text = data.decode("utf-8", "replace")
    named = f'"name":{json.dumps(tool)}' in text.replace('": ', '":')
    over = "message_stop" in text or "response.completed" in text or "data: [DONE]" in text
    return named and over
