"""What has a witness cosigned, and which logs does it know? One SQLite file; looking, judging and keeping are one transaction.

INVARIANT: P7 - whoever asks at the same time or dies between any two steps: the size kept for a log never falls.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from safeconduct.audit.head import Checkpoint, NoteInvalid
from safeconduct.audit.note import Verifier
from safeconduct.terms.faults import Fault, Refused

BUSY_SECONDS = 5.0
_FORMAT = 1
_TABLES = """
CREATE TABLE log (
    origin TEXT PRIMARY KEY NOT NULL,
    size INTEGER NOT NULL DEFAULT -1 CHECK (size >= -1),
    root BLOB NOT NULL DEFAULT x'',
    at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE log_key (
    origin TEXT NOT NULL REFERENCES log (origin),
    vkey TEXT NOT NULL,
    PRIMARY KEY (origin, vkey)
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One known log: the checkpoint cosigned last (None: none yet), the POSIX second of that, and the log's keys."""

    origin: str
    checkpoint: Checkpoint | None
    at: int
    vkeys: tuple[str, ...]


class WitnessStore:
    """The file of one witness. Several processes may have it open."""

    def __init__(self, path: Path) -> None:
        """Open it, made on the first call. Raises Refused when it is no such file."""
        new = not path.exists()
        try:
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            if new:
                path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing to replay behind our back
            self._db.execute("PRAGMA synchronous = EXTRA")  # the name of the journal is durable as well
            self._db.execute("PRAGMA foreign_keys = ON")
            with self._transaction():
                if self._version() == 0:
                    for statement in _TABLES.split(";")[:-1]:
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {_FORMAT}")
            if self._version() != _FORMAT:
                raise sqlite3.DatabaseError("the file is of another version")
        except sqlite3.Error as wrong:
            mend = "put no older copy back: begin anew with new keys (docs/witness.md)"
            raise Refused(Fault("witness_damaged", str(wrong), str(path), mend)) from wrong

    def close(self) -> None:
        self._db.close()

    def trust(self, verifier: Verifier) -> bool:
        """Know a log by this key from here on; its name is the origin. False when it was known already."""
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO log (origin) VALUES (?)", (verifier.name,))
            row = (verifier.name, str(verifier))
            return self._db.execute("INSERT OR IGNORE INTO log_key (origin, vkey) VALUES (?, ?)", row).rowcount == 1

    def keys(self, origin: str) -> list[Verifier]:
        """The keys of that log; none when it is unknown."""
        rows = self._db.execute("SELECT vkey FROM log_key WHERE origin = ? ORDER BY vkey", (origin,))
        return [Verifier.parse(vkey) for (vkey,) in rows]

    def known(self, origin: str) -> Checkpoint | None:
        """The checkpoint cosigned last, None when there is none. Raises NoteInvalid when the origin is unknown."""
        row = self._db.execute("SELECT size, root FROM log WHERE origin = ?", (origin,)).fetchone()
        if row is None:
            raise NoteInvalid("the origin is unknown")
        size, root = row
        return Checkpoint(origin, size, root) if size >= 0 else None

    def advance(
        self, checkpoint: Checkpoint, clock: Callable[[], int], may: Callable[[Checkpoint | None], bool]
    ) -> tuple[Checkpoint | None, int | None]:
        """If ``may`` says so of what is known, keep ``checkpoint`` instead, durably, at the POSIX second of ``clock``.

        Returns what was known before, and that second; None when nothing was kept. Nobody else looks or keeps meanwhile.
        Raises sqlite3.Error, and keeps nothing, when the disk or a lock stands in the way.
        """
        with self._transaction():
            known = self.known(checkpoint.origin)
            if not may(known):
                return known, None
            at = clock()
            row = (checkpoint.size, checkpoint.root, at, checkpoint.origin)
            self._db.execute("UPDATE log SET size = ?, root = ?, at = ? WHERE origin = ?", row)
        return known, at

    def logs(self) -> list[Seen]:
        """Every known log."""
        rows = self._db.execute("SELECT origin, size, root, at FROM log ORDER BY origin").fetchall()
        return [
            Seen(
                origin,
                Checkpoint(origin, size, root) if size >= 0 else None,
                at,
                tuple(str(key) for key in self.keys(origin)),
            )
            for origin, size, root, at in rows
        ]

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
