"""Detectors as a process: ``python -m safeconduct.assembly.scorer_process HOME PROCESS PLACE [DEADLINE_MS]``. Answers questions
until SIGTERM.

``PROCESS`` is ``sorter`` (the models), ``reuse`` (restricted output that reappears), or the name of an enabled plugin. But for
``reuse`` they hold no secret and keep nothing of what they are asked.

INVARIANT (P12): a detector that never comes back from a text does not stay like that: the kernel ends the process, whoever
supervises it starts another, and no such process outlives its supervisor.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

from safeconduct.assembly import reuse, safeguards
from safeconduct.assembly.features import features
from safeconduct.assembly.home import Home
from safeconduct.assembly.process import UNFIT, clock
from safeconduct.detectors.contract import GROUP, Inline
from safeconduct.detectors.models.scorer import Scorer
from safeconduct.detectors.process import Hear, serve
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.faults import Refused
from safeconduct.terms.findings import Finding
from safeconduct.terms.safeguards import REUSE
from safeconduct.terms.scans import Asked, Heard

STUCK_SECONDS: Final = 10.0  # with one text, at least
STUCK_DEADLINES: Final = 3  # and so many deadlines of a detector: workers gave it up after one


def main() -> int:
    """Serve until SIGTERM. Returns the exit code."""
    home, process, place = Home(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
    deadline = int(sys.argv[4]) / 1000 if len(sys.argv) > 4 else 0.0
    try:
        hear = bounded(_hearing(home, process), max(STUCK_SECONDS, STUCK_DEADLINES * deadline))
        gc.collect()
        gc.freeze()
        asyncio.run(_serve(safeguards.socket(home, process, place), hear))
    except (Refused, OSError) as wrong:
        _say(str(wrong))
        return UNFIT
    return 0


def _hearing(home: Home, process: str) -> Hear:
    if process == safeguards.SORTER:
        return sorting(Scorer.load())
    if process == REUSE:
        return reuse.hearing(home, home.settings().safeguards.reuse, clock)
    return asking(_plugin(process))


def bounded(hear: Hear, seconds: float) -> Hear:
    """The same, for at most so long a text: beyond that SIGALRM ends the process, in whatever code it stands."""

    def heard(asked: Asked) -> Heard:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            return hear(asked)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    return heard


def sorting(scorer: Scorer) -> Hear:
    """The models: a finding of each, with the share of benign texts that look so."""

    def hear(asked: Asked) -> Heard:
        scored = scorer.score(asked.text)
        found = (
            Finding("misuse", scored.misuse_why, "", chance=scored.misuse),
            Finding("injection", scored.injection_why, "", chance=scored.injection),
        )
        mine = asked.origin is Origin.USER
        return Heard(found, features(asked.text, scored.sketch, scored.language) if mine else Heard().features)

    return hear


def asking(detector: Inline) -> Hear:
    """A plugin. Where its findings lie in a request is known to whoever asked."""

    def hear(asked: Asked) -> Heard:
        found = detector.scan([Block("", asked.text, asked.origin)])
        name = detector.manifest.name
        return Heard(tuple(Finding(name, each.kind, "", each.start, each.end, each.chance, each.said) for each in found))

    return hear


def _plugin(name: str) -> Inline:
    safeguards.manifests([name])
    (point,) = [point for point in metadata.entry_points(group=GROUP) if point.name == name]
    found: Inline = point.load()()
    return found


async def _serve(path: Path, hear: Hear) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(path, hear, stop, lambda fault: _say(f"a detector met {fault}"))


def _say(line: str) -> None:
    print(f"safeconduct scorer: {line}", file=sys.stderr, flush=True)  # noqa: T201 - the process's own door


if __name__ == "__main__":
    sys.exit(main())
