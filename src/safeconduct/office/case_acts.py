"""What can be asked for about cases? Part of the vocabulary of ``acts``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case about an organization's content, or about single calls, or both."""

    act: ClassVar[str] = "case.open"
    id: str
    why: str
    organization: str = ""
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RaiseCase:
    """Something was seen about ``who``: it joins the open case ``id``, or opens it. For the watch and for hunts."""

    act: ClassVar[str] = "case.raise"
    id: str
    who: str
    kind: str
    note: str
    calls: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    severity: str = "low"


@dataclass(frozen=True, slots=True)
class CloseCase:
    act: ClassVar[str] = "case.close"
    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class AssignCase:
    """``officer`` is the id of an officer; empty: nobody works on it any more."""

    act: ClassVar[str] = "case.assign"
    id: str
    officer: str = ""


@dataclass(frozen=True, slots=True)
class NoteCase:
    act: ClassVar[str] = "case.note"
    id: str
    note: str


@dataclass(frozen=True, slots=True)
class JudgeCase:
    """Whether signals of the kind ``detector`` in this case were right. ``cohort`` is whom that is to count for."""

    act: ClassVar[str] = "case.judge"
    id: str
    verdict: str
    detector: str
    cohort: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class MergeCase:
    """The case ``id`` goes on as part of the case ``into``."""

    act: ClassVar[str] = "case.merge"
    id: str
    into: str
    why: str = ""
