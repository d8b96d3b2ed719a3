"""How many calls may a throttled caller still make, here? One bucket for each measure, in the memory of one worker.

Each worker carries out its own share of the rate, so that nobody has to be asked: together they let through at most the rate, and
a few calls more, at most one for each worker. What was used up is forgotten when a worker ends.

INVARIANT: a call that comes too soon is told so at once, and when to come again; it never waits here (P12).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from safeconduct.exchange.sessions import Resolved
from safeconduct.policy.measures import throttled
from safeconduct.terms.decision import Effect
from safeconduct.terms.measures import THROTTLE
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.standing import Standing

MINUTE: Final = 60 * SECOND
BURST: Final = 6  # a bucket holds what flows in within a sixth of a minute, and always one call
MAX_BUCKETS: Final = 10_000  # beyond it all are forgotten, and fill anew


class Throttles:
    """The buckets of one worker, which is one of ``workers``."""

    __slots__ = ("_buckets", "_workers")

    def __init__(self, workers: int = 1) -> None:
        self._workers = max(1, workers)
        self._buckets: dict[str, tuple[int, Moment]] = {}  # what is left, and as of when

    def take(self, measure: str, rate: int, now: Moment) -> int:
        """Let one call through: 0. Or in how many seconds to come again. ``rate`` in calls per minute, over all workers.

        Counted in whole numbers, so that whoever comes when told to is let through: ``rate`` of them flow in each microsecond.
        """
        call = MINUTE * self._workers
        most = max(call, rate * MINUTE // BURST)
        left, since = self._buckets.get(measure, (most, now))
        left = min(most, left + max(0, now - since) * rate)
        if left < call:
            self._buckets[measure] = left, max(now, since)
            return max(1, -((left - call) // (rate * SECOND)))
        if len(self._buckets) >= MAX_BUCKETS and measure not in self._buckets:
            self._buckets.clear()
        self._buckets[measure] = left - call, max(now, since)
        return 0

    def charge(self, resolved: Resolved, standing: Standing, now: Moment) -> tuple[Resolved, int]:
        """A permit for one call that is about to be made: itself and 0, or the same as a no and the seconds to wait."""
        decision = resolved.decision
        for duty in decision.duties if decision.permits else ():
            if duty.name != THROTTLE or not duty.value.isdecimal():
                continue
            wait = self.take(duty.rule, int(duty.value), now)
            if wait:
                reason = throttled(duty.rule, standing.measures, wait)
                refused = replace(decision, effect=Effect.DENY, reasons=(reason, *decision.reasons))
                codes = (reason.code, *resolved.reason_codes)
                return replace(resolved, decision=refused, effect=refused.effect.value, reason_codes=codes, keeps=""), wait
        return resolved, 0
