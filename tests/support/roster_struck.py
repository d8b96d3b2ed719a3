"""Run as a script: imports a roster and is killed at a named step, as by ``kill -9``. Arguments: folder, step, number of rows.

The log is a file of lines in the folder, so that what was recorded outlives the process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from safeconduct.desk.desk import Desk
from safeconduct.registry.changes import Draft, Intent
from safeconduct.registry.roster import RosterReading
from safeconduct.storage.sqlite.changes import ChangeStore, Drafts
from support.registry_desk import PEPPER
from support.registry_world import PSEUDONYM_KEY, T0

STEPS = ("judging", "intending", "intended", "recorded", "writing", "written", "committed")
HEAD = "person,us_citizen,source,verifier,method,verified_at,expires_at\n"


class LineJournal:
    """A log of one line for each entry, durable when the call returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def performed(self, **entry: object) -> int:
        return self._record("performed", entry)

    def failed(self, **entry: object) -> None:
        self._record("failed", entry)

    def _record(self, name: str, entry: dict[str, object]) -> int:
        with self._path.open("a") as file:
            file.write(json.dumps({"name": name, **entry}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        strike("recorded")
        return 1


class Struck(ChangeStore):
    """A store that dies at a step."""

    def intend(self, intent: Intent) -> None:
        strike("intending")
        super().intend(intent)
        strike("intended")

    def append(self, drafts: Drafts, name: str = "append", salt: bytes = b"", digest: str = "") -> int:
        first = super().append(_Falling(drafts), name, salt, digest)
        strike("committed")
        return first


class _Falling:
    """Drafts on their way to the disk."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def __len__(self) -> int:
        return len(self._drafts)

    def __iter__(self) -> Iterator[Draft]:
        for number, each in enumerate(self._drafts, 1):
            if number > len(self) // 2:
                strike("writing")
            yield each
        strike("written")


def strike(step: str) -> None:
    """Die here if this is the step."""
    if len(sys.argv) > 2 and sys.argv[2] == step:
        os.kill(os.getpid(), signal.SIGKILL)


def lines(rows: int) -> Iterator[bytes]:
    """The lines of a roster with so many rows."""
    yield HEAD.encode()
    for number in range(rows):
        if number > rows // 2:
            strike("judging")
        yield f"p{number:06},yes,passport,v,doc,2026-01-01T00:00:00Z,open\n".encode()


def desk(folder: Path) -> Desk:
    """A desk over the files of the folder."""
    store = Struck.open(folder / "registry.db")
    journal = LineJournal(folder / "log")
    return Desk(store, journal, pepper=PEPPER, pseudonym_key=PSEUDONYM_KEY, random=os.urandom, clock=lambda: T0)


if __name__ == "__main__":
    desk(Path(sys.argv[1])).import_roster(RosterReading("r.csv", lines(int(sys.argv[3])), "acme"), file="r.csv")
