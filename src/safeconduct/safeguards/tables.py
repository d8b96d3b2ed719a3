"""How are tables of words written? As plain text, for these rooms have many."""

from __future__ import annotations


def listed(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[str, ...]:
    """The phrases of a text that are set apart by ``|``, in order."""
    return tuple(text.split("|"))
