"""Does what a restricted model answered somebody come back in another's prompts? Each answer that is repeated counts.

That a text is repeated is exact where enough of it is the same; why it is, a person finds out: evidence, never proof.
"""

from __future__ import annotations

from typing import Final

from safeconduct.terms.safeguards import REUSE
from safeconduct.terms.signals import CallSignal
from safeconduct.watch.detected import DAY, Detected
from safeconduct.watch.subject import Subject

KIND: Final = "reappearing"
FIRST: Final = 1.6
EACH: Final = 0.8
MOST: Final = 4.0
CHANCE: Final = 0.0001  # of benign prompts repeat as much: then it is no accident, whatever it is


def see(subject: Subject, signal: CallSignal) -> Detected | None:  # noqa: ARG001 - one signature for all
    """Look at one call. Those who repeat the same answer make one campaign."""
    if not signal.repeats:
        return None
    chance = min((each.chance for each in signal.seen if each.detector == REUSE), default=1.0)
    weight = min(MOST, FIRST + EACH * (len(signal.repeats) - 1))
    answers = "an answer" if len(signal.repeats) == 1 else f"{len(signal.repeats)} answers"
    return Detected(
        KIND,
        weight,
        f"A text that was sent repeats {answers} of a restricted model to somebody else.",
        (signal.call, *signal.repeats),
        7 * DAY,
        certain=chance <= CHANCE,
        campaign=f"{REUSE}:{signal.repeats[0]}",
    )
