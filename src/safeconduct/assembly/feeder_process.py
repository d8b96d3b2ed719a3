"""The feeder as a process: ``python -m safeconduct.assembly.feeder_process HOME``. Shows checkpoints to witnesses until SIGTERM.

Holds no secret of the log's: it needs the public key, and whom to ask. The witnessed checkpoint lies in the home's log folder,
also where the tree itself lies elsewhere.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from safeconduct.assembly.home import Home, Shard
from safeconduct.assembly.places import places_of
from safeconduct.assembly.process import UNFIT, clock
from safeconduct.assembly.witness import Witness, quorum_of
from safeconduct.audit.note import MAX_NOTE_BYTES, Verifier
from safeconduct.settings.load import Settings
from safeconduct.storage.files.disk import Disk, read_bounded
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import Moment
from safeconduct.workers.feeder import Feeder, LogStatus
from safeconduct.workers.stopping import Stop

STATUS_FILE = "witness.json"
WITNESSED = "witnessed"
ROUND_SECONDS = 1.0


class Status(msgspec.Struct):
    """What lies in ``run/witness.json``."""

    at: Moment
    logs: list[LogStatus]


class Beside:
    """The witnessed checkpoint beside a log."""

    def __init__(self, log: Path, disk: Disk) -> None:
        self._path = log / WITNESSED
        self._disk = disk

    def load(self) -> bytes | None:
        """The note. Raises OSError, ValueError when it is longer than a note may be."""
        try:
            return read_bounded(self._path, MAX_NOTE_BYTES)
        except FileNotFoundError:
            return None

    def save(self, note: bytes) -> None:
        """Readers see the old or the new one, durable before this returns."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._disk.write_file(self._path, note)
        self._disk.sync_directory(self._path.parent)


class Feeding:
    """All logs of one home: every shard and the log over them, as they appear."""

    def __init__(self, home: Home, settings: Settings, environ: Mapping[str, str]) -> None:
        """Raises Refused when a credential of the log's store cannot be read."""
        self._home = home
        self._places = places_of(home, settings.log, environ)
        self._log = settings.log
        self._feeders: dict[str, Feeder] = {}
        self._disk = Disk()

    def round(self, now: Moment) -> None:
        """One round of every log; then the status is written. Raises OSError when the disk fails."""
        for shard in (*self._home.shards(), self._home.root_shard()):
            if shard.origin not in self._feeders and (feeder := self._feeder(shard)) is not None:
                self._feeders[shard.origin] = feeder
        for feeder in self._feeders.values():
            feeder.round(now)
        status = Status(now, [feeder.status for feeder in self._feeders.values()])
        self._disk.write_file(self._home.run / STATUS_FILE, msgspec.json.encode(status))

    def _feeder(self, shard: Shard) -> Feeder | None:
        store = self._places.log(shard)
        try:
            verifier = Verifier.parse(store.vkey())
        except (OSError, ValueError):
            return None  # the keeper has not begun it
        witnesses = [Witness(name, each) for name, each in self._log.witness.items()]
        return Feeder(verifier, store, witnesses, quorum_of(self._log), Beside(shard.log, self._disk), _say)


def main() -> int:
    """Feed until SIGTERM, then once more: what the keeper signed last is worth showing. Returns the exit code."""
    home = Home(Path(sys.argv[1]))
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = home.settings()
        feeding = Feeding(home.holding(settings), settings, os.environ)
        while not stop.is_set():
            feeding.round(clock())
            stop.wait(ROUND_SECONDS)
        feeding.round(clock())
    except Refused as wrong:
        _say(str(wrong))
        return UNFIT
    except OSError as wrong:
        _say(f"{wrong}")
        return 1
    return 0


def _say(line: str) -> None:
    print(f"safeconduct feeder: {line}", file=sys.stderr, flush=True)  # noqa: T201 - the process's own door


if __name__ == "__main__":
    sys.exit(main())
