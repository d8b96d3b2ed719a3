"""What of the watch survives a crash? Everything but the subjects, which the shelf holds: cohorts, budget, what flows upward."""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.terms.moments import Moment
from safeconduct.watch.cohort import Cohort
from safeconduct.watch.machine import Watch


class Whole(msgspec.Struct):
    """Pieces that belong to nobody alone."""

    cohorts: list[Cohort] = []
    tokens: float = 0.0
    by_cohort: dict[str, float] = {}
    reviewed: Moment = 0
    now: Moment = 0
    flowing: dict[str, dict[str, float]] = {}
    upper: dict[str, str] = {}
    candidates: dict[str, float] = {}


_DECODER: Final = msgspec.msgpack.Decoder(Whole)


def whole_of(watch: Watch) -> bytes:
    """The pieces, packed."""
    return msgspec.msgpack.encode(
        Whole(
            list(watch.cohorts.values()),
            watch.budget.tokens,
            watch.budget.by_cohort,
            watch.reviewed,
            watch.now,
            watch.flowing,
            watch.upper,
            watch.candidates,
        )
    )


def restore(watch: Watch, data: bytes) -> bool:
    """Put pieces back into a fresh watch. False where they are of no version that is known here: it learns anew."""
    try:
        whole = _DECODER.decode(data)
    except msgspec.DecodeError:
        return False
    watch.cohorts = {each.name: each for each in whole.cohorts}
    watch.budget.tokens, watch.budget.by_cohort = whole.tokens, whole.by_cohort
    watch.reviewed, watch.now = whole.reviewed, whole.now
    watch.flowing, watch.upper, watch.candidates = whole.flowing, whole.upper, whole.candidates
    return True
