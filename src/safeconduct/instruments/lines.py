"""Where in a TOML text does a key stand? The standard TOML reader forgets lines; a fault needs them.

A scanner for exactly what an instrument file holds: tables, arrays of tables and their keys. It runs only over text that
the real reader has already accepted, so it may be simple; a key it does not find falls back to its table, then to line 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Lines:
    """Line numbers (from 1) of table headers and keys. A table is (name, index): the third ``[[rule]]`` is ("rule", 2)."""

    headers: dict[tuple[str, int], int] = field(default_factory=dict)
    keys: dict[tuple[str, int, str], int] = field(default_factory=dict)

    def of(self, table: str, index: int = 0, key: str = "") -> int:
        return self.keys.get((table, index, key)) or self.headers.get((table, index)) or 1


def locate(text: str) -> Lines:
    """Map the headers and keys of a TOML text that has already been read without error."""
    found = Lines()
    counts: dict[str, int] = {}
    table, index = "", 0
    fence = ""  # the delimiter of a multi-line string we are inside of
    depth = 0  # open brackets of an array or inline table that spans lines
    for number, line in enumerate(text.split("\n"), 1):
        code = line.strip()
        if not fence and depth == 0:
            if code.startswith("["):
                name = _header(code)
                counts[name] = counts.get(name, -1) + 1
                table, index = name, counts[name]
                found.headers[table, index] = number
                continue
            key = _key(code)
            if key:
                found.keys.setdefault((table, index, key), number)
        fence, depth = _follow(line, fence, depth)
    return found


def _header(code: str) -> str:
    return code.split("]", 1)[0].strip("[ \t").strip("\"' \t")


def _key(code: str) -> str:
    if not code or code.startswith("#"):
        return ""
    name, equals, _ = code.partition("=")
    return name.split(".", 1)[0].strip().strip("\"'") if equals else ""


def _follow(line: str, fence: str, depth: int) -> tuple[str, int]:
    """Carry string and bracket state over one line."""
    at = 0
    while at < len(line):
        if fence:
            if fence[0] == '"' and line[at] == "\\":
                at += 2
            elif line.startswith(fence, at):
                at += len(fence)
                fence = ""
            else:
                at += 1
        elif line.startswith(('"""', "'''"), at):
            fence = line[at : at + 3]
            at += 3
        elif line[at] in "\"'":
            fence = line[at]
            at += 1
        elif line[at] == "#":
            break
        else:
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(line[at], 0)
            at += 1
    return (fence if len(fence) == 3 else ""), depth
