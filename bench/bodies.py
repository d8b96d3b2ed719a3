"""The request bodies: about 2 KB of an ordinary question in each dialect, streamed or not, and the paced streams."""

from __future__ import annotations

import json
from pathlib import Path

from bench.launch import CHAT, MESSAGES, MODELS, PACES, PATHS

_QUESTION = (
    "Read the attached notes of the meeting and list the three decisions that were taken, each with its reason in one sentence. "
)
_BODY_BYTES = 1_850
_SYSTEM = "You are a careful assistant."


def body(dialect: str, *, stream: bool, pace: str = "", size: int = _BODY_BYTES) -> bytes:
    """One request body of about `size` bytes."""
    text = (_QUESTION * (size // len(_QUESTION) + 1))[: max(1, size - 150)]
    tree: dict[str, object] = {"model": MODELS[dialect] + pace}
    if dialect == CHAT:
        tree |= {"messages": [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": text}], "max_tokens": 300}
    elif dialect == MESSAGES:
        tree |= {"max_tokens": 300, "system": _SYSTEM, "messages": [{"role": "user", "content": text}]}
    else:
        tree |= {"instructions": _SYSTEM, "input": text, "max_output_tokens": 300}
    if stream:
        tree["stream"] = True
    return json.dumps(tree, separators=(",", ":")).encode()


def write_all(folder: Path) -> None:
    """Write `<dialect>.json`, `<dialect>-stream.json` and `<dialect>-stream-paced-<ms>-<n>.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    for dialect in PATHS:
        (folder / f"{dialect}.json").write_bytes(body(dialect, stream=False))
        for pace in PACES:
            (folder / f"{dialect}-stream{pace}.json").write_bytes(body(dialect, stream=True, pace=pace))
