"""How is the state of the watch kept? One SQLite file: packed subjects, pieces that belong to everybody, and the alerts raised.

A snapshot is one transaction: the subjects that changed, the pieces, and how far each spool was read. So whoever starts again
after a crash goes on from one moment, and what was read after it is read again.

It is no record of anything: lost or damaged, the watch begins to learn anew, and the log has what it did. A damaged file is put
aside under another name, one at most, until somebody is erased.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

FORMAT: Final = 1
ASIDE: Final = ".damaged"
BUSY_SECONDS: Final = 5.0
MOST_ALERTS: Final = 10_000
MOST_BYTES: Final = 8 * 1024  # of one subject
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TABLES: Final = """
CREATE TABLE subject (who TEXT PRIMARY KEY NOT NULL, data BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE piece (name TEXT PRIMARY KEY NOT NULL, data BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE alert (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE INDEX alert_who ON alert (who);
"""


class Damaged(Exception):
    """What was read or written shows that the file is damaged, or of a version that is not known here."""


class AlertRow(msgspec.Struct, frozen=True):
    """One alert as it was raised. ``case`` is the case that it joined; empty where none could be opened."""

    at: Moment
    who: str
    kind: str
    sentence: str
    calls: tuple[str, ...]
    score: float = 0.0
    campaign: str = ""
    organization: str = ""
    case: str = ""


class WatchStore:
    """The state file of one home: a shelf (``watch.ports``), and what a snapshot holds. One process writes it."""

    def __init__(self, path: Path, *, read_only: bool = False, anew: bool = False) -> None:
        """Open it, made on the first call. Raises Refused when it is no such file.

        With ``anew`` every page is looked at, and a damaged file makes room for a new one: ``lost`` then says why. Raises OSError
        when the disk does not let it be read or written now.
        """
        self._path = path
        self.lost = ""
        try:
            self._open(read_only)
            if anew:
                self._check()
        except (sqlite3.Error, Damaged) as wrong:
            if anew and not isinstance(wrong, Damaged):
                raise OSError(f"the state of the watch cannot be read: {wrong}") from wrong
            if not anew:
                mend = "start the watch, which puts a damaged file aside and begins to learn anew"
                raise Refused(
                    Fault("watch_unreadable", f"the state of the watch cannot be read: {wrong}", str(path), mend)
                ) from wrong
            self.lost = "damaged"
            self.begin_anew()

    def begin_anew(self) -> None:
        """Put the file aside and go on with an empty one. Raises OSError."""
        if hasattr(self, "_db"):
            with suppress(sqlite3.Error):
                self._db.close()
        with suppress(FileNotFoundError):
            self._path.replace(self._path.with_name(self._path.name + ASIDE))
        for ending in ("-wal", "-shm"):  # they belong to the file that is not there any more
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        try:
            self._open(read_only=False)
        except (sqlite3.Error, Damaged) as wrong:
            raise OSError(f"the state of the watch cannot be written: {wrong}") from wrong

    def _open(self, read_only: bool) -> None:
        path = self._path
        with _sound():
            if read_only:
                self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
            else:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
                self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
                self._db.execute("PRAGMA secure_delete = ON")  # INVARIANT (P8): what is forgotten is overwritten, too
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0 and not read_only:
                self._db.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {FORMAT}; COMMIT;")
            elif version != FORMAT:
                raise Damaged("the file is of another version")

    def _check(self) -> None:
        with _sound():
            said = self._db.execute("PRAGMA quick_check(1)").fetchone()
            if said is None or said[0] != "ok":
                raise Damaged(str(said))

    def close(self) -> None:
        self._db.close()

    # the shelf

    def get(self, who: str) -> bytes | None:
        """Raises Damaged, as everything here does."""
        with _sound():
            row = self._db.execute("SELECT data FROM subject WHERE who = ?", (who,)).fetchone()
        return bytes(row[0]) if row else None

    def put(self, who: str, data: bytes) -> None:
        with _sound():
            self._db.execute("INSERT OR REPLACE INTO subject (who, data) VALUES (?, ?)", (who, data))

    def remove(self, who: str) -> None:
        """INVARIANT (P8): nothing is left of a subject, nor of the alerts about it."""
        with _sound():
            with self._transaction():
                self._db.execute("DELETE FROM subject WHERE who = ?", (who,))
                self._db.execute("DELETE FROM alert WHERE who = ?", (who,))
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def everyone(self) -> Iterator[tuple[str, bytes]]:
        """Every subject, by name."""
        with _sound():
            for who, data in self._db.execute("SELECT who, data FROM subject ORDER BY who"):
                yield str(who), bytes(data)

    def names(self) -> list[str]:
        with _sound():
            return [str(who) for (who,) in self._db.execute("SELECT who FROM subject ORDER BY who")]

    # snapshots

    def save(self, subjects: Iterable[tuple[str, bytes]], pieces: Mapping[str, bytes]) -> None:
        """One snapshot: all of it or nothing. Raises OSError when the disk does not take it."""
        try:
            with _sound(), self._transaction():
                self._db.executemany("INSERT OR REPLACE INTO subject (who, data) VALUES (?, ?)", subjects)
                self._db.executemany("INSERT OR REPLACE INTO piece (name, data) VALUES (?, ?)", pieces.items())
        except sqlite3.Error as wrong:
            raise OSError(f"the state of the watch cannot be written: {wrong}") from wrong

    def settle(self) -> None:
        """INVARIANT (P8): what a snapshot put something else in the place of is nowhere in the file any more. Raises OSError."""
        try:
            with _sound():
                (busy, _, _) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as wrong:
            raise OSError(f"the state of the watch cannot be written: {wrong}") from wrong
        if busy:
            raise OSError("somebody reads the state of the watch, so its write-ahead file still holds what was there before")

    def piece(self, name: str) -> bytes:
        """What a snapshot holds under a name; empty for nothing."""
        with _sound():
            row = self._db.execute("SELECT data FROM piece WHERE name = ?", (name,)).fetchone()
        return bytes(row[0]) if row else b""

    # alerts

    def raised(self, alert: AlertRow) -> None:
        """Keep an alert; the oldest beyond ``MOST_ALERTS`` go."""
        data = msgspec.msgpack.encode(alert)
        with _sound(), self._transaction():
            self._db.execute(
                "INSERT INTO alert (at, who, kind, data) VALUES (?, ?, ?, ?)", (alert.at, alert.who, alert.kind, data)
            )
            self._db.execute("DELETE FROM alert WHERE number <= (SELECT max(number) FROM alert) - ?", (MOST_ALERTS,))

    def alerts(self, who: str = "", limit: int = 100) -> list[AlertRow]:
        """The last alerts, the newest first; with ``who`` those about one subject."""
        where, values = ("WHERE who = ?", (who, limit)) if who else ("", (limit,))
        with _sound():
            rows = self._db.execute(f"SELECT data FROM alert {where} ORDER BY number DESC LIMIT ?", values)  # noqa: S608 - our words
            return [msgspec.msgpack.decode(data, type=AlertRow) for (data,) in rows]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                with suppress(sqlite3.Error):  # what went wrong is said by what is under way
                    self._db.execute("ROLLBACK")


@contextmanager
def _sound() -> Iterator[None]:
    """Tell a damaged file from a disk that is full or busy."""
    try:
        yield
    except sqlite3.ProgrammingError as wrong:
        raise Damaged("it was closed, and could not be begun anew") from wrong
    except sqlite3.DatabaseError as wrong:
        if getattr(wrong, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
            raise Damaged(str(wrong)) from wrong
        raise
