"""One gateway worker: an event loop that owns sockets, a view, pools and a journal, and lends them to connections."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from safeconduct.audit import commitment
from safeconduct.audit.entries import CallDecided, CallEnded, DetectorFailed, Outcome, clip
from safeconduct.exchange.inspecting import counts, scored
from safeconduct.exchange.machine import Exchange
from safeconduct.exchange.view import View
from safeconduct.gateway import samples
from safeconduct.gateway.announcer import Announcer
from safeconduct.gateway.caller import CallerConnection
from safeconduct.gateway.clock import Clock
from safeconduct.gateway.deposits import Deposits
from safeconduct.gateway.direct import Direct
from safeconduct.gateway.edge import EdgeFault
from safeconduct.gateway.held import HeldFile
from safeconduct.gateway.judge import Judge
from safeconduct.gateway.live import LiveFile
from safeconduct.gateway.meters import Meters
from safeconduct.gateway.owners import Owners
from safeconduct.gateway.ports import Feed, Journal, Pool, Vault
from safeconduct.gateway.request import Head
from safeconduct.gateway.routes import Route
from safeconduct.gateway.scanner import Scanner
from safeconduct.gateway.scanning import Scanning
from safeconduct.gateway.watch import Watch
from safeconduct.safeguards.ports import Wanted
from safeconduct.safeguards.seen import Heard
from safeconduct.terms.call import Answer, Dialect, Refusal
from safeconduct.terms.moments import SECOND, Moment

SWEEP_SECONDS = 0.5
CUT_SECONDS = 1.0  # how long the last words of cut calls may take to leave
FEED_SECONDS = 0.025  # how often the change feed is asked; a stop must be in force within a second (P5)
TICK_SECONDS = 0.1  # how often calls that hold back a part of their answer hear of time passing
UNNAMED_PER_SECOND = 200  # refused strangers recorded one by one; beyond it one entry stands for many


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the door; seconds and bytes (docs/settings.md)."""

    max_body_bytes: int
    max_buffered_bytes: int
    max_connections: int
    header_seconds: float
    body_seconds: float
    keepalive_seconds: float
    write_seconds: float
    drain_seconds: float
    stale_seconds: float = 2.0


