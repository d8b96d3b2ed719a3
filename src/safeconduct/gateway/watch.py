"""What has happened to the registry, and whose live call may have lost its right by it? One worker's watch over its calls.

Asks the change feed, lets the clock speak, and has calls decided again that do not stand any more; what each decision is remains
the machine's. A large stop is carried out in slices, so that whoever is not concerned notices nothing.

INVARIANT (P5): before anything happens to a call, the feed was read within the last ``LATE``; a process that stood still reads
it first. A view that could not be fed grows stale, and then live calls of restricted models are cut, too.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from safeconduct.audit.entries import EnforcementApplied
from safeconduct.gateway import stops
from safeconduct.gateway.live import LiveFile
from safeconduct.gateway.ports import Feed
from safeconduct.gateway.stops import Stops
from safeconduct.terms.moments import SECOND, Moment

if TYPE_CHECKING:
    from safeconduct.gateway.caller import CallerConnection
    from safeconduct.gateway.worker import Worker

LATE: Moment = SECOND // 5  # a feed not read for so long is read before anything else happens
ASKS = 3  # how often in a row; what was lost on the way is asked for again before anybody is decided by what is left (P5)
LAPSE_SECONDS = 0.1  # how often quiet streams are looked through for rights that ended by the clock
LIVE_SECONDS = 1.0  # how often it is said who is being served
SLICE_SECONDS = 0.003  # how long live calls are decided again before sockets have their turn


class Watch:
    """One worker's watch. ``fed_at`` is when the feed was last read to its end; at ``due`` it is read before anything else."""

    def __init__(self, worker: Worker, loop: asyncio.AbstractEventLoop, feed: Feed, live: LiveFile | None) -> None:
        self._worker = worker
        self._view = worker.view
        self._loop = loop
        self._feed = feed
        self._live = live
        self._stops = Stops(self._stopped)
        self._again: deque[CallerConnection] = deque()  # live calls to decide again
        self._working = False  # some of them wait for the next turn of the loop
        self._epoch = worker.view.epoch
        self._stale = False
        self._ruled = True  # at the last look there were rules to decide by
        self.trouble = ""  # why the feed could not be read when it was last asked
        self._lapse_at = self._live_at = 0.0
        self.fed_at = worker.clock()
        self.due = self.fed_at + LATE
        self._view.fresh_until = self.fed_at + self._stale_after

    @property
    def _stale_after(self) -> Moment:
        return int(self._worker.limits.stale_seconds * SECOND)

    @property
    def feed_age(self) -> Moment:
        """Microseconds since the change feed was last read to its end."""
        return max(0, self._worker.clock() - self.fed_at)

    @property
    def stale(self) -> bool:
        """Whether the view is too old to permit restricted models."""
        return self._worker.clock() >= self._view.fresh_until

    def look(self) -> None:
        """Catch up. A feed that fails leaves the view as old as it is; that is said once, not each time it is asked."""
        try:
            self.catch_up()
        except Exception as fault:  # noqa: BLE001 - a door: what comes of it is decided by the age of the view
            trouble = (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__
            if trouble != self.trouble:
                self._worker.fault(fault)
            self.trouble = trouble
        else:
            self.trouble = ""

    def look_if_late(self) -> None:
        """Catch up before anything else happens, if that is overdue: this process stood still, or was kept busy (P5)."""
        if self._worker.clock() >= self.due:
            self.look()

    def catch_up(self) -> None:
        """Take in what happened to the registry, let the clock speak, and decide again what may have lost its right.

        The clock speaks also when the feed cannot be read: scheduled times fire, and a view grows stale.
        """
        self._worker.clock.adjust()
        self.due = self._worker.clock() + LATE
        causes: set[str] = set()
        at: Moment = 0
        try:
            for _ in range(ASKS):
                news = self._feed(self._view.version)
                if news is None:
                    if self._view.in_step(self._worker.clock()):
                        causes.add(stops.HEALED)
                else:
                    self._worker.clock.reach(news.at)
                    if self._view.hear(news, self._worker.clock()):
                        causes, at = causes | stops.causes_of(news), max(at, news.at)
                if not self._view.lost:
                    break
            if not self._view.lost:
                self.fed_at = self._worker.clock()
                self._view.fresh_until = self.fed_at + self._stale_after
        finally:
            self._enforce(causes, at)
            self._due_next()

    def _due_next(self) -> None:
        """Nothing happens to a call after a moment at which rights end before that was carried out, and is told as one stop."""
        now = self._worker.clock()
        for moment in (self._view.boundary, self._view.fresh_until):
            if now < moment < self.due:
                self.due = moment

    def _enforce(self, causes: set[str], at: Moment) -> None:
        """Whatever moved, find the live calls that do not stand on it any more, and decide them again."""
        view, now = self._view, self._worker.clock()
        turned = view.turn(now)
        ruled = view.policy is not None
        moved = ruled or self._ruled  # rules that cannot be made are tried again and again; that is news to nobody
        self._ruled = ruled
        if turned and moved:
            causes.add(stops.BOUNDARY)
            at = max(at, view.turned_at)
        stale = now >= view.fresh_until
        if stale and not self._stale:
            causes.add(stops.STALE)
        self._stale = stale
        lapse = self._loop.time() >= self._lapse_at
        if view.epoch != self._epoch or causes or lapse:
            self._lapse_at = self._loop.time() + LAPSE_SECONDS
            if view.epoch != self._epoch and moved:
                causes = causes or {stops.BOUNDARY}  # a call came upon it first
                at = at or view.turned_at
            self._epoch = view.epoch
            live = self._worker.live
            fallen = [connection for connection in live if not connection.stands(now)]
            if causes or fallen:
                stop = self._stops.begin(causes or (stops.CLOCK,), view.version, at, now)
                stop.checked = len(live)
                self._again.extend(fallen)
                if not self._working:
                    self._decide_again()
        if self._stops.busy:
            self._stops.look(now)
        if self._live is not None and self._loop.time() >= self._live_at:
            self._live_at = self._loop.time() + LIVE_SECONDS
            try:
                self._live.write((connection.seat for connection in self._worker.live), now)
            except OSError as fault:  # a preview will know less; calls do not suffer for it
                self._worker.fault(fault)

    def _decide_again(self) -> None:
        """Decide live calls again, for one slice of time; then sockets have their turn, so that others notice nothing."""
        self._working = False
        end = time.perf_counter() + SLICE_SECONDS
        while self._again:
            connection = self._again.popleft()
            try:
                connection.view_changed()
            except Exception as fault:  # noqa: BLE001 - a door: whoever cannot be decided again is not served (P1), the others are
                self._worker.fault(fault)
                connection.abort()
            if self._again and time.perf_counter() >= end:
                self._working = True
                self._loop.call_soon(self._decide_again)
                return
        self._stops.settle()
        self._stops.look(self._worker.clock())

    def cut(self, line: stops.Line) -> None:
        """A live call was cut by a stop; its last words were written."""
        self._stops.cut(line, self._view.version, self._worker.clock())

    def finish(self) -> None:
        """Tell what the stops did that are still open, because nobody is served any more."""
        self._stops.finish(self._worker.clock())

    def _stopped(self, entry: EnforcementApplied) -> None:
        meters = self._worker.meters
        meters.stops += 1
        meters.stopped_calls += entry.cut
        meters.stop_last_byte_max_us = max(meters.stop_last_byte_max_us, entry.last_byte_us)
        self._worker.journal.append(entry)
