"""Which models does the simulated provider offer, and how does each vendor's list show them?"""

from __future__ import annotations

from typing import Any

from safeconduct.upstreams.simulated.turn import LABEL

CREATED = 1_780_272_000  # 1 June 2026, for every model alike
CLAUDE = {
    "claude-fable-5": "Claude Fable 5",
    "claude-mythos-5": "Claude Mythos 5",
    "claude-opus-5-5": "Claude Opus 5.5",
    "claude-sonnet-5-5": "Claude Sonnet 5.5",
    "claude-haiku-5-5": "Claude Haiku 5.5",
    "claude-opus-4-8": "Claude Opus 4.8",
    "claude-sonnet-4-8": "Claude Sonnet 4.8",
    "claude-haiku-4-5": "Claude Haiku 4.5",
}
GPT = {
    "gpt-5.6": "GPT-5.6",
    "gpt-5.6-cyber": "GPT-5.6 Cyber",
    "gpt-5.6-mini": "GPT-5.6 mini",
}


def offers(model: str, vendor: dict[str, str]) -> bool:
    """Whether a vendor has this model; what follows ``~`` is script, not name."""
    return model.partition("~")[0] in vendor


def claude_model(model: str) -> dict[str, Any]:
    """One entry as Anthropic shows it (GET /v1/models/{id})."""
    return {
        "type": "model",
        "id": model,
        "display_name": f"{CLAUDE[model]} {LABEL}",
        "created_at": "2026-06-01T00:00:00Z",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
    }


def claude_models() -> dict[str, Any]:
    """Anthropic's list (GET /v1/models), always one page."""
    names = list(CLAUDE)
    return {"data": [claude_model(name) for name in names], "has_more": False, "first_id": names[0], "last_id": names[-1]}


def gpt_model(model: str) -> dict[str, Any]:
    """One entry as OpenAI shows it."""
    return {"id": model, "object": "model", "created": CREATED, "owned_by": "simulated"}


def gpt_models() -> dict[str, Any]:
    """OpenAI's list."""
    return {"object": "list", "data": [gpt_model(name) for name in GPT]}
