"""Which strings does a request contain? Every one of them, known field or not (P4). Judging them is not done here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def every_text(tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield ``(JSON path, text)`` for every string value, in document order, and every distinct object name once.

    INVARIANT P4 (every field): no field is skipped, neither unknown ones nor tool arguments, results and schemas. Names
    count too, because free-form objects (tool arguments, metadata) can carry text in them; a name's path is that of its
    first occurrence followed by ``~``. Iterative; depth and size are bounded by the strict reader.
    """
    names: set[str] = set()
    stack: list[tuple[str, Any]] = [("$", tree)]
    while stack:
        path, node = stack.pop()
        if type(node) is str:
            yield path, node
        elif type(node) is dict:
            children = []
            for name, child in node.items():
                if name not in names:
                    names.add(name)
                    yield f"{path}.{name}~", name
                kind = type(child)
                if kind is str or kind is dict or kind is list:
                    children.append((f"{path}.{name}", child))
            stack.extend(reversed(children))
        else:
            stack.extend(
                [
                    (f"{path}[{at}]", node[at])
                    for at in range(len(node) - 1, -1, -1)
                    if type(node[at]) is str or type(node[at]) is dict or type(node[at]) is list
                ]
            )
