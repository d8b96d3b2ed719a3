"""What can be asked for about measures and risk? Part of the vocabulary of ``acts``; the rules are in ``measures``.

``who`` is ``KIND/ID`` of a person, agent, key, project, organization or model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from safeconduct.terms.moments import Moment


@dataclass(frozen=True, slots=True)
class TakeMeasure:
    """``id`` is ``M-`` and 12 hex digits, chosen by who asks: the same thing asked for twice has the same id.

    ``step`` is one of ``terms.measures.Step``, in force until ``until``. ``message`` is said to the caller, ``why`` to officers.
    ``rate`` is in calls per minute (``throttle``), ``fallback`` the model that is offered instead (``lower_model``).
    ``automatic``: no person decided it; then it goes no further than the ladders in force allow.
    """

    act: ClassVar[str] = "measure.take"
    id: str
    who: str
    step: str
    until: Moment
    message: str = ""
    why: str = ""
    case: str = ""
    rehearsal: bool = False
    automatic: bool = False
    rate: int = 0
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class UndoMeasure:
    """The measure ``id`` ends now."""

    act: ClassVar[str] = "measure.undo"
    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class AppealMeasure:
    """Whom the measure ``id`` is about asks to look at it again, in these ``words``. Once.

    ``key`` is the credential that the caller said it with; empty where an officer speaks for them.
    """

    act: ClassVar[str] = "measure.appeal"
    id: str
    words: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class MoveRisk:
    """``who`` is in this ``band`` of risk until ``until``; ``parts`` say why, one sentence each."""

    act: ClassVar[str] = "risk.move"
    who: str
    band: str
    until: Moment
    parts: tuple[str, ...] = ()
