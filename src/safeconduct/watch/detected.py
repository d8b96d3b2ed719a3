"""Detected: what one detector of behavior concluded, and how sure it is. Weighing it with the rest is for ``risk``."""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.terms.moments import SECOND, Moment

HOUR: Final[Moment] = 3_600 * SECOND
DAY: Final[Moment] = 24 * HOUR
MOST_CALLS: Final = 4


class Detected(msgspec.Struct, frozen=True):
    """``weight`` in log-odds over what ordinary people show, before it is compared with the cohort; ``half_life`` of it.

    A detector that is heard again replaces what it said before. ``certain``: an exact match, which no cohort explains away and
    no budget of alerts holds back. ``compared``: the cohort went into the weight already. ``campaign`` names what several
    subjects have in common.
    """

    kind: str
    weight: float
    sentence: str
    calls: tuple[str, ...] = ()
    half_life: Moment = 2 * DAY
    certain: bool = False
    campaign: str = ""
    compared: bool = False
