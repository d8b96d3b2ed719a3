"""What do changes about measures and risk carry? The subject is whom they are about: ``KIND/ID``.

``KIND`` is ``person``, ``agent``, ``key``, ``project``, ``organization`` or ``model``. ``message``, ``why``, ``note`` and
``parts`` are empty where they named somebody who was erased.
"""

from __future__ import annotations

from safeconduct.registry.bodies.body import Body
from safeconduct.terms.moments import Moment


class MeasureTaken(Body, frozen=True):
    """``called`` is its id; ``step`` one of ``terms.measures.Step``. In force from the moment of the change to ``until``.

    ``message`` is said to the caller, ``why`` to officers. ``machine``: no person decided it. ``rate`` in calls per minute.
    No member may sort before ``called``: the store finds a measure by the place where its id stands in the JSON.
    """

    called: str
    step: str
    until: Moment
    message: str = ""
    why: str = ""
    case: str = ""
    rehearsal: bool = False
    machine: bool = False
    rate: int = 0
    fallback: str = ""


class MeasureUndone(Body, frozen=True):
    measure: str
    why: str = ""


class MeasureAppealed(Body, frozen=True):
    """``note`` holds the words of whom the measure is about, or of an officer who speaks for them.

    ``by`` is who said them with a credential of their own, ``key`` that credential; both empty where an officer speaks.
    """

    measure: str
    note: str = ""
    by: str = ""
    key: str = ""


class RiskMoved(Body, frozen=True):
    """``band`` is one of ``terms.measures.BANDS``, until a moment. ``parts`` say why, one sentence each."""

    band: str
    until: Moment
    parts: tuple[str, ...] = ()
