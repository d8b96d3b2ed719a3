"""A witness that is killed when it is about to carry out its n-th statement: argv FOLDER REQUEST-FILE N. Answers on stdout.

Exit 0: the request was answered before the n-th statement came.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from safeconduct.assembly.witness_folder import Desk, WitnessFolder


def main() -> None:
    folder, request, strike = WitnessFolder(Path(sys.argv[1])), Path(sys.argv[2]).read_bytes(), int(sys.argv[3])
    store = folder.store()
    seen = 0

    def trace(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen == strike:
            os.kill(os.getpid(), signal.SIGKILL)

    desk = Desk(store, folder.signers(), lambda: 1_700_000_000)
    store._db.set_trace_callback(trace)
    answer = desk(request)
    os.write(1, b"%d\n" % answer.status + answer.body)


if __name__ == "__main__":
    main()
