"""What can be asked for about held things? Part of the vocabulary of ``acts``; the rules are in ``held``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ReleaseHeld:
    """The held thing ``id`` may pass for an hour. ``restricted``: it was on its way to a restricted model, or nobody knows.

    ``caller`` is the pseudonym that log entries carry for whoever it was held of.
    """

    act: ClassVar[str] = "held.release"
    id: str
    why: str
    restricted: bool = True
    organization: str = ""
    caller: str = ""


@dataclass(frozen=True, slots=True)
class DeclineHeld:
    """The held thing ``id`` stays held; a release that runs ends."""

    act: ClassVar[str] = "held.decline"
    id: str
    why: str
    organization: str = ""
