"""What of the watch survives a crash? Everything but the subjects, which the shelf holds: cohorts, budget, what flows upward."""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.terms.moments import Moment
from safeconduct.watch.cohort import Cohort
from safeconduct.watch.machine import Watch
from safeconduct.watch.upward import Group


class Whole(msgspec.Struct):
    """Pieces that belong to nobody alone."""

    cohorts: list[Cohort] = []
    tokens: float = 0.0
    by_cohort: dict[str, float] = {}
    reviewed: Moment = 0
    now: Moment = 0
    candidates: dict[str, float] = {}
    flowing: dict[str, dict[str, float]] = {}  # of earlier versions: organization -> its people at risk
    upper: dict[str, str] = {}  # of earlier versions: organization -> its band
    groups: dict[str, Group] = {}
    everywhere: Group | None = None


_DECODER: Final = msgspec.msgpack.Decoder(Whole)


def whole_of(watch: Watch) -> bytes:
    """The pieces, packed."""
    return msgspec.msgpack.encode(
        Whole(
            cohorts=list(watch.cohorts.values()),
            tokens=watch.budget.tokens,
            by_cohort=watch.budget.by_cohort,
            reviewed=watch.reviewed,
            now=watch.now,
            candidates=watch.candidates,
            groups=watch.upward.groups,
            everywhere=watch.upward.all,
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
    watch.candidates = whole.candidates
    watch.upward.groups = whole.groups
    watch.upward.all = whole.everywhere or watch.upward.all
    for name, people in whole.flowing.items():
        group = watch.upward.of(f"organization/{name}")
        group.people, group.band = people, whole.upper.get(name, "none")
    return True
