"""Where do the fingerprints of restricted answers lie? One SQLite file beside the watch's state; keyed hashes, no text.

What a fingerprint is, and what follows from a match, is the detectors' part. A fingerprint that answers at several places share
is of common words, and no longer counts. What is kept is bounded in time, in bytes, and for each fingerprint.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from safeconduct.terms.moments import Moment

FILE: Final = "reuse.db"
"""Its name, in the folder of the watch."""

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
_HELD: Final = "SELECT hash, answer FROM print WHERE hash IN ({})"
_CROWDED: Final = "SELECT hash FROM print WHERE hash IN ({}) GROUP BY hash HAVING COUNT(*) > 7"
_MAKE_ROOM: Final = """
DELETE FROM print WHERE hash = ?1
    AND answer <= (SELECT answer FROM print WHERE hash = ?1 ORDER BY answer DESC LIMIT 1 OFFSET 7)
"""  # MOST_OF_ONE - 1
_MOST_TOLD: Final = 1_000  # answers; many of them may be the asker's own
_AT_ONCE: Final = 500  # below SQLite's bound on variables of any build
MOST_OF_ONE: Final = 8  # answers that one fingerprint is kept of; the oldest goes
COMMON: Final = 3  # organizations and projects that were answered the same words: then it is nobody's answer
_SHARE: Final = 16  # one of so many answers goes at once where there is too much
MOST_LOOKED_UP: Final = 16_000  # fingerprints of one text; of a longer one, a part of them from all over it


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
            crowded = [one for part in _parts(prints) for (one,) in self._connection.execute(_CROWDED.format(_marks(part)), part)]
            self._connection.executemany(_MAKE_ROOM, ((one,) for one in crowded))
            rows = ((one, number) for one in prints)
            self._connection.executemany("INSERT OR IGNORE INTO print (hash, answer) VALUES (?, ?)", rows)

    def matches(self, prints: Collection[int], least: int) -> list[tuple[str, str, str, str, str, Moment, int]]:
        """``(call, organization, project, model, subject, at, common)`` of answers that share ``least`` or more, most first."""
        wanted = list(prints)[:MOST_LOOKED_UP]
        held: dict[int, list[int]] = {}
        with self._connection:
            self._connection.execute("BEGIN")  # one moment for both questions: somebody may be erased between them
            for part in _parts(wanted):
                for one, answer in self._connection.execute(_HELD.format(_marks(part)), part):
                    held.setdefault(one, []).append(answer)
            about = "SELECT call, organization, project, model, subject, at FROM answer WHERE id = ?"
            answers = {each for many in held.values() for each in many}
            known = {each: self._connection.execute(about, (each,)).fetchone() for each in answers}
        common: dict[int, int] = {}
        for many in held.values():
            if len({known[each][1:3] for each in many}) < COMMON:
                for each in many:
                    common[each] = common.get(each, 0) + 1
        found = sorted(((count, answer) for answer, count in common.items() if count >= least), reverse=True)[:_MOST_TOLD]
        return [(*known[answer], count) for count, answer in found]

    def forget_before(self, moment: Moment) -> int:
        """Forget answers older than ``moment``. Returns how many."""
        return self._connection.execute("DELETE FROM answer WHERE at < ?", (moment,)).rowcount

    @property
    def size(self) -> int:
        """Bytes that are in use, without those that what was forgotten left free."""
        (pages,), (free,), (each,) = (
            self._connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * each)

    def shrink(self, most: int) -> int:
        """Forget the oldest answers until no more than ``most`` bytes are in use. Returns how many."""
        gone = 0
        oldest = "DELETE FROM answer WHERE id IN (SELECT id FROM answer ORDER BY id LIMIT ?)"
        (count,) = self._connection.execute("SELECT COUNT(*) FROM answer").fetchone()
        batch = max(1, count // _SHARE)
        while self.size > most and (found := self._connection.execute(oldest, (batch,)).rowcount):
            gone += found
        return gone

    def forget_subject(self, subject: str) -> int:
        """Forget every answer that this leaf pseudonym was given, for an erasure; the write-ahead file is emptied, too."""
        gone = self._connection.execute("DELETE FROM answer WHERE subject = ?", (subject,)).rowcount
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def close(self) -> None:
        self._connection.close()


def _parts(prints: Collection[int]) -> Iterator[list[int]]:
    whole = list(prints)
    return (whole[start : start + _AT_ONCE] for start in range(0, len(whole), _AT_ONCE))


def _marks(part: list[int]) -> str:
    return ",".join("?" * len(part))
