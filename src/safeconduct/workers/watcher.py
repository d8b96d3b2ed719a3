"""How do signals become acts? Reads the spools ten times a second, lets the watch think, performs what it asks, and keeps its
state so that a crash loses nothing that was read.

1. Hear what happened to the registry: who was erased is forgotten before anything else is done.
2. Read what came, and let each signal pass the watch. Of several words about one subject only the last is performed.
3. Perform. What cannot be performed now (a busy registry, a full disk) is tried again; what is refused is counted.
4. Every few seconds: a snapshot, then the spools that were read are removed, then word is left of how it goes.

What follows from a signal is the watch's question; what an act does is the desk's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

import msgspec

from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.signals import Beat, CallSignal, Signal
from safeconduct.watch import shape
from safeconduct.watch.commands import Alert, Command, MoveRisk, Silent
from safeconduct.watch.machine import Watch
from safeconduct.watch.signals.silence import SELF
from safeconduct.watch.snapshot import restore, whole_of

SNAPSHOT_EVERY: Final[Moment] = 5 * SECOND
LATEST_SNAPSHOT: Final[Moment] = 60 * SECOND
TEMPLATES_EVERY: Final[Moment] = 600 * SECOND
STATUS_EVERY: Final[Moment] = SECOND
TIDY_EVERY: Final[Moment] = 600 * SECOND
MOST_BEHIND: Final[Moment] = 10 * SECOND
MOST_PENDING: Final = 10_000
MOST_RETAINED: Final = 50_000  # that wait for the history
MOST_KNOWN: Final = 100_000
AT_ONCE: Final = 64  # acts of one round: a stop by somebody else must not wait behind all of them
POSITIONS, WHOLE, TEMPLATES, SHAPE = "positions", "whole", "templates", "shape"


class Spools(Protocol):
    """Where signals come from (``storage.files.signals``)."""

    @property
    def positions(self) -> dict[str, int]: ...
    def read(self) -> Iterable[Signal]: ...
    def backlog(self) -> int: ...
    def forget(self) -> None: ...
    def blank(self, gone: Callable[[Signal], bool]) -> int: ...


class State(Protocol):
    """Where the state lies (``storage.watch.state``)."""

    def save(self, subjects: Iterable[tuple[str, bytes]], pieces: dict[str, bytes]) -> None: ...
    def piece(self, name: str) -> bytes: ...
    def names(self) -> list[str]: ...
    def settle(self) -> None: ...
    def get(self, who: str) -> bytes | None: ...
    def begin_anew(self) -> None: ...


class Performer(Protocol):
    """Who does what the watch asks. ``perform`` returns whether it was done, and not refused for good; OSError: try again."""

    def perform(self, command: Command, now: Moment) -> bool: ...
    def news(self) -> Happenings: ...
    def known(self, who: str) -> bool: ...
    def at_risk(self, now: Moment) -> Iterable[tuple[str, str, Moment]]: ...


class History(Protocol):
    """Where signals stay for hunts (``storage.duckdb.history``)."""

    def add(self, signals: Iterable[CallSignal], now: Moment) -> None: ...
    def flush(self, now: Moment) -> None: ...
    def tidy(self, now: Moment, days: int) -> None: ...
    def forget_unknown(self, known: Callable[[str], bool]) -> int: ...


class Happenings(msgspec.Struct, frozen=True):
    """What happened to the registry: somebody was ``erased``; officers judged alarms as (who, kind, right); these projects
    (``project/ID``) declared batch applications, None while nothing about projects changed.
    """

    erased: bool = False
    verdicts: tuple[tuple[str, str, bool], ...] = ()
    batch: frozenset[str] | None = None


class Status(msgspec.Struct):
    """What lies in ``run/watch.json``."""

    at: Moment
    started_at: Moment
    signals: int
    acts: int
    alerts: int
    refused: int
    pending: int
    backlog_bytes: int
    behind_ms: int
    held: int
    damaged: int
    anew_at: Moment = 0  # when it lost its memory and began anew, 0 for not since it was started; and why
    anew_why: str = ""


class Watcher:
    """One watch at work. ``leave_word`` writes the status."""

    def __init__(
        self,
        watch: Watch,
        spools: Spools,
        state: State,
        performer: Performer,
        leave_word: Callable[[Status], None],
        now: Moment,
        history: History | None = None,
        retain_days: int = 0,
        lost: str = "",
    ) -> None:
        """``lost``: why there is no state of before, where there was one (``damaged``, ``version``)."""
        self._history = history
        self._retain_days = retain_days
        self._tidied_at: Moment = 0
        self.watch = watch
        self._spools = spools
        self._state = state
        self._performer = performer
        self._leave_word = leave_word
        self._pending: dict[str, Command] = {}
        self._retained: list[CallSignal] = []
        self._known: set[str] = set()
        self._fresh = False
        self._forgetting = False  # somebody was erased, and not all of it is forgotten yet
        self._saved_at = self._templates_at = now
        self._status_at: Moment = 0
        self.status = Status(now, now, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        if data := state.piece(WHOLE):
            restore(watch, data)
        watch.templates.load(state.piece(TEMPLATES))
        self._hear(performer.news())
        self._forget_erased()
        if lost:
            self._say_lost(lost, now)

    def round(self, now: Moment) -> None:
        """One look. Raises OSError when the state cannot be kept or an act cannot be done now; all of it is tried again."""
        self._hear(self._performer.news())
        status, watch = self.status, self.watch
        newest: Moment = 0
        strangers = False
        for signal in self._spools.read():
            status.signals += not isinstance(signal, Beat)
            self._fresh = True
            newest = max(newest, signal.at)
            if not self._is_about_known(signal):
                strangers = True
                continue
            self._ask(watch.step(signal, now))
            if isinstance(signal, CallSignal) and self._history is not None and len(self._retained) < MOST_RETAINED:
                self._retained.append(signal)
        if strangers:  # INVARIANT (P8): what was put down after somebody was erased does not wait in a file that others fill
            self._spools.blank(self._is_about_nobody)
        behind = max(0, now - newest) if newest and self._spools.backlog() else 0
        self._ask(watch.tick(now))
        self._ask(list(watch.silence.lag(behind, now, MOST_BEHIND)))
        status.behind_ms = behind // 1_000
        try:
            self._perform(now)
        finally:  # what was read is read once: it is kept also where the registry is taken
            self._retain(now)
        since = now - self._saved_at
        if self._fresh and since >= (LATEST_SNAPSHOT if self._pending else SNAPSHOT_EVERY):  # what is asked for is done first
            self.save(now)
        if now - self._status_at >= STATUS_EVERY:
            self._say(now)

    def save(self, now: Moment) -> None:
        """A snapshot; then what was read may go. Raises OSError; then the next one has all of it again."""
        pieces = {
            WHOLE: whole_of(self.watch),
            POSITIONS: msgspec.msgpack.encode(self._spools.positions),
            SHAPE: shape.packed(),
        }
        if now - self._templates_at >= TEMPLATES_EVERY:
            pieces[TEMPLATES] = self.watch.templates.dump()
            self._templates_at = now
        self._state.save(self.watch.memory.changed(), pieces)
        self._spools.forget()
        self._saved_at, self._fresh = now, False

    def close(self, now: Moment) -> None:
        """Do what is left, and keep everything."""
        while self._pending:
            self._perform(now)
        if self._history is not None:
            self._history.flush(now)
        self._templates_at = now - TEMPLATES_EVERY
        self.save(now)
        self._say(now)

    def begin_anew(self, now: Moment) -> None:
        """The file is damaged: put it aside, and go on with everybody at hand. Raises OSError; then it is tried again."""
        self._state.begin_anew()
        self.watch.memory.keep_all()
        self._templates_at = now - TEMPLATES_EVERY
        self._say_lost("damaged", now)
        self.save(now)

    def _say_lost(self, why: str, now: Moment) -> None:
        """Say it in the log, and let stand what was told of those whom nothing is remembered of."""
        for who, band, until in self._performer.at_risk(now):
            self.watch.stands(who, band, until)
        self._ask([Silent(SELF, why, now)])
        self.status.anew_at, self.status.anew_why, self._fresh = now, why, True

    def _is_about_known(self, signal: Signal) -> bool:
        """INVARIANT (P8): what was still under way when somebody was erased brings nothing of them back."""
        if isinstance(signal, Beat):
            return True
        agent = signal.agent if isinstance(signal, CallSignal) else ""
        return (not agent or self._is_known(f"agent/{agent}")) and (
            not signal.person or self._is_known(f"person/{signal.person}")
        )

    def _is_about_nobody(self, signal: Signal) -> bool:
        return not self._is_about_known(signal)

    def _is_known(self, who: str) -> bool:
        """Whether the registry knows this subject; who was known is asked about again once somebody was erased."""
        if who in self._known:
            return True
        known = self._performer.known(who)
        if known and len(self._known) < MOST_KNOWN:
            self._known.add(who)
        return known

    def _retain(self, now: Moment) -> None:
        """Keep what was read for hunts, and no longer than it may be. Whoever was erased meanwhile is not kept."""
        if self._history is None:
            return
        retained, self._retained = self._retained, []
        self._history.add(retained, now)
        if now - self._tidied_at >= TIDY_EVERY:
            self._history.tidy(now, self._retain_days)
            self._tidied_at = now

    def _hear(self, heard: Happenings) -> None:
        if heard.batch is not None:
            self.watch.knobs.batch = set(heard.batch)
        for who, kind, right in heard.verdicts:
            self.watch.judged(who, kind, right=right)
        if heard.erased or self._forgetting:
            self._forgetting = True  # what cannot be done now is done the next time, though nobody says it again
            self._forget_erased()
            self._forgetting = False

    def _ask(self, commands: Iterable[Command]) -> None:
        for each in commands:
            match each:
                case MoveRisk(who=who):
                    self._pending[f"risk {who}"] = each
                case Alert(who=who, kind=kind):
                    self._pending[f"alert {who} {kind}"] = each
                case Silent(monitor=monitor, back=back):
                    self._pending[f"silent {monitor} {back}"] = each
            while len(self._pending) > MOST_PENDING:
                del self._pending[next(iter(self._pending))]
                self.status.refused += 1

    def _perform(self, now: Moment) -> None:
        for _ in range(min(AT_ONCE, len(self._pending))):
            name = next(iter(self._pending))
            command = self._pending[name]
            done = self._performer.perform(command, now)
            del self._pending[name]
            self.status.refused += not done
            self.status.acts += done
            self.status.alerts += done and isinstance(command, Alert)

    def _forget_erased(self) -> None:
        """INVARIANT (P8): whom the registry does not know any more, the watch does not know, either, nor does its file."""
        self._known.clear()
        if self._history is not None:
            self._retained = [each for each in self._retained if self._is_about_known(each)]
            self._history.forget_unknown(self._performer.known)
        names = {*self._state.names(), *self.watch.memory.names()}
        gone = [who for who in sorted(names) if not self._performer.known(who)]
        for who in gone:
            self.watch.forget(who)
            for each in [each for each, command in self._pending.items() if getattr(command, "who", "") == who]:
                del self._pending[each]
        if gone or self._forgetting:
            self._state.save(self.watch.memory.changed(), {WHOLE: whole_of(self.watch), SHAPE: shape.packed()})
            self._state.settle()

    def _say(self, now: Moment) -> None:
        status = self.status
        status.at, status.pending, status.held = now, len(self._pending), len(self.watch.memory)
        status.backlog_bytes, status.damaged = self._spools.backlog(), self.watch.memory.damaged
        self._leave_word(status)
        self._status_at = now


def taken_over(state: State) -> str:
    """Bring what an earlier version packed into today's order; why nothing of it is left, where it cannot be, or nothing.

    One transaction: a crash leaves it as it was. Whoever cannot be read begins anew alone. Raises OSError.
    """
    whole, names = state.piece(WHOLE), state.names()
    if not whole and not names:
        return ""
    before = shape.read(state.piece(SHAPE))
    if before == shape.NOW:
        return ""
    if before is None:
        state.begin_anew()
        return "version"

    def moved() -> Iterator[tuple[str, bytes]]:
        for who in names:
            with contextlib.suppress(msgspec.DecodeError):
                yield who, shape.moved_subject(state.get(who) or b"", before)

    try:
        pieces = {WHOLE: shape.moved_whole(whole, before) if whole else b"", SHAPE: shape.packed()}
    except msgspec.DecodeError:
        state.begin_anew()
        return "version"
    state.save(moved(), pieces)
    return ""


def positions_of(state: State) -> dict[str, int]:
    """How far each spool was read, by the last snapshot."""
    try:
        return msgspec.msgpack.decode(state.piece(POSITIONS) or b"\x80", type=dict[str, int])
    except msgspec.DecodeError:
        return {}
