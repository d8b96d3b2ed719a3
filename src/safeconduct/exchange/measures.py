"""How many calls may a throttled caller still make? One bucket for each measure, which all workers share.

Where the shared bucket cannot be had at once, a worker carries out its own share of the rate from its own memory, so that nobody
has to be waited for: together they then let through a few calls more, at most what one bucket holds.

INVARIANT: a call that comes too soon is told so at once, and when to come again; it never waits here (P12).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from safeconduct.exchange.sessions import Resolved
from safeconduct.policy.measures import throttled
from safeconduct.terms.decision import Effect
from safeconduct.terms.measures import THROTTLE
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.standing import Standing

MINUTE: Final = 60 * SECOND
BURST: Final = 6  # a bucket holds what flows in within a sixth of a minute, and always one call
MAX_BUCKETS: Final = 10_000  # beyond it all are forgotten, and fill anew
SKEW: Final = SECOND  # by which clocks of workers may differ; one that is further back was set back


class Shared(Protocol):
    """Buckets that all workers see."""

    def change(self, measure: str, turn: Callable[[int, Moment], tuple[int, Moment]], /) -> bool:
        """Let ``turn`` change what is left and as of when; -1 and 0 for a new one. False: not possible just now."""
        ...


class Throttles:
    """The buckets as one of ``workers`` sees them; without ``shared`` ones each worker has its share of the rate."""

    __slots__ = ("_buckets", "_shared", "_workers")

    def __init__(self, workers: int = 1, shared: Shared | None = None) -> None:
        self._workers = max(1, workers)
        self._shared = shared
        self._buckets: dict[str, tuple[int, Moment]] = {}  # what is left, and as of when

    def take(self, measure: str, rate: int, now: Moment) -> int:
        """Let one call through: 0. Or in how many seconds to come again. ``rate`` in calls per minute, over all workers."""
        if self._shared is not None:
            pour = Pour(rate, 1, now)
            if self._shared.change(measure, pour):
                return pour.wait
        pour = Pour(rate, self._workers, now)
        if len(self._buckets) >= MAX_BUCKETS and measure not in self._buckets:
            self._buckets.clear()
        self._buckets[measure] = pour(*self._buckets.get(measure, (-1, now)))
        return pour.wait

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


class Pour:
    """One call out of a bucket of one of ``parts`` of the rate. ``wait`` tells in how many seconds to come again; 0: it went.

    Counted in whole numbers, so that whoever comes when told to is let through: ``rate`` of them flow in each microsecond.
    """

    __slots__ = ("_now", "_parts", "_rate", "wait")

    def __init__(self, rate: int, parts: int, now: Moment) -> None:
        self._rate, self._parts, self._now = max(1, rate), parts, now
        self.wait = 0

    def __call__(self, left: int, since: Moment) -> tuple[int, Moment]:
        """What is left afterwards, and as of when. A negative ``left`` is a bucket that nothing was taken from yet."""
        now, call = self._now, MINUTE * self._parts
        most = max(call, self._rate * MINUTE // BURST)
        left = most if left < 0 else min(most, left + max(0, now - since) * self._rate)
        as_of = since if now < since <= now + SKEW else now
        if left < call:
            self.wait = max(1, -((left - call) // (self._rate * SECOND)))
            return left, as_of
        self.wait = 0
        return left - call, as_of
