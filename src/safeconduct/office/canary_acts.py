"""What can be asked for about canaries? Part of the vocabulary of ``acts``; the rules are in ``canaries``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ListCanaries:
    """The organization watches the list ``name`` from now on, in place of the one of that name if ``replace``.

    ``strings`` and ``documents`` are fingerprints of 16 hex digits each, joined, ascending, each once.
    """

    act: ClassVar[str] = "canary.add"
    organization: str
    name: str
    strings: str = ""
    documents: str = ""
    replace: bool = False
    why: str = ""

    @property
    def id(self) -> str:
        return f"{self.organization}/{self.name}"


@dataclass(frozen=True, slots=True)
class RemoveCanaries:
    """Nobody looks for the list ``name`` any more."""

    act: ClassVar[str] = "canary.remove"
    organization: str
    name: str
    why: str = ""

    @property
    def id(self) -> str:
        return f"{self.organization}/{self.name}"
