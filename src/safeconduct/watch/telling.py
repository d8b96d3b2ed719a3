"""When does the registry hear of somebody's risk again, and until when is it said to last?"""

from __future__ import annotations

from typing import Final

from safeconduct.risk.score import ENTER, Risk, fades_at
from safeconduct.terms.measures import BANDS
from safeconduct.terms.moments import Moment
from safeconduct.watch.detected import DAY, HOUR
from safeconduct.watch.subject import Subject

RETELL: Final = 0.75  # how much a score has to grow before the registry hears it again within a band
LEAST_LASTS: Final = HOUR
MOST_LASTS: Final = 14 * DAY


def is_news(subject: Subject, risk: Risk, at: Moment) -> bool:
    """Whether the band moved, rests on clearly more than before, or would run out.

    INVARIANT (P9): what was told before the watch lost its memory is not told to be lower until it ends.
    """
    if at < subject.stands_until and BANDS.index(risk.band) <= BANDS.index(subject.band):
        return False
    moved = risk.band != subject.band
    grown = risk.band != "none" and risk.score >= subject.told_score + RETELL
    runs_out = risk.band != "none" and at + LEAST_LASTS > subject.told_until
    return moved or grown or runs_out


def lasts_until(subject: Subject, risk: Risk, at: Moment) -> Moment:
    """How long the band lasts if nothing more is seen. It is told anew before, if it then still holds."""
    if risk.band == "none":
        return at
    faded = fades_at(subject.evidence.values(), at, ENTER[BANDS.index(risk.band)])
    return max(at + 2 * LEAST_LASTS, min(at + MOST_LASTS, faded))
