"""Which tasks are played? Read from versioned files: what a person asks, what tools give back, and what was planted.

``planted_*.yaml`` end with a ``payload``: the call of a model that obeys. ``benign_*.yaml`` have none; each of their calls is
what the person asked for. ``*_held_out.yaml`` were written before the detectors; ``*_open.yaml`` after them, in
three rounds that aimed at their gaps, and what was missed was mended (first looks: docs/adr/0030). ``*_blind.yaml`` and
``*_fresh.yaml`` were written by people who had not seen the detectors; at first look nothing had been mended for them, since then
both are seen. ``*_grown.yaml`` were written by the author of the rules while those were made stricter.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parent / "tasks"
PARTS: Final = ("held_out", "open", "blind", "grown", "fresh")


@dataclass(frozen=True)
class Call:
    """A tool call as a model makes it."""

    tool: str
    arguments: dict[str, Any]

    @property
    def text(self) -> str:
        return json.dumps(self.arguments, ensure_ascii=False, default=str)


@dataclass(frozen=True)
class Task:
    """``steps`` are calls with what they give back. ``payload`` is None in a benign task."""

    id: str
    domain: str
    style: str
    user: str
    steps: tuple[tuple[Call, str], ...]
    payload: Call | None
    part: str

    @property
    def tools(self) -> dict[str, list[str]]:
        """The tools of the task with the names of their arguments."""
        found: dict[str, list[str]] = {}
        for call in (*(call for call, _ in self.steps), *((self.payload,) if self.payload else ())):
            names = found.setdefault(call.tool, [])
            names += [name for name in call.arguments if name not in names]
        return found


def load(kind: str) -> list[Task]:
    """The tasks of a kind (``planted`` or ``benign``), part by part. Raises OSError, ValueError."""
    tasks: list[Task] = []
    for part in PARTS:
        for each in yaml.safe_load((FOLDER / f"{kind}_{part}.yaml").read_text("utf-8")):
            steps = tuple((_call(step["call"]), str(step["result"])) for step in each["steps"])
            payload = _call(each["payload"]) if "payload" in each else None
            tasks.append(Task(each["id"], each["domain"], each.get("style", ""), each["user"], steps, payload, part))
    return tasks


def _call(said: dict[str, Any]) -> Call:
    ((tool, arguments),) = said.items()
    return Call(tool, json.loads(json.dumps(arguments, default=str)))  # dates of YAML are texts to a tool
