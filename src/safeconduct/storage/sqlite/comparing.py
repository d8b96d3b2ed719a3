"""How is the registry's file read by whoever does not trust it, and where do two long lists meet that fit in no memory?

``RegistryFile`` reads rows as they lie there, in one transaction, and believes nothing: not the types, not the triggers.
``Meeting`` is a database without a name, gone when it is closed: what the log says of acts and of content on one side, what lies
in the vault on the other. What a difference means is the inquiry's question.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from safeconduct.inquiry.reconciling import ActRow, Performed, Row
from safeconduct.registry.changes import Intent
from safeconduct.storage.sqlite.migrate import check_not_newer, check_not_older, migrate
from safeconduct.terms.faults import Fault, Refused

BUSY_MS: Final = 5_000
AT_ONCE: Final = 1_000
MOST_DAMAGE: Final = 20
_TABLES: Final = (
    """CREATE TABLE performed (
    shard TEXT, place INTEGER, at INTEGER, act TEXT, digest TEXT, hashes TEXT, first INTEGER, count INTEGER,
    boot TEXT, seq INTEGER, actor TEXT, subject TEXT,
    PRIMARY KEY (first, digest, boot, seq)
) WITHOUT ROWID""",
    "CREATE TABLE failed (digest TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE kept (place TEXT PRIMARY KEY, sha256 TEXT, call TEXT, shard TEXT, entry INTEGER) WITHOUT ROWID",
    "CREATE TABLE caller (call TEXT PRIMARY KEY, caller TEXT) WITHOUT ROWID",
    "CREATE TABLE found (place TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE flagged (call TEXT, month TEXT, PRIMARY KEY (call, month)) WITHOUT ROWID",
    "CREATE TABLE told_erased (what TEXT, boot TEXT, PRIMARY KEY (what, boot)) WITHOUT ROWID",
    "CREATE TABLE told_changes (boot TEXT, seq INTEGER, count INTEGER, PRIMARY KEY (boot, seq)) WITHOUT ROWID",
    "CREATE TABLE barred (boot TEXT PRIMARY KEY) WITHOUT ROWID",  # writers whose word for an erasure does not count
    "CREATE VIEW erased AS SELECT what FROM told_erased WHERE boot NOT IN (SELECT boot FROM barred)",
    "CREATE VIEW erased_changes AS SELECT * FROM told_changes WHERE boot NOT IN (SELECT boot FROM barred)",
)


class RegistryFile:
    """The registry's file at one moment. Close it: while it is open, the write-ahead file cannot shrink."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        (self.head,) = connection.execute("SELECT coalesce(max(seq), 0) FROM change").fetchone()  # the transaction begins here

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the file from now on as it is now. Raises Refused when it is no registry of this version."""
        try:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        except sqlite3.Error as wrong:
            raise _unreadable(path, wrong) from wrong
        try:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MS:d}")
            check_not_newer(connection, str(path))
            check_not_older(connection, str(path))
            connection.execute("BEGIN")
            return cls(connection, path)
        except sqlite3.Error as wrong:
            connection.close()
            raise _unreadable(path, wrong) from wrong
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def intent(self) -> Intent | None:
        """The act that was begun and neither committed nor given up."""
        row = next(self._rows("SELECT name, actor, subject, digest FROM intent"), None)
        return Intent(*(str(each) for each in row)) if row else None

    def acts(self) -> Iterator[ActRow]:
        """Every act, in order of place. Raises OSError."""
        query = "SELECT first_seq, last_seq, name, salt, digest, salt_hash FROM act ORDER BY first_seq"
        for first, last, name, salt, digest, proof in self._rows(query):
            yield ActRow(_number(first), _number(last), str(name), _bytes(salt), str(digest), _proof(proof))

    def changes(self) -> Iterator[Row]:
        """Every change as it lies there, in order of place. Raises OSError."""
        query = "SELECT seq, at, actor, kind, subject, body, salt, hash, left_salt FROM change ORDER BY seq"
        for seq, at, actor, kind, subject, body, salt, proof, left in self._rows(query):
            yield Row(
                _number(seq),
                _number(at),
                str(actor),
                str(kind),
                str(subject),
                _bytes(body),
                _bytes(salt),
                _proof(proof),
                _bytes(left),
            )

    def under_way(self) -> list[tuple[str, str]]:
        """Name and step of each erasure that is not completed. Raises OSError."""
        return [(str(name), str(step)) for name, step in self._rows("SELECT name, step FROM erasing ORDER BY name")]

    def strays(self) -> int:
        """How many notes there are that no act leaves behind: changes let lose their words by anybody, a second intent. Raises
        OSError.
        """
        query = "SELECT (SELECT count(*) FROM erasing_row) + (SELECT count(*) FROM intent WHERE only <> 1)"
        return _number(next(self._rows(query))[0])

    def guards(self) -> list[str]:
        """Names of triggers, indexes and tables that are not as the migrations make them. Raises OSError."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
            migrate(fresh, "memory")
            wanted = {tuple(map(str, row)) for row in fresh.execute(_SCHEMA)}
        found = {tuple(map(str, row)) for row in self._rows(_SCHEMA)}
        return sorted({name for name, *_ in wanted ^ found})

    def damage(self) -> list[str]:
        """What is wrong with the file itself, in SQLite's words; at most ``MOST_DAMAGE`` things. Raises OSError.

        An index that leaves a row out hides it from whoever asks about one person or key, while the rows read on as recorded.
        """
        told = [str(line) for (line,) in self._rows(f"PRAGMA integrity_check({MOST_DAMAGE:d})")]
        return [] if told == ["ok"] else told

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        try:
            with closing(self._connection.execute(query)) as cursor:
                while rows := cursor.fetchmany(AT_ONCE):
                    yield from rows
        except sqlite3.Error as wrong:
            raise OSError(errno.EIO, f"the registry cannot be read: {wrong}", str(self._path)) from wrong


