"""The watch as a process: ``python -m safeconduct.assembly.watch_process HOME``. Reads signals and acts on them until SIGTERM.

It holds the home's secrets as every process that performs acts does, and no provider's key. Calls never wait for it: while it is
down signals gather in their spools, and it says afterwards how far it was behind.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.assembly.appeals import take_up
from safeconduct.assembly.desk import DeskJournal, desk_of
from safeconduct.assembly.home import Home
from safeconduct.assembly.hunting import signal_history
from safeconduct.assembly.process import UNFIT, clock
from safeconduct.assembly.watching import Acting
from safeconduct.settings.load import Settings
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.signals import SpoolReader
from safeconduct.storage.sqlite.erasing import ErasingStore
from safeconduct.storage.watch.state import Damaged, WatchStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import Moment
from safeconduct.watch.knobs import Knobs
from safeconduct.watch.machine import Watch
from safeconduct.workers.stopping import Stop
from safeconduct.workers.watcher import Status, Watcher, positions_of, taken_over

ACTOR: Final = "watch"
STATUS_FILE: Final = "watch.json"
STATE_FILE: Final = "state.db"
ROUND_SECONDS: Final = 0.1
AGAIN_SECONDS: Final = 1.0
NICER: Final = 5  # calls come first


def main() -> int:
    """Watch until SIGTERM. Returns the exit code."""
    home = Home(Path(sys.argv[1]))
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    os.nice(NICER)
    try:
        settings = home.settings()
        watch(home.holding(settings), settings, stop)
    except Refused as wrong:
        _say(str(wrong))
        return UNFIT
    except OSError as wrong:
        _say(str(wrong))
        return 1
    return 0


def watch(home: Home, settings: Settings, stop: Stop) -> None:
    """Watch until asked to stop. Raises Refused when the home cannot be read, OSError when its disk fails for good."""
    state = WatchStore(home.watch / STATE_FILE, anew=True)
    lost = state.lost or taken_over(state)
    journal = DeskJournal(home, "watcher")
    with ErasingStore.open(home.registry) as store:
        desk = desk_of(home, store, journal, ACTOR)
        try:
            watcher = Watcher(
                Watch(state, knobs_of(settings)),
                SpoolReader(home.signals, positions_of(state)),
                state,
                Acting(desk, store, journal, state),
                lambda status: _leave_word(home, status),
                clock(),
                signal_history(home) if settings.watch.retain_days > 0 else None,
                settings.watch.retain_days,
                lost,
            )
            trouble = ""
            while not stop.is_set():
                try:
                    _kept(watcher, watcher.round)
                    take_up(home.run, desk)
                    trouble = ""
                except OSError as wrong:  # a disk that is full, a registry that is taken: the same again a little later
                    if str(wrong) != trouble:
                        _say(str(wrong))
                    trouble = str(wrong)
                    stop.wait(AGAIN_SECONDS)
                stop.wait(ROUND_SECONDS)
            _kept(watcher, watcher.round)
            _kept(watcher, watcher.close)
        finally:
            journal.close()
            state.close()


def _kept(watcher: Watcher, do: Callable[[Moment], None]) -> None:
    """Let the watcher do something. Where its file turns out to be damaged, it begins a new one with everybody at hand."""
    try:
        do(clock())
    except Damaged as wrong:
        _say(f"the state of the watch is damaged, and begins anew: {wrong}")
        watcher.begin_anew(clock())


def knobs_of(settings: Settings) -> Knobs:
    """What the operator chose about the watch."""
    return Knobs(alerts_per_thousand=settings.watch.alerts_per_thousand, egress=frozenset(settings.watch.egress))


def _leave_word(home: Home, status: Status) -> None:
    """Not synced: it is only about now."""
    disk = Disk()
    os.close(disk.put_file(home.run / STATUS_FILE, msgspec.json.encode(status)))


def _say(line: str) -> None:
    print(f"safeconduct watcher: {line}", file=sys.stderr, flush=True)  # noqa: T201 - the process's own door


if __name__ == "__main__":
    sys.exit(main())
