"""Measures and bands: how far a caller's rights are taken back for a while, and how much risk there is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from safeconduct.terms.moments import Moment

BANDS: tuple[str, ...] = ("none", "low", "elevated", "high", "severe")
"""How much risk, in order. Nobody about whom nothing was seen is in any band but the first."""

THROTTLE = "throttle"
"""The duty of a permit under a measure that throttles. Its value is ``RATE`` calls per minute, its rule the measure's id."""


class Step(StrEnum):
    """What a measure does, in order of strength."""

    WATCH = "watch"  # nothing that the caller notices
    STEP_UP = "step_up"  # restricted models only with evidence of identity that is newer than the measure
    THROTTLE = "throttle"  # so many calls a minute
    LOWER_MODEL = "lower_model"  # no restricted model
    HOLD = "hold"  # every call waits for a human
    SUSPEND = "suspend"  # no call
    REVOKE = "revoke"  # no call, and no end by itself


STEPS: tuple[Step, ...] = tuple(Step)


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure that is in force on a caller, as far as deciding needs it. ``who`` is ``KIND/ID`` of its target.

    In force over ``[since, until)``. ``rate`` is in calls per minute, for ``throttle`` alone; ``fallback`` the model offered
    by ``lower_model``. A ``rehearsal`` takes nothing away; it only says what it would have done.
    """

    id: str
    who: str
    step: Step
    since: Moment
    until: Moment
    message: str = ""
    rate: int = 0
    fallback: str = ""
    rehearsal: bool = False


def stronger(one: str, other: str) -> str:
    """The stronger of two steps by name. Raises ValueError for a name that is no step."""
    return one if STEPS.index(Step(one)) >= STEPS.index(Step(other)) else other


def worse(one: str, other: str) -> str:
    """The higher of two bands. Raises ValueError for a name that is no band."""
    return one if BANDS.index(one) >= BANDS.index(other) else other


@dataclass(frozen=True, slots=True)
class Rung:
    """One line of a ladder: what a band of risk calls for, about targets of these kinds. ``id`` is ``instrument/rung``.

    ``lasts`` in microseconds. ``automatic``: nobody has to agree. What the step needs is as in ``Measure``.
    """

    id: str
    band: str
    step: Step
    targets: frozenset[str]
    lasts: Moment
    automatic: bool
    message: str = ""
    rate: int = 0
    fallback: str = ""
    rehearsal: bool = False
