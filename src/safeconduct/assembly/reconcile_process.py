"""The nightly comparison as a process: ``python -m safeconduct.assembly.reconcile_process HOME``. SIGTERM ends it at once.

It waits for ``reconcile.at``, removes from the vault what is over, compares, and tells the log, ``run/reconcile.json`` and, when
something differs, whoever reads its words. A night that was missed because nothing ran is made up for after the start. Nothing
waits for it, and it takes what the calls leave of the machine.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Final, NoReturn

from safeconduct.assembly.home import Home
from safeconduct.assembly.process import UNFIT, clock
from safeconduct.assembly.reconciling import last, reconcile, tell_failure
from safeconduct.assembly.recording import record
from safeconduct.assembly.retention import expire
from safeconduct.assembly.vault import HomeVault
from safeconduct.settings.load import time_of_day
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.workers.stopping import Stop

DAY: Final = 86_400 * SECOND
LOOK_SECONDS: Final = 30.0
AFTER_START_SECONDS: Final = 10.0  # the gateway comes first
AGAIN: Final = 600 * SECOND  # after one that could not be done
NICER: Final = 10


def due_since(at: int, now: Moment) -> Moment:
    """The last moment at which a comparison was due; ``at`` in seconds since midnight, UTC."""
    today = now - now % DAY + at * SECOND
    return today if today <= now else today - DAY


def main() -> int:
    """Compare each night until SIGTERM. Returns the exit code."""
    home = Home(Path(sys.argv[1]))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    os.nice(NICER)
    try:
        at = time_of_day(home.settings().reconcile.at)
        before = last(home)
        done = before.done_at if before is not None else _made(home)
    except (Refused, OSError) as wrong:
        print(f"safeconduct reconciler: {wrong}", file=sys.stderr)  # noqa: T201 - the process's own door
        return UNFIT
    never = Stop()
    never.wait(AFTER_START_SECONDS)
    tried: Moment = 0
    while True:
        now = clock()
        if at is not None and done < due_since(at, now) and not tried <= now < tried + AGAIN:
            tried = now
            if night(home):
                done = clock()
        never.wait(LOOK_SECONDS)


def night(home: Home) -> bool:
    """What is over goes, then one comparison; whether it was done. What it finds is told on stderr in one line."""
    try:
        _let_go(home)
    except (Refused, OSError) as wrong:  # a registry that was edited may be past reading, which is what comparing is for
        print(f"safeconduct reconciler: nothing that is over could go: {wrong}", file=sys.stderr)  # noqa: T201 - the process's own door
    try:
        outcome = reconcile(home, os.environ)
    except (Refused, OSError) as wrong:
        print(f"safeconduct reconciler: nothing was compared: {wrong}", file=sys.stderr)  # noqa: T201 - the process's own door
        tell_failure(home, wrong)
        return False
    if outcome.found:
        kinds = ", ".join(f"{count} {code}" for code, count in sorted(outcome.codes.items()))
        words = f"safeconduct reconciler: {outcome.found} differences ({kinds}); see: safeconduct reconcile last"
        print(words, file=sys.stderr)  # noqa: T201 - the process's own door
    return True


def _let_go(home: Home) -> None:
    """Destroy what the vault has kept long enough. Raises Refused, OSError."""
    vault = HomeVault.of(home)
    with ChangeStore.open(home.registry, read_only=True) as store:
        registry = store.registry(home.secret("pseudonym.key"))
        expire(vault, registry, clock(), lambda entry: record(home, entry))


def _made(home: Home) -> Moment:
    """When this home was made: before, there was nothing to compare."""
    return (home.secrets / "pepper").stat().st_mtime_ns // 1_000


def _end(*_: object) -> NoReturn:
    """Leave at once: the kernel lets go of locks, and the next comparison begins anew."""
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
