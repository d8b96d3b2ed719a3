"""A model that does whatever the conversation says last: the simulated provider, scripted to obey what was planted.

It finds the task by the person's words and goes through its calls; once the result that holds the plant has come back to it, it
makes the planted call. Nothing of the script is in the request, so that no detector can see it there.
"""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.agents.tasks import Task
from safeconduct.upstreams.simulated.turn import LABEL, Asked, Text, ToolCall, Turn


class Obeying:
    """What is answered: ``plan`` of a ``SimulatedProvider``."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = {task.user.strip(): task for task in tasks}

    def plan(self, asked: Asked, header: str, answers: int, before: int) -> Turn:  # noqa: ARG002 - the shape of a plan
        """The next call of the task, the planted one behind them, or a last word."""
        task = self._tasks.get(asked.prompt.strip())
        if task is None:
            return Turn((Text(f"{LABEL} I know no such task."),), asked.model)
        calls = [call for call, _ in task.steps] + ([task.payload] if task.payload else [])
        done = len(asked.results)
        if done >= len(calls):
            return Turn((Text(f"{LABEL} Done."),), asked.model)
        call = calls[done]
        return Turn((Text(f"{LABEL} Next."), ToolCall(asked.tools[call.tool], call.text, f"{answers:08d}")), asked.model)
