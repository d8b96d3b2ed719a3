"""How one gateway under measurement is started and spoken to. Leaves starting it to `stage`, and measuring to `run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CHAT, MESSAGES, RESPONSES = "chat", "messages", "responses"
PATHS = {CHAT: "/v1/chat/completions", MESSAGES: "/v1/messages", RESPONSES: "/v1/responses"}
MODELS = {CHAT: "mock", MESSAGES: "claude-mock", RESPONSES: "mock"}
PACES = ("", "-paced-5-200", "-paced-50-100")  # what the driver appends to a model name, see native/mock.c


@dataclass(frozen=True, slots=True)
class Launch:
    """One target. ``headers`` are whole lines as the driver sends them; ``dialects`` are those it can serve.

    ``slow`` says that a call costs milliseconds, so that warming up and soaking take fewer calls.
    An empty ``command`` means that nothing is started: the driver speaks to ``port`` directly.
    """

    name: str
    command: tuple[str, ...]
    port: int
    headers: tuple[str, ...] = ("authorization: Bearer sk-bench-peer",)
    dialects: frozenset[str] = frozenset(PATHS)
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    slow: bool = False
    ready_within: float = 90.0


def model_names() -> list[str]:
    """Every model name that the bodies use: peers that want exact names list these."""
    return sorted({base + pace for base in MODELS.values() for pace in PACES})
