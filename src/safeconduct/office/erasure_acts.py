"""What can be asked for about erasing a person? The vocabulary; the rules are in ``erasure``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from safeconduct.terms.content import PROTECTED
from safeconduct.terms.moments import Moment


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """``name`` is the erasure's own random name, ``erased-`` and hex digits. ``ground`` is a code of ``erasure.GROUNDS``.

    ``kept`` is what of the person's content the vault keeps: retention classes, and when the time of the last month of each is
    over. ``protected`` names the classes that a law makes us keep, by the settings. ``content_only`` destroys what may be
    destroyed of it and leaves the person.
    """

    act: ClassVar[str] = "person.erase"
    id: str
    name: str
    ground: str
    why: str = ""
    content_only: bool = False
    kept: tuple[tuple[str, Moment], ...] = ()
    protected: tuple[str, ...] = tuple(sorted(PROTECTED))


@dataclass(frozen=True, slots=True)
class FinishErasure:
    """The erasure ``id`` destroyed ``keys`` of content. ``changes`` lose all words, ``words`` their free words; ``left`` proves
    what is left of each.
    """

    act: ClassVar[str] = "erasure.finish"
    id: str
    changes: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    keys: int = 0
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a backup did not bring back, because it was destroyed since: as in ``FinishErasure``, under the name ``id``."""

    id: str
    changes: tuple[int, ...]
    words: tuple[int, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WithholdErased:
    """A backup came back without what was erased since it was made."""

    act: ClassVar[str] = "erasure.withhold"
    id: str
    withheld: tuple[Withheld, ...]
