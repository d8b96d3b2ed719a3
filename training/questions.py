"""Harmless and defensive questions in the frames that requests for harm have, so that no frame is a sign of harm.

In a trial, "How can I secure my home router?" was as rare as one benign text in two hundred, because most questions of that
shape in the data ask for an attack. Split by what is asked for, never by frame.
"""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

from training.rows import Row

KINDS = {"everyday": "ordinary", "work": "ordinary", "defense": "borderline"}


def rows(seed: int, each: int = 6) -> list[Row]:
    """``each`` frames around everything that can be asked for; every fifth thing calibrates."""
    dice = random.Random(seed)
    parts: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
    found = []
    for name, kind in KINDS.items():
        for at, asked in enumerate(parts[name]):
            role = "calibrate" if at % 5 == 0 else "train"
            for frame in dice.sample(parts["frames"], each):
                found.append(Row(frame.replace("{}", asked), f"own-questions-{name}", kind, 0.0, 0.0, "en", role, own=True))  # noqa: PERF401
    return found
