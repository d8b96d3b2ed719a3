"""The log keeper as a process: ``python -m safeconduct.assembly.keeper_process HOME``. Ends in order on SIGTERM."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import sys
from pathlib import Path

from safeconduct.assembly.home import Home
from safeconduct.assembly.log import Start, open_log
from safeconduct.assembly.places import places_of
from safeconduct.assembly.process import UNFIT, clock, settings_hash
from safeconduct.assembly.versions import versions
from safeconduct.terms.faults import Refused
from safeconduct.workers.stopping import Stop


def main() -> int:
    """Keep the log until SIGTERM. Returns the exit code."""
    home = Home(Path(sys.argv[1]))
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = home.settings()
        home = home.holding(settings)
        start = Start(settings.log.node, secrets.token_hex(6), clock, versions(), settings_hash(settings))
        places = places_of(home, settings.log, os.environ)
        with open_log(home, start, places, secrets.token_bytes, _tell, settings.log.merge_delay_seconds) as log:
            gc.freeze()
            gc.disable()  # the keeper makes no cycles; walking its entries again and again would cost more than it does
            log.run(stop, clock)
    except (Refused, OSError) as wrong:
        _tell(str(wrong))
        return _code(wrong)
    return 0


def _tell(line: str) -> None:
    print(f"safeconduct keeper: {line}", file=sys.stderr, flush=True)  # noqa: T201 - the process's own door


def _code(wrong: Refused | OSError) -> int:
    """Whether starting again may help: after an error of the disk, or when another keeper still holds the log."""
    codes = {fault.code for fault in wrong.faults} if isinstance(wrong, Refused) else {"locked"}
    return 1 if codes <= {"locked", "log_two_keepers"} else UNFIT


if __name__ == "__main__":
    sys.exit(main())
