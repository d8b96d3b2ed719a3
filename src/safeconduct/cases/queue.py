"""Which case comes first? By how grave it is, then by how long it has waited; nobody's case waits for ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from safeconduct.terms.moments import SECOND, Moment

HOUR: Final[Moment] = 3600 * SECOND
DUE: Final = {"severe": HOUR, "high": 4 * HOUR, "elevated": 24 * HOUR, "low": 72 * HOUR}
"""Within how long somebody should have looked at a case of each severity."""
GRADES: Final = ("low", "elevated", "high", "severe")


class Waiting(msgspec.Struct, frozen=True):
    """A case in the queue. ``guarded``: about somebody whom only an authority may stop. ``looked_at`` is when an officer last did
    something in it, 0 for never.
    """

    id: str
    severity: str
    opened_at: Moment
    assignee: str = ""
    guarded: bool = False
    looked_at: Moment = 0


class Place(msgspec.Struct, frozen=True):
    """``due`` is when somebody should have looked at it; ``late`` by how long that is over, 0 when it is not."""

    id: str
    due: Moment
    late: Moment


def severity(seen: Iterable[str]) -> str:
    """The gravest of several severities; ``low`` where there is none that we know."""
    return max((each for each in seen if each in GRADES), key=GRADES.index, default="low")


def ordered(waiting: Iterable[Waiting], now: Moment) -> list[Place]:
    """The queue, first first: what is overdue most in proportion to its time, then what is due soonest, guarded ones before."""
    places = []
    for case in waiting:
        time = DUE.get(case.severity, DUE["low"])
        due = max(case.opened_at, case.looked_at) + time
        share = (now - due + time) / time  # 1.0 when it falls due
        places.append((-share if share >= 1 else 0.0, due, not case.guarded, case.id, Place(case.id, due, max(0, now - due))))
    return [place for *_, place in sorted(places, key=lambda each: each[:4])]
