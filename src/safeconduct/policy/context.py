"""What is special about one call, apart from who calls and which model is asked for?"""

from __future__ import annotations

from dataclasses import dataclass

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Context:
    """``hosts`` are those the provider is asked to contact; ``foreign_resources`` ids of stored things that are not the
    caller's organization's own. Equal contexts get equal answers, so a decision may be remembered under its context.
    """

    hosts: frozenset[str] = _NOTHING
    foreign_resources: frozenset[str] = _NOTHING
    dialect: str = ""
    operation: str = ""
    stream: bool = False
