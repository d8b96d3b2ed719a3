"""What would the review say to each task, without a gateway and in a second? For whoever works on the rules.

The figures that are told come from ``report``: there every call passes a real gateway. This asks the same rooms in their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from evaluation.agents.talking import DIALECTS, Done
from evaluation.agents.tasks import Task
from safeconduct.safeguards import toolcalls
from safeconduct.safeguards.scope import Scope
from safeconduct.safeguards.taint import Taint
from safeconduct.terms.blocks import ToolCall
from safeconduct.wire import origins

_READ = {"messages": origins.messages, "chat": origins.chat, "responses": origins.responses}


def stopped_at(task: Task, dialect: str) -> tuple[int, list[str]] | None:
    """The call of a task at which a finding stops it (from 0), and the kinds of findings; None where nothing is found."""
    calls = [call for call, _ in task.steps] + ([task.payload] if task.payload else [])
    done: list[Done] = []
    for at, call in enumerate(calls):
        body = json.loads(json.dumps(DIALECTS[dialect].body(task, done)))
        found = toolcalls.review(ToolCall("call", call.tool, call.text), Scope(), Taint.of(_READ[dialect](body)))
        if found:
            return at, sorted({each.kind for each in found})
        done.append(Done(call, f"call-{at}", task.steps[at][1] if at < len(task.steps) else "ok"))
    return None


def stopped(tasks: Iterable[Task], dialect: str) -> set[str]:
    """The ids of the tasks that are stopped."""
    return {task.id for task in tasks if stopped_at(task, dialect) is not None}
