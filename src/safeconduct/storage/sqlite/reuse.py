"""Where do the fingerprints of restricted answers lie? One SQLite file beside the watch's state; keyed hashes, no text.

What a fingerprint is, and what follows from a match, is the detectors' part.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Final

from safeconduct.terms.moments import Moment

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS answer (
    id INTEGER PRIMARY KEY, call TEXT NOT NULL, organization TEXT NOT NULL, project TEXT NOT NULL, model TEXT NOT NULL,
    subject TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS answer_at ON answer (at);
CREATE INDEX IF NOT EXISTS answer_subject ON answer (subject);
CREATE TABLE IF NOT EXISTS print (
    hash INTEGER NOT NULL, answer INTEGER NOT NULL REFERENCES answer (id) ON DELETE CASCADE, PRIMARY KEY (hash, answer)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS print_answer ON print (answer);
"""
_AT_ONCE: Final = 500  # below SQLite's bound on variables of any build
MOST_LOOKED_UP: Final = 4_000  # fingerprints of one text: some 70 KB of it


class ReuseStore:
    """Adds, finds and forgets. One process writes; a second one that finds it busy waits up to five seconds."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._connection = sqlite3.connect(path, timeout=5.0, isolation_level=None)
        path.chmod(0o600)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)

    def add(
        self, call: str, organization: str, project: str, model: str, subject: str, prints: Collection[int], at: Moment
    ) -> None:
        """Remember an answer's fingerprints. Raises sqlite3.Error."""
        said = "INSERT INTO answer (call, organization, project, model, subject, at) VALUES (?, ?, ?, ?, ?, ?)"
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            number = self._connection.execute(said, (call, organization, project, model, subject, at)).lastrowid
            rows = ((one, number) for one in prints)
            self._connection.executemany("INSERT OR IGNORE INTO print (hash, answer) VALUES (?, ?)", rows)

    def matches(self, prints: Collection[int], least: int) -> list[tuple[str, str, str, str, str, int]]:
        """``(call, organization, project, model, subject, common)`` of answers that share ``least`` or more, most first."""
        wanted = list(prints)[:MOST_LOOKED_UP]
        common: dict[int, int] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(part))
            for (answer,) in self._connection.execute(f"SELECT answer FROM print WHERE hash IN ({marks})", part):  # noqa: S608 - marks only
                common[answer] = common.get(answer, 0) + 1
        found = sorted(((count, answer) for answer, count in common.items() if count >= least), reverse=True)[:50]
        asked = "SELECT call, organization, project, model, subject FROM answer WHERE id = ?"
        return [(*self._connection.execute(asked, (answer,)).fetchone(), count) for count, answer in found]

    def forget_before(self, moment: Moment) -> int:
        """Forget answers older than ``moment``. Returns how many."""
        return self._connection.execute("DELETE FROM answer WHERE at < ?", (moment,)).rowcount

    def forget_subject(self, subject: str) -> int:
        """Forget every answer that this leaf pseudonym was given, for an erasure; the write-ahead file is emptied, too."""
        gone = self._connection.execute("DELETE FROM answer WHERE subject = ?", (subject,)).rowcount
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def close(self) -> None:
        self._connection.close()
