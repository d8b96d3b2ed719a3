"""Which processes run, and what happens when one dies? Starts them, restarts the ones that fall, ends them in order.

Knows commands and nothing of what they do. A process that falls again and again is restarted ever more slowly; one that may
not be missed for a moment (the keeper) is treated the same: calls go on, the log catches up, ``/readyz`` says so.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from safeconduct.workers.stopping import Stop

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
PR_SET_PDEATHSIG = 1  # prctl(2)
STEADY_SECONDS = 20.0  # a process that lived this long starts again without a pause

_LIBC = ctypes.CDLL(None, use_errno=True)


def _end_with_parent() -> None:
    """In the child, before its program: ask the kernel for SIGTERM when we die, so that no gateway goes on unwatched."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Child:
    """One supervised process. ``argv`` never carries a secret."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    output: Path | None = None  # where its words go; ours when None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0
    last: int | None = None  # how its process before this one ended


@dataclass(slots=True)
class Supervisor:
    """Runs children until told to stop. ``tell`` hears one line about each start and fall."""

    children: list[Child]
    tell: Callable[[str], None]
    stopping: Stop = field(default_factory=Stop)

    def start(self) -> None:
        for child in self.children:
            self._spawn(child)

    def run(self, poll: float = 0.1) -> None:
        """Watch until ``stopping`` is set."""
        while not self.stopping.wait(poll):
            self.look()

    def look(self) -> None:
        """One look at every child; fallen ones start again when their pause is over."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.due:
                    self._spawn(child)
                continue
            code = child.process.poll()
            if code is None:
                continue
            steady = now - child.started > STEADY_SECONDS
            child.pause = FIRST_PAUSE if steady else min(child.pause * 2, LONGEST_PAUSE)
            child.due = now + (0.0 if steady else child.pause)
            child.process, child.last = None, code
            self.tell(f"{child.name} ended with {code}; it starts again in {child.due - now:.1f} s")

    def stop(self, groups: Sequence[Sequence[str]], grace: float) -> bool:
        """End the children named in each group, one group after the other. True when all ended by themselves in time."""
        self.stopping.set()
        clean = True
        for names in groups:
            alive = [child for child in self.children if child.name in names and child.process is not None]
            for child in alive:
                assert child.process is not None
                if child.process.poll() is None:
                    child.process.send_signal(signal.SIGTERM)
            end = time.monotonic() + grace
            for child in alive:
                assert child.process is not None
                try:
                    child.process.wait(max(0.1, end - time.monotonic()))
                except subprocess.TimeoutExpired:
                    clean = False
                    child.process.kill()
                    child.process.wait()
        return clean

    def _spawn(self, child: Child) -> None:
        child.started = time.monotonic()
        words = child.output.open("ab") if child.output is not None else None
        try:
            child.process = subprocess.Popen(  # noqa: S603 - our own commands, never anybody's words
                list(child.argv),
                env=dict(child.environ),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - whoever supervises has one thread, and the call takes no lock
            )
        except OSError as fault:  # no memory, no process left: try again later
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
            child.due = child.started + child.pause
            self.tell(f"{child.name} cannot be started ({fault.strerror}); tried again in {child.pause:.1f} s")
        finally:
            if words is not None:
                words.close()