class Worker:
    """Everything one process shares among its connections."""

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        view: View,
        journal: Journal,
        pools: Mapping[str, Pool],
        owners: Owners,
        meters: Meters,
        direct: Direct,
        limits: Limits,
        pepper: bytes,
        feed: Feed,
        clock: Clock | None = None,
        live: LiveFile | None = None,
        vault: Vault | None = None,
        announcer: Announcer | None = None,
        scanner: Scanner | None = None,
        held: HeldFile | None = None,
        judge: Judge | None = None,
    ) -> None:
        self.view = view
        self.journal = journal
        self.pools = pools
        self.owners = owners
        self.meters = meters
        self.limits = limits
        self.announcer = announcer or Announcer()
        self.held = held or HeldFile()
        self.scanner = scanner or Scanner(loop, (), {})
        self.judge = judge
        self.scanning = Scanning(loop, self.scanner, judge, view.safeguards.gray)
        self.deposits = Deposits(loop, vault, self.fault)
        self.now = loop.time
        self.draining = False
        self._loop = loop
        self._direct = direct
        self._pepper = pepper
        self.clock = clock if clock is not None else Clock()
        self._connections: set[CallerConnection] = set()
        self._empty = asyncio.Event()  # for drain: the last connection is gone
        self._buffered = 0
        self._tick_at = 0.0
        self._blind: dict[tuple[str, str], int] = {}
        self._blind_second = 0
        self._sampled_at: Moment = 0
        self._calls = 0
        self._prefix = f"call_{journal.boot}_"
        self._unnamed_second = 0
        self._unnamed_count = 0
        self._unnamed_held = 0
        self._timers: list[asyncio.TimerHandle] = []
        self.watch = Watch(self, loop, feed, live)

    # what connections ask for

    def digest(self, presented: bytes) -> bytes:
        """The keyed hash of a credential (attack table 1): what is stored and compared, never the credential."""
        return commitment.mac(self._pepper, presented)

    def exchange(self, route: Route) -> Exchange:
        """A new call on this connection."""
        self._calls += 1
        self.meters.arrivals += 1
        self.meters.in_flight += 1
        assert route.dialect is not None
        call_id = f"{self._prefix}{self._calls:x}"
        return Exchange(self.view, route.dialect, route.operation, route.upstream_path, call_id, self.clock())

    def record_decision(self, entry: CallDecided, then: Callable[[bool], None]) -> int:
        """Queue the entry that opens a call; 0 when it cannot become durable, and ``then`` hears so."""
        try:
            return self.journal.append(entry, opens=True, then=then)
        except ValueError as fault:  # larger than an entry may be: what cannot be recorded is not forwarded (P2)
            self.fault(fault)
            self._loop.call_soon(then, False)
            return 0

    def record_outcome(self, entry: CallEnded, closes: int) -> None:
        """Count and append an outcome; floods of refused strangers share entries."""
        meters = self.meters
        meters.in_flight -= 1
        match entry.outcome:
            case Outcome.SERVED:
                meters.served += 1
            case Outcome.REFUSED:
                meters.refused += 1
            case Outcome.CUT:
                meters.cut += 1
            case Outcome.DISCONNECTED:
                meters.disconnected += 1
            case _:
                meters.failed += 1
        if entry.tokens_in > 0:
            meters.input_tokens += entry.tokens_in
        if entry.tokens_out > 0:
            meters.output_tokens += entry.tokens_out
        if entry.code == "view_stale":
            meters.restricted_refused += 1
        if closes:
            self.journal.append(entry, closes=closes)
            return
        if entry.code.startswith("credential_"):
            meters.unauthenticated += 1
        self._record_unnamed(entry)

    def _record_unnamed(self, entry: CallEnded) -> None:
        second = entry.at // SECOND
        if second != self._unnamed_second:
            self.flush_unnamed(entry.at)
            self._unnamed_second = second
            self._unnamed_count = 0
        self._unnamed_count += 1
        if self._unnamed_count <= UNNAMED_PER_SECOND:
            self.journal.append(entry)
        else:
            self._unnamed_held += 1

    def flush_unnamed(self, now: Moment) -> None:
        """One entry for the refused strangers that were not recorded one by one."""
        if self._unnamed_held:
            held, self._unnamed_held = self._unnamed_held, 0
            self.journal.append(CallEnded(at=now, outcome=Outcome.REFUSED, code="refused_before_decision", count=held))

    def blind(self, detector: str, why: str) -> None:
        """A detector failed a call. The log hears of it once a second, with how often."""
        self.meters.detector_failures += 1
        self._blind[detector, why] = self._blind.get((detector, why), 0) + 1

    def _tell_blind(self, now: Moment, *, at_once: bool = False) -> None:
        if self._blind and (at_once or now // SECOND != self._blind_second):
            self._blind_second = now // SECOND
            failed, self._blind = self._blind, {}
            for (detector, why), count in failed.items():
                self.journal.append(DetectorFailed(at=now, detector=clip(detector), why=why, count=count))

    def heard(self, call: str, texts: Sequence[Wanted], heard: Sequence[Heard | None]) -> None:
        """What was said of texts that nobody waited for: remembered, and told to the watch."""
        for wanted, each in zip(texts, heard, strict=True):
            if each is not None:
                self.view.seen.put(wanted.key, each)
        said = [each for each in heard if each is not None]
        self.announcer.scored(call, scored(said, [found for each in said for found in each.findings if counts(found)]))

    def remember(self, texts: Sequence[Wanted]) -> None:
        """Tell a detector what to remember of a call; what it did not hear is told the operator."""

        def told(heard: tuple[Heard | None, ...]) -> None:
            if any(each is None for each in heard):
                self.blind(texts[0].process, "unremembered")

        self.scanning.score(texts, told)

    def buffer(self, size: int) -> bool:
        """Account for request bytes in memory; false when there is no room left (they are accounted all the same)."""
        self._buffered += size
        return self._buffered <= self.limits.max_buffered_bytes

    def release(self, size: int) -> None:
        self._buffered -= size

    def direct(self, route: Route, head: Head, digest: bytes | None, body: bytes = b"") -> Answer:
        """Answer a request that is no call."""
        self.watch.look_if_late()
        return self._direct.answer(self, route, head, digest, body)

    def plain_no(self, fault: EdgeFault, dialect: Dialect | None) -> Answer:
        self._calls += 1
        refusal = Refusal(fault.status, fault.code, fault.sentence, fault.mend, f"{self._prefix}{self._calls:x}")
        return self._direct.refusal(refusal, dialect)

    @staticmethod
    def fault(fault: Exception) -> None:
        """Say on stderr what kind of fault of ours happened and where; never its words, which may hold content."""
        frames = traceback.extract_tb(fault.__traceback__)
        spot = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "?"
        sys.stderr.write(f"safeconduct worker: {type(fault).__name__} in {spot}\n")

    # connections

    def opened(self, connection: CallerConnection) -> None:
        self._connections.add(connection)
        self.meters.connections = len(self._connections)
        if len(self._connections) > self.limits.max_connections:
            connection.abort()

    def closed(self, connection: CallerConnection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()
        self.meters.connections = len(self._connections)

    # the passing of time

    def start(self) -> None:
        self._sweep()
        self._watch()

    def _sweep(self) -> None:
        """Look after deadlines and counters; a fault in one look must not end all looking."""
        try:
            self._look()
        finally:
            self._later(SWEEP_SECONDS, self._sweep)

    def _look(self) -> None:
        now = self.now()
        for connection in [c for c in self._connections if c.deadline < now]:
            connection.overdue()
        for pool in self.pools.values():
            pool.sweep()
        moment = self.clock()
        self.flush_unnamed(moment)
        self._tell_blind(moment)
        meters = self.meters
        meters.journal_failed = 0 if self.journal.healthy else 1
        meters.feed_age_ms = self.watch.feed_age // 1000
        meters.view_stale = 1 if self.watch.stale else 0
        meters.registry_version = self.view.version
        meters.detectors_down = len(self.scanner.down())
        meters.unscored = self.scanner.unscored
        if self.judge is not None:
            meters.judged, meters.unjudged = self.judge.asked, self.judge.unjudged
        meters.clock_behind_ms = self.clock.behind // 1000
        meters.flush()

    def _watch(self) -> None:
        """Ask the change feed, and go on asking whatever happens; while it fails the view grows old."""
        try:
            self.watch.look()
            self.scanner.tick()
            self._pass_time()
        finally:
            moment = self.clock()
            if moment - self._sampled_at >= samples.EVERY:
                self._sampled_at = moment
                self.announcer.blind = samples.blind(self.view.safeguards.inline, self.view.safeguards.versions)
            self.announcer.tick(moment)
            self._later(FEED_SECONDS, self._watch)

    def _pass_time(self) -> None:
        """Tell the calls that hold something back; not at every look, because there may be many connections."""
        if self.now() < self._tick_at:
            return
        self._tick_at = self.now() + TICK_SECONDS
        for connection in list(self._connections):
            try:
                connection.tick()
            except Exception as fault:  # noqa: BLE001 - a door: the others wait, too
                self.fault(fault)
                connection.abort()

    @property
    def live(self) -> list[CallerConnection]:
        """The connections with a call at a provider."""
        return [connection for connection in self._connections if connection.live]

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._timers = [timer for timer in self._timers if not timer.cancelled() and timer.when() > self.now()]
        self._timers.append(self._loop.call_later(seconds, action))

    # stopping

    async def drain(self) -> int:
        """Finish what is in flight within the drain time, cut the rest in its own dialect. Returns how many were cut."""
        self.draining = True
        for connection in list(self._connections):
            connection.close_idle()
        await self._emptied(self.limits.drain_seconds)
        left = list(self._connections)
        cut = sum(1 for connection in left if connection.cut())
        await self._emptied(CUT_SECONDS)  # the terminal events want to leave
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)
        await self.deposits.settle(CUT_SECONDS)  # the outcomes of kept calls name what the vault has
        self.watch.finish()
        self.announcer.close(self.clock())
        for timer in self._timers:
            timer.cancel()
        self.scanner.close()
        if self.judge is not None:
            self.judge.close()
        for pool in self.pools.values():
            pool.close()
        self.flush_unnamed(self.clock())
        self._tell_blind(self.clock(), at_once=True)
        self.meters.in_flight = self.meters.connections = 0
        self.meters.flush()
        return cut

    async def _emptied(self, seconds: float) -> None:
        """Wait until the last connection is gone, or so long."""
        if self._connections:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._empty.wait()
