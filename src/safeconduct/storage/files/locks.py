"""Is somebody else doing this already? One lock file, held by one process, let go by the kernel when it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from safeconduct.terms.faults import Fault, Refused


class Held:
    """A lock that is held from here until ``release`` or the end of the process. Raises Refused when another holds it."""

    def __init__(self, path: Path, what: str) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            os.close(self._fd)
            raise Refused(
                Fault("locked", f"{what} is running already", str(path), "use the one that runs, or stop it first")
            ) from fault

    def release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