_SCHEMA: Final = "SELECT name, type, tbl_name, sql FROM sqlite_master"


class KeptThere(NamedTuple):
    """Content that the log speaks of. ``caller`` is the leaf pseudonym, empty where the log does not say it."""

    place: str
    sha256: str
    call: str
    caller: str
    shard: str
    entry: int


class Meeting:
    """Two long lists, put down as they come and taken up in order."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(
            "", isolation_level=None
        )  # on the disk as far as memory does not do, and without a name
        for each in _TABLES:
            self._connection.execute(each)
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def performed(self, entry: Performed, boot: str, seq: int) -> None:
        """An act of the log; what a journal and the log both say is put down once."""
        hashes = " ".join(entry.hashes)
        values = (entry.shard, entry.index, entry.at, entry.act, entry.digest, hashes, entry.first, entry.count, boot, seq)
        self._put(
            "INSERT OR REPLACE INTO performed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, entry.actor, entry.subject)
        )

    def failed(self, digest: str) -> None:
        """An act of the log that did not take effect."""
        self._put("INSERT OR IGNORE INTO failed VALUES (?)", (digest,))

    def kept(self, place: str, sha256: str, call: str, shard: str, index: int) -> None:
        """Content that an entry names."""
        self._put("INSERT OR IGNORE INTO kept VALUES (?, ?, ?, ?, ?)", (place, sha256, call, shard, index))

    def caller(self, call: str, caller: str) -> None:
        """Whose call it was."""
        self._put("INSERT OR IGNORE INTO caller VALUES (?, ?)", (call, caller))

    def flagged(self, call: str, month: str) -> None:
        """The call's content passed into another class, in that month (YYYY-MM)."""
        self._put("INSERT OR IGNORE INTO flagged VALUES (?, ?)", (call, month))

    def found(self, places: Iterable[str]) -> None:
        """What lies in the vault."""
        self._connection.executemany("INSERT OR IGNORE INTO found VALUES (?)", ((each,) for each in places))

    def barred(self, boot: str) -> None:
        """The log says that this writer is none that erases; what it said or says of erasures does not count."""
        self._put("INSERT OR IGNORE INTO barred VALUES (?)", (boot,))

    def erased(self, what: str, boot: str) -> None:
        """Of what the log says so: ``subject PSEUDONYM``, ``call ID``, ``class NAME/YYYY-MM`` (and perhaps a pseudonym)."""
        self._put("INSERT OR IGNORE INTO told_erased VALUES (?, ?)", (what, boot))

    def erased_changes(self, boot: str, seq: int, count: int) -> None:
        """How many changes lost their words by one entry."""
        self._put("INSERT OR IGNORE INTO told_changes VALUES (?, ?, ?)", (boot, seq, count))

    def logged_erasures(self) -> list[int]:
        """Those counts, as far as they are any."""
        return [count for (count,) in self._connection.execute("SELECT count FROM erased_changes WHERE count > 0")]

    def oldest_change(self, unfinished: str = "") -> int:
        """The first place that the log speaks of; 1 when it speaks of none."""
        first = next(self.acts(unfinished), None)
        return first.first if first is not None else 1

    def acts(self, unfinished: str = "") -> Iterator[Performed]:
        """The acts that took effect by the log, in order of place; not the one of the digest ``unfinished``."""
        query = (
            "SELECT shard, place, at, act, digest, hashes, first, count FROM performed "
            "WHERE digest NOT IN (SELECT digest FROM failed) AND digest <> ? ORDER BY first, place"
        )
        for shard, place, at, act, digest, hashes, first, count in self._connection.execute(query, (unfinished,)):
            yield Performed(shard, place, at, act, digest, tuple(hashes.split()), first, count)

    def intent(self, digest: str) -> Intent | None:
        """The act of this digest as the log has it, before it was known whether it would be done; None where there is none."""
        query = "SELECT act, actor, subject, digest FROM performed WHERE digest = ?"
        row = self._connection.execute(query, (digest,)).fetchone()
        return Intent(*row) if row else None

    def contents(self) -> Iterator[KeptThere]:
        """All content that the log speaks of and does not call erased, in order of place."""
        query = (
            "SELECT kept.place, sha256, kept.call, coalesce(caller, ''), shard, entry FROM kept "
            "LEFT JOIN caller ON caller.call = kept.call ORDER BY kept.place"
        )
        return (KeptThere(*row) for row in self._connection.execute(query))

    def is_erased(self, what: str) -> bool:
        """Whether the log says so."""
        return self._connection.execute("SELECT 1 FROM erased WHERE what = ?", (what,)).fetchone() is not None

    def is_erased_where_it_passed(self, call: str) -> bool:
        """Whether the log says that a class is erased of a month in which the call's content passed into another class."""
        query = "SELECT 1 FROM flagged JOIN erased ON what LIKE 'class %' AND substr(what, -7) = month WHERE call = ? LIMIT 1"
        return self._connection.execute(query, (call,)).fetchone() is not None

    def unnamed(self) -> Iterator[str]:
        """What lies in the vault and no entry names, in order of place."""
        query = "SELECT place FROM found WHERE place NOT IN (SELECT place FROM kept) ORDER BY place"
        return (str(place) for (place,) in self._connection.execute(query))

    def _put(self, query: str, values: tuple[Any, ...]) -> None:
        self._connection.execute(query, values)


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode("utf-8", "replace")


def _proof(value: object) -> str:
    """A hash; zeros for what is none, empty where there is nothing."""
    if not value:
        return ""
    return value if isinstance(value, str) and _is_hash(value) else "0" * 64


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(each in "0123456789abcdef" for each in text)


def _unreadable(path: Path, wrong: Exception) -> Refused:
    mend = "check the path and its permissions, or restore the file from a backup"
    return Refused(Fault("registry_unreadable", f"the registry cannot be opened: {wrong}", str(path), mend))
