"""What is in a decoded request, whatever its dialect? Small readers that take odd shapes for "nothing there"."""

from __future__ import annotations

from typing import Any

from safeconduct.upstreams.simulated.turn import Complaint

_OPAQUE = frozenset({"data", "image_url", "file_data", "encrypted_content", "signature", "url"})


def records(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; anything else is no objects."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def record(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def string(value: Any) -> str:
    """A text, or an empty one."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> int:
    """A whole number that counts something, or 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def text_of(content: Any, kinds: frozenset[str]) -> str:
    """The text of a content field: a plain string, or the ``text`` of its blocks of these types, joined by newlines."""
    if isinstance(content, str):
        return content
    return "\n".join(string(block.get("text")) for block in records(content) if block.get("type") in kinds)


def characters(tree: Any) -> int:
    """How many characters of text a tree holds; pictures and other opaque strings count 1,000 each at most."""
    total, waiting = 0, [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            total += len(node)
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key in _OPAQUE and isinstance(value, str):
                    total += min(len(value), 1000)
                else:
                    waiting.append(value)
    return total


def required(tree: dict[str, Any], *names: str) -> None:
    """Raise a complaint that names the first missing field."""
    for name in names:
        if name not in tree:
            raise Complaint(400, "invalid_request", f"{name}: Field required")
