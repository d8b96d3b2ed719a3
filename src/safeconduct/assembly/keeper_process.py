"""The log keeper as a process: ``python -m safeconduct.assembly.keeper_process HOME``. Ends in order on SIGTERM."""

from __future__ import annotations

import gc
import secrets
import signal
import sys
from pathlib import Path

from safeconduct.assembly.home import Home
from safeconduct.assembly.log import open_keeper
from safeconduct.assembly.process import UNFIT, clock, settings_hash
from safeconduct.assembly.versions import versions
from safeconduct.storage.files.keystore import log_signer
from safeconduct.terms.faults import Refused
from safeconduct.workers.stopping import Stop

LOG_KEY = "log.key"


def main() -> int:
    """Keep the log until SIGTERM. Returns the exit code."""
    home = Home(Path(sys.argv[1]))
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = home.settings()
        with open_keeper(
            log=home.log,
            journal=home.journal,
            run=home.run,
            signer=log_signer(home.secrets / LOG_KEY, settings.log.origin, secrets.token_bytes),
            node=settings.log.node,
            boot=secrets.token_hex(6),
            clock=clock,
            versions=versions(),
            settings_hash=settings_hash(settings),
        ) as keeper:
            gc.freeze()
            gc.disable()  # the keeper makes no cycles; walking its entries again and again would cost more than it does
            keeper.run(stop, clock)
    except (Refused, OSError) as wrong:
        print(f"safeconduct keeper: {wrong}", file=sys.stderr)  # noqa: T201 - the process's own door
        return _code(wrong)
    return 0


def _code(wrong: Refused | OSError) -> int:
    """Whether starting again may help: after an error of the disk, or when another keeper still holds the log."""
    codes = {fault.code for fault in wrong.faults} if isinstance(wrong, Refused) else {"locked"}
    return 1 if codes == {"locked"} else UNFIT


if __name__ == "__main__":
    sys.exit(main())
