"""Long benign prompts that give orders to a model, as people write them: roles, rules, formats, games, pasted text and code.

Without them the models learn that a long text with orders in it is an injection: in a trial 3% of real users' prompts were
beyond the 0.1% threshold. The parts in ``prompts.toml`` are written for this project; pasted code and prose come from the
standard library of Python (PSF licence) and are used as background only.
"""

from __future__ import annotations

import json
import pkgutil
import random
import sysconfig
import tomllib
from pathlib import Path
from pydoc_data import topics

from training.rows import Row

PARTS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text(encoding="utf-8"))


def background() -> list[str]:
    """Code and prose of the standard library."""
    home = Path(sysconfig.get_path("stdlib"))
    found = []
    for name in PARTS["modules"]:
        path = home / (name.replace(".", "/") + ".py")
        if path.exists() and pkgutil.resolve_name(name.split(".")[0]) is not None:
            found.append(path.read_text(encoding="utf-8", errors="replace"))
    return [*found, *(topics.topics[name] for name in sorted(topics.topics))]


def piece(texts: list[str], dice: random.Random) -> str:
    """Some lines from anywhere."""
    lines = dice.choice(texts).splitlines()
    start = dice.randrange(max(1, len(lines) - 8))
    return "\n".join(lines[start : start + dice.choice((4, 8, 15, 30, 60))])


def prompt(texts: list[str], dice: random.Random) -> str:
    """One long prompt."""
    task = dice.choice(PARTS["tasks"])
    opening = dice.choice(PARTS["openings"]).replace("{role}", dice.choice(PARTS["roles"])).replace("{task}", task)
    parts = [opening.replace("{Task}", task[0].upper() + task[1:])]
    rules = dice.sample(PARTS["rules"], dice.choice((1, 2, 3, 4, 6, 8)))
    bullet = dice.choice(("- ", "* ", "", "", "number"))
    written = [f"{at + 1}. {rule}" if bullet == "number" else bullet + rule for at, rule in enumerate(rules)]
    parts.append("\n".join([dice.choice(PARTS["rule_heads"]), *written]) if dice.random() < 0.6 else " ".join(rules))
    if dice.random() < 0.55:
        parts.append(dice.choice(PARTS["paste_heads"]) + "\n" + piece(texts, dice))
    if dice.random() < 0.2:
        parts.append(
            '{"answer": "...", "confidence": 0.0}' if dice.random() < 0.5 else json.dumps({"name": "", "items": [], "total": 0})
        )
    parts.append(dice.choice(PARTS["tails"]))
    return dice.choice(("\n\n", "\n", " ")).join(part for part in parts if part)


def rows(seed: int, prompts: int = 900, pieces: int = 300) -> list[Row]:
    """Long prompts, a fifth of which calibrates, and plain pieces of code and prose."""
    dice = random.Random(seed)
    texts = background()
    long = [
        Row(prompt(texts, dice), "own-prompts", "ordinary", 0.0, 0.0, "en", "calibrate" if at % 5 == 0 else "train", own=True)
        for at in range(prompts)
    ]
    plain = [
        Row(piece(texts, dice), "stdlib", "ordinary", 0.0, 0.0, "en", "calibrate" if at % 3 == 0 else "train")
        for at in range(pieces)
    ]
    return long + plain
