"""How fast and how exact was a stop? Measures each one in this worker, from its moment to the last byte of the last cut call.

Which calls are cut is the machine's decision; here they are counted and their connections watched until the last words have left
this process. INVARIANT (P5): a caller who does not take the last words in time is hung up on; what was cut ends for everybody
within the second. INVARIANT (P8): an entry tells kinds and counts, and names nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from safeconduct.audit.entries import EnforcementApplied
from safeconduct.registry.changes import News
from safeconduct.terms.moments import SECOND, Moment

LAST_WORDS: Moment = SECOND * 2 // 5  # how long the last words of a cut call may take to leave
MAX_CAUSES = 16
BOUNDARY, STALE, CLOCK, HEALED = "boundary", "view.stale", "right.lapsed", "view.healed"

# Kinds of change that are told even when they touched no live call; others (a letter entered, a fact recorded) are daily work.
_TOLD = (".activated", ".withdrawn", ".superseded", ".lifted", ".suspended", ".restored", ".ended", ".revoked")


class Line(Protocol):
    """A caller's connection, as a stop sees it."""

    def unsent(self) -> int:
        """Bytes that were written and have not left this process; 0 once it is closed."""
        ...

    def abort(self) -> None: ...


class Stop:
    """One stop under way. Moments in microseconds; ``at`` is when it was decided, elsewhere, that it should be."""

    def __init__(self, causes: tuple[str, ...], version: int, at: Moment, applied_at: Moment) -> None:
        self.causes = causes
        self.version = version
        self.at = at
        self.applied_at = applied_at
        self.checked = 0
        self.decided = False  # every live call was looked at
        self.waiting: list[tuple[Line, Moment]] = []  # cut, and the last words on their way, with the moment of the cut
        self.delays: list[int] = []

    @property
    def cut(self) -> int:
        return len(self.delays) + len(self.waiting)

    @property
    def told(self) -> bool:
        """Whether the log hears of it."""
        return bool(self.cut) or any(cause == BOUNDARY or cause.endswith(_TOLD) for cause in self.causes)

    def entry(self, now: Moment) -> EnforcementApplied:
        """What the log says about it."""
        delays = sorted(self.delays)
        return EnforcementApplied(
            activated_at=self.at,
            applied_at=self.applied_at,
            at=now,
            causes=self.causes,
            checked=max(self.checked, self.cut),
            cut=self.cut,
            kept=max(0, self.checked - self.cut),
            last_byte_p50_us=delays[len(delays) // 2] if delays else 0,
            last_byte_us=delays[-1] if delays else 0,
            registry_version=self.version,
        )


class Stops:
    """The stops of one worker. ``tell`` takes the entry of each that is done."""

    def __init__(self, tell: Callable[[EnforcementApplied], None]) -> None:
        self._tell = tell
        self._open: list[Stop] = []

    @property
    def busy(self) -> bool:
        return bool(self._open)

    def begin(self, causes: Iterable[str], version: int, at: Moment, now: Moment) -> Stop:
        """A stop that begins to be applied now."""
        stop = Stop(tuple(sorted(set(causes))[:MAX_CAUSES]), version, min(at, now) or now, now)
        self._open.append(stop)
        return stop

    def cut(self, line: Line, version: int, now: Moment) -> None:
        """A call was cut and its last words were written. When nobody is being looked at, it lapsed by the clock.

        A stop that only waits for last words has looked at everyone, and what falls now fell by something else.
        """
        stop = next((each for each in self._open if not each.decided or each.causes == (CLOCK,)), None)
        if stop is None:
            stop = self.begin((CLOCK,), version, now, now)
            stop.decided = True
        if line.unsent():
            stop.waiting.append((line, now))
        else:
            stop.delays.append(max(0, now - stop.at))

    def settle(self) -> None:
        """Every live call was looked at."""
        for stop in self._open:
            stop.decided = True

    def finish(self, now: Moment) -> None:
        """Nobody is left to be served: tell what there is to tell about every stop."""
        self.settle()
        for stop in self._open:
            stop.delays += [max(0, now - stop.at) for _ in stop.waiting]
            stop.waiting = []
        self.look(now)

    def look(self, now: Moment) -> None:
        """See which last words have left, hang up on who does not take them, and tell what is done."""
        for stop in self._open:
            waiting, stop.waiting = stop.waiting, []
            for line, since in waiting:
                if line.unsent() and now - since < LAST_WORDS:
                    stop.waiting.append((line, since))
                    continue
                if line.unsent():
                    line.abort()
                stop.delays.append(max(0, now - stop.at))
        done = [stop for stop in self._open if stop.decided and not stop.waiting]
        self._open = [stop for stop in self._open if not stop.decided or stop.waiting]
        for stop in done:
            if stop.told:
                self._tell(stop.entry(now))


def causes_of(news: News) -> set[str]:
    """The kinds of change in news, and whether they touched people or keys; no more than that where a feed thinks of everyone."""
    kinds = {change.kind for change in news.changes} | news.kinds
    if news.touched is None:
        return kinds | {"population.changed"}
    return kinds | {f"{name.partition('/')[0]}.changed" for name in news.touched}
