"""Which measure does a risk call for? Reads the ladders that instruments have put in force; taking a measure is left to others.

1. A rung is called by its own band of risk and by every higher one.
2. Of everything that is called, the stricter step counts; of one step, the lower rate and the longer time.
3. Rungs in rehearsal are called apart: what they say is only what would be done.
4. Without a person a measure goes as far as the strongest automatic rung about such a target, and without any ladder no further
   than ``watch``. ``revoke`` is never automatic.

INVARIANT (P9): a ladder is an instrument; putting a laxer one in force, or withdrawing one, takes two persons as any other does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from safeconduct.terms.measures import BANDS, STEPS, Rung, Step


@dataclass(frozen=True, slots=True)
class Ladder:
    """All rungs in force at one moment."""

    rungs: tuple[Rung, ...] = ()

    @classmethod
    def of(cls, rungs: Iterable[Rung]) -> Ladder:
        return cls(tuple(sorted(rungs, key=lambda each: each.id)))

    def called_for(self, band: str, kind: str) -> Rung | None:
        """What a band of risk calls for about a target of this kind (``person``, ``agent``, ...); None: nothing.

        Raises ValueError for a word that is no band.
        """
        return _strictest([each for each in self._called(band, kind) if not each.rehearsal])

    def rehearsed(self, band: str, kind: str) -> Rung | None:
        """What rungs in rehearsal would call for beyond that; None: nothing more. Raises ValueError."""
        found = _strictest([each for each in self._called(band, kind) if each.rehearsal])
        done = self.called_for(band, kind)
        if found is None or (done is not None and STEPS.index(found.step) <= STEPS.index(done.step)):
            return None
        return found

    def limit(self, kind: str) -> Step:
        """The strongest step that needs no person, about a target of this kind."""
        steps = [each.step for each in self.rungs if kind in each.targets and each.automatic and not each.rehearsal]
        allowed = [each for each in steps if each is not Step.REVOKE]
        return max(allowed, key=STEPS.index, default=Step.WATCH)

    def _called(self, band: str, kind: str) -> list[Rung]:
        height = BANDS.index(band)
        return [each for each in self.rungs if kind in each.targets and 0 < BANDS.index(each.band) <= height]


def _strictest(called: Sequence[Rung]) -> Rung | None:
    """One rung that asks for all that the strongest of these ask for."""
    if not called:
        return None
    top = max((each.step for each in called), key=STEPS.index)
    same = [each for each in called if each.step is top]
    return replace(
        max(same, key=lambda each: (BANDS.index(each.band), each.id)),
        lasts=max(each.lasts for each in same),
        rate=min(each.rate for each in same),
        automatic=any(each.automatic for each in same),
    )
