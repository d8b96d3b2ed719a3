"""How our own rows are read from parts and written: one text, one label, one template, and the split that follows the template.

A template is what a person wrote once. All rows made from it go to the same side, or the held side would measure memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PARTS = HERE / "parts"
_HELD_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Row:
    """One text with its label. `template` decides the side and is not written; `span` is where an instruction was planted."""

    text: str
    label: str
    source: str
    template: str
    language: str = "en"
    held: bool | None = None  # None: by the template's hash
    span: tuple[int, int] | None = None


def share(template: str) -> float:
    """A number in [0, 1) that depends on the template's words alone, so that adding rows moves no other row."""
    return int.from_bytes(hashlib.sha256(template.encode()).digest()[:6], "big") / 2**48


def groups(path: Path) -> Iterator[tuple[str, list[str]]]:
    """(head, lines) of a parts file: `## head`, then one text a line; a written backslash-n is a line break of the text."""
    head, lines = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            if lines:
                yield head, lines
            head, lines = line[3:], []
        elif line.strip():
            lines.append(line.replace("\\n", "\n").replace("\\\\", "\\"))
    if lines:
        yield head, lines


def variants(line: str) -> list[str]:
    """The texts a line stands for: each choice of one [[a|b|c]]; further ones take the choice at the same place."""
    if "[[" not in line:
        return [line]
    width = max(part.split("]]")[0].count("|") + 1 for part in line.split("[[")[1:])
    return [_chosen(line, place) for place in range(width)]


def _chosen(line: str, place: int) -> str:
    head, *rest = line.split("[[")
    text = head
    for part in rest:
        inside, _, after = part.partition("]]")
        choices = inside.split("|")
        text += choices[place % len(choices)] + after
    return text


def write(name: str, rows: Iterable[Row]) -> None:
    """Write `name` beside this file, without a text twice; say how many there are of each label and side."""
    seen: set[str] = set()
    lines, counts = [], {}
    for row in rows:
        if row.text in seen:
            continue
        seen.add(row.text)
        held = row.held if row.held is not None else share(row.template) < _HELD_SHARE
        split = "held" if held else "train"
        counts[row.label, split] = counts.get((row.label, split), 0) + 1
        entry = {"text": row.text, "label": row.label, "source": row.source, "split": split, "language": row.language}
        if row.span is not None:
            entry["span"] = list(row.span)
        lines.append(json.dumps(entry, ensure_ascii=False))
    (HERE / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = ", ".join(f"{label} {split} {count}" for (label, split), count in sorted(counts.items()))
    print(f"{name}: {len(lines)} ({said})")
