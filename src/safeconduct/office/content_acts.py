"""What can be asked for about kept content: reads, flags and holds? Part of the vocabulary of ``acts``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AskReading:
    """Leave for ``reader``, who asks, to read one part of the call ``id``: once, within the hour after somebody agreed."""

    act: ClassVar[str] = "content.ask"
    id: str
    part: str
    case: str
    organization: str
    why: str
    reader: str


@dataclass(frozen=True, slots=True)
class ReadContent:
    """One part of the call ``id`` is shown to the actor. ``organization`` and ``restricted`` are as the log has it."""

    act: ClassVar[str] = "content.read"
    id: str
    part: str
    case: str
    organization: str
    why: str
    restricted: bool = True


@dataclass(frozen=True, slots=True)
class FlagContent:
    """The content of the call ``id`` passes into a class that lasts longer."""

    act: ClassVar[str] = "content.flag"
    id: str
    kept_class: str
    organization: str
    why: str


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Nothing of ``target``, a ``case``, ``person``, ``call`` or ``organization`` as ``kind`` says, is erased while it lasts."""

    act: ClassVar[str] = "hold.place"
    id: str
    kind: str
    target: str
    why: str


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    act: ClassVar[str] = "hold.release"
    id: str
    why: str = ""
