"""What do the two OpenAI dialects share? Error answers, identity fields and model lists."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from safeconduct.terms.call import Answer, Refusal
from safeconduct.terms.standing import Model
from safeconduct.wire import answers
from safeconduct.wire.sse import member, word

CACHE_KEY = 48  # characters; the API takes 64


def identity(tree: dict[str, Any], pseudonym: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Members to set and to take out so that identity comes from the registry alone, and a cache is the caller's own.

    INVARIANT P11: ``safety_identifier`` is always the pseudonym. ``user``, its older form, and a ``user_id`` in the free
    ``metadata`` are overwritten where the client sent them. Without a pseudonym all of them are taken out.

    INVARIANT P4 (cache): a ``prompt_cache_key`` is bound to the pseudonym, so that nobody can choose another's.
    """
    metadata = member(tree, "metadata")
    changes: dict[str, Any] = {}
    key = tree.get("prompt_cache_key")
    if key is not None:
        changes["prompt_cache_key"] = sha256(f"{pseudonym}\0{key}".encode()).hexdigest()[:CACHE_KEY]
    if not pseudonym:
        if "user_id" in metadata:
            changes["metadata"] = {name: value for name, value in metadata.items() if name != "user_id"}
        return changes, ("safety_identifier", "user")
    changes["safety_identifier"] = pseudonym
    if "user" in tree:
        changes["user"] = pseudonym
    if "user_id" in metadata:
        changes["metadata"] = {**metadata, "user_id": pseudonym}
    return changes, ()


def refusal(no: Refusal) -> Answer:
    """A no as OpenAI's error JSON."""
    return answers.json_answer(no.status, answers.refusal_headers(no, answers.JSON), {"error": answers.openai_error(no)})


def error_word(tree: dict[str, Any]) -> str:
    """The most telling word of an error: its code, else its type."""
    error = member(tree, "error")
    return word(error, "code") or word(error, "type") or "error"


def models_answer(models: Sequence[Model], request_id: str, *, codex: bool) -> Answer:
    """The model list. Codex asks with a schema of its own, in which an entry must carry the model's base instructions.

    We do not have those, and an entry with made-up ones would replace the client's own, so Codex gets an empty list of
    its schema: it then keeps the entries it ships with.
    """
    listing: dict[str, Any] = {"models": []} if codex else {"object": "list", "data": [_model(model) for model in models]}
    return answers.json_answer(200, answers.headers(request_id, answers.JSON), listing)


def model_answer(model: Model, request_id: str) -> Answer:
    """One entry of the model list."""
    return answers.json_answer(200, answers.headers(request_id, answers.JSON), _model(model))


def _model(model: Model) -> dict[str, Any]:
    return {"id": model.id, "object": "model", "created": 0, "owned_by": model.upstream}
