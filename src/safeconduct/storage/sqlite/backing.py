"""How does the whole history leave its file, row by row as of one moment, and how does a fresh file get it back?"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Final, NamedTuple

from safeconduct.storage.sqlite.erasing import ErasingStore

ROWS_AT_ONCE: Final = 2_000


class Row(NamedTuple):
    """One change as it lies in the file. ``body`` is JSON; ``salt``, ``hash`` and ``left_salt`` are None where it has none."""

    seq: int
    at: int
    actor: str
    kind: str
    subject: str
    body: bytes
    salt: bytes | None
    hash: str | None
    left_salt: bytes | None = None


class ActRow(NamedTuple):
    """One act as it lies in the file."""

    first: int
    last: int
    name: str
    salt: bytes
    digest: str
    salt_hash: str | None = None


class BackingStore(ErasingStore):
    """The history for whoever copies all of it."""

    @contextmanager
    def standing_still(self) -> Iterator[int]:
        """Read one version of the history, which is given, whatever others write meanwhile. Raises OSError."""
        try:
            self._connection.execute("BEGIN")
            yield self.head()
        except sqlite3.Error as wrong:
            raise self._unreadable(wrong) from wrong
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def rows(self) -> Iterator[Row]:
        """Every change, in order; a stream."""
        query = "SELECT seq, at, actor, kind, subject, body, salt, hash, left_salt FROM change ORDER BY seq"
        with closing(self._connection.execute(query)) as cursor:
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                yield from (Row(*row) for row in rows)

    def act_rows(self) -> Iterator[ActRow]:
        """Every act, in order; a stream."""
        query = "SELECT first_seq, last_seq, name, salt, digest, salt_hash FROM act ORDER BY first_seq"
        with closing(self._connection.execute(query)) as cursor:
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                yield from (ActRow(*row) for row in rows)

    def fill(self, rows: Iterable[Row], acts: Iterable[ActRow]) -> None:
        """Put a whole history into an empty file, all or nothing. Raises OSError when the file does not take it."""
        with self._transaction():
            query = "INSERT INTO change (seq, at, actor, kind, subject, body, salt, hash, left_salt)"
            self._connection.executemany(f"{query} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            query = "INSERT INTO act (first_seq, last_seq, name, salt, digest, salt_hash) VALUES (?, ?, ?, ?, ?, ?)"
            self._connection.executemany(query, acts)

    def _unreadable(self, wrong: Exception) -> OSError:
        return OSError(errno.EIO, f"the registry cannot be read: {wrong}", str(self._path))
