"""How is the registry's history kept in SQLite?

One file in WAL mode with full synchronization: what ``append`` returned is on the disk. The history only grows; triggers
refuse everything else, and the log (not this file) proves it. One writer at a time, across processes, holds
``exclusive``; readers never wait for it. What the changes mean is the registry's question.

INVARIANT (P6): no change is ever altered, removed or put in between; each stands with a salt and hash of its own and with the
digest of its act.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Protocol, Self

import msgspec

from safeconduct.registry.changes import SALT_BYTES, Change, Draft, Intent, News, digest_of, salt_proof, seal, touched_by
from safeconduct.registry.effects.tables import State
from safeconduct.registry.fold import take_in
from safeconduct.registry.state import Registry
from safeconduct.storage.sqlite.migrate import check_not_newer, check_not_older, migrate, version_of
from safeconduct.storage.sqlite.population import IS_POPULATION, IS_STRUCTURE, MARK_KINDS, PERSON_KINDS, SqlitePopulation
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

BUSY_MS: Final = 5_000  # a reader's checkpoint may hold a page for a moment; longer is a fault of the machine
ROWS_AT_ONCE: Final = 2_000
LOCK_STEP_S: Final = 0.01
MOST_TOUCHED: Final = 5_000  # changes looked through for whom they name, in some 10 ms; beyond it everyone is thought of anyway
WAL_BYTES: Final = 64 * 1024 * 1024  # what is left of the write-ahead file after a roster of a million

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(dict[str, object])


class Drafts(Protocol):
    """Planned changes in order: a sequence, or whatever can be counted and walked through."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Draft]: ...


class ChangeStore:
    """The history in one SQLite file. Not to be shared between threads; open one for each."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._file = _file(path)
        self._told: tuple[int, Moment] = (0, 0)  # the version that was last asked about, and the moment of its change

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open the history, making and migrating the file unless ``read_only``.

        Raises Refused when there is no such file to read, it is no registry, or a newer version wrote it.
        """
        if read_only and not path.exists():
            raise Refused(Fault("registry_missing", "there is no registry", str(path), "run safeconduct init first"))
        try:
            if read_only:
                connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            else:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
                connection = sqlite3.connect(path, isolation_level=None)
        except (OSError, sqlite3.Error) as wrong:
            raise _unreadable(path, wrong) from wrong
        try:
            _prepare(connection, path, read_only=read_only)
        except BaseException as wrong:
            connection.close()
            if isinstance(wrong, sqlite3.Error):
                raise _unreadable(path, wrong) from wrong
            raise
        return cls(connection, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the store is of no more use."""
        self._connection.close()

    # Reading --------------------------------------------------------------------------------------------------------

    def since(self, seq: int) -> Iterator[Change]:
        """Every change after ``seq``, in order, as of one moment. Memory stays flat: rows are read in portions.

        Raises Refused when the file is damaged.
        """
        return self._changes("SELECT seq, at, actor, kind, subject, body, salt FROM change WHERE seq > ? ORDER BY seq", (seq,))

    def _structure(self, after: int, until: int) -> Iterator[Change]:
        """The changes about structure after one version and up to another, in order."""
        query = (
            "SELECT seq, at, actor, kind, subject, body, salt FROM change INDEXED BY change_of_structure "  # noqa: S608 - ours only
            f"WHERE {IS_STRUCTURE} AND seq > ? AND seq <= ? ORDER BY seq"
        )
        return self._changes(query, (after, until))

    def _changes(self, query: str, arguments: tuple[int | str, ...]) -> Iterator[Change]:
        try:
            with closing(self._connection.execute(query, arguments)) as cursor:
                while rows := cursor.fetchmany(ROWS_AT_ONCE):
                    for number, at, actor, kind, subject, body, salt in rows:
                        yield Change(number, at, actor, kind, subject, _decoder.decode(body), salt or b"")
        except (sqlite3.Error, msgspec.DecodeError) as wrong:
            raise _unreadable(self._path, wrong) from wrong

    def registry(self, pseudonym_key: bytes, *, until: Moment | None = None, version: int | None = None) -> Registry:
        """The registry as it is now, as it was known at ``until``, or at a version: structure folded, people left where they are.

        It reads people and keys through this store for as long as it is used. Raises Refused for a change that cannot be read.
        """
        if version is None:
            version = self.head() if until is None else self._version_at(until)
        state = State()
        for change in self._structure(0, version):
            take_in(state, change)
        state.version, state.at = self._told = version, self._at(version)
        return Registry(pseudonym_key, state, SqlitePopulation(self._connection, version, str(self._path)))

    def news(self, since: int) -> News | None:
        """What happened after version ``since``; None when nothing did. Some microseconds then; for polling.

        Raises OSError when the file cannot be read or is another one than it was, Refused when it is damaged.
        """
        try:
            self._check_file()
            version = self.head()
            if version == since:
                return None
            self._check_history(since, version)
            touched, kinds = None, frozenset[str]()
            if version - since <= MOST_TOUCHED:  # a roster of a million is not walked through: streams would stand still
                where = f"FROM change WHERE seq > ? AND seq <= ? AND {IS_POPULATION}"  # a range of seq: a short walk
                told = self._connection.execute(f"SELECT DISTINCT kind, subject {where}", (since, version)).fetchall()
                touched = frozenset(touched_by(kind, subject) for kind, subject in told)
                kinds = frozenset(kind for kind, _ in told)
            self._told = version, self._at(version)
            structure = tuple(self._structure(since, version))
            if any(each.kind == "erasure.done" for each in structure):
                touched = None  # INVARIANT (P8): who was erased is named nowhere, so everyone is forgotten and asked for anew
            return News(since, version, self._at(version), structure, touched, kinds)
        except sqlite3.Error as wrong:
            raise OSError(errno.EIO, f"the registry cannot be read: {wrong}", str(self._path)) from wrong

    def _check_file(self) -> None:
        """INVARIANT (P5): a file that another one was put in the place of tells nothing any more, which is not "no news"."""
        if _file(self._path) != self._file:
            what = "another file stands where the registry was; whoever reads it has to start again"
            raise OSError(errno.ESTALE, what, str(self._path))

    def _check_history(self, since: int, version: int) -> None:
        """INVARIANT (P6): a history put back from a backup, or gone on from there, is not what was decided by."""
        if version < since:
            what = f"the registry ends at change {version}, and change {since} was here before"
            raise OSError(errno.EIO, what, str(self._path))
        seen, at = self._told
        if seen == since and self._at(since) != at:
            raise OSError(errno.EIO, f"change {since} of the registry is another one than it was", str(self._path))

    def about(self, person: str) -> Iterator[Change]:
        """Every change about one person, in order; found by an index. Raises Refused when the file is damaged."""
        query = (
            "SELECT seq, at, actor, kind, subject, body, salt FROM change "  # noqa: S608 - words of ours only
            f"WHERE kind IN {PERSON_KINDS} AND subject = ? UNION ALL "
            f"SELECT seq, at, actor, kind, subject, body, salt FROM change "
            f"WHERE kind IN {MARK_KINDS} AND subject = ? ORDER BY seq"
        )
        return self._changes(query, (person, f"person/{person}"))

    def head(self) -> int:
        """``seq`` of the last change, 0 when there is none."""
        (head,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM change").fetchone()
        return int(head)

    def _at(self, version: int) -> Moment:
        """The moment of a change; 0 for version 0."""
        row = self._connection.execute("SELECT at FROM change WHERE seq = ?", (version,)).fetchone()
        return int(row[0]) if row else 0

    def _version_at(self, moment: Moment) -> int:
        """The last version made at or before a moment: moments never run backwards along the history, so halving finds it."""
        known, unknown = 0, self.head() + 1
        while unknown - known > 1:
            middle = (known + unknown) // 2
            known, unknown = (middle, unknown) if self._at(middle) <= moment else (known, middle)
        return known

    def acts(self) -> list[tuple[int, int, str, bytes, str]]:
        """Every act: first and last ``seq``, name, salt and digest; what an auditor compares with the log."""
        query = "SELECT first_seq, last_seq, name, salt, digest FROM act ORDER BY first_seq"
        return [
            (int(first), int(last), str(name), bytes(salt), str(digest))
            for first, last, name, salt, digest in self._connection.execute(query)
        ]

    def identity(self, version: int) -> str:
        """What tells this history up to a version from any other: the digest of the act that made the version. Empty for none."""
        query = "SELECT digest FROM act WHERE first_seq <= ? AND last_seq >= ? ORDER BY first_seq DESC LIMIT 1"
        row = self._connection.execute(query, (version, version)).fetchone()
        return str(row[0]) if row else ""

    def erasing(self) -> bool:
        """Whether somebody is just being taken out of the files, so that words may still be read which are to go."""
        (found,) = self._connection.execute("SELECT EXISTS (SELECT 1 FROM erasing)").fetchone()
        return bool(found)

    # Writing --------------------------------------------------------------------------------------------------------

    @contextmanager
    def exclusive(self, wait_s: float = 10.0) -> Iterator[None]:
        """Be the one writer, across processes. Raises Refused when another one does not finish within ``wait_s`` seconds."""
        handle = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + wait_s
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        mend = "wait for it to finish, then do it again"
                        what = "another administrative act is being performed"
                        raise Refused(Fault("registry_busy", what, str(self._path), mend)) from None
                    time.sleep(LOCK_STEP_S)
            yield
        finally:
            os.close(handle)

    def append(self, drafts: Drafts, name: str = "append", salt: bytes = b"", digest: str = "") -> int:
        """Add changes to the history, all or none, and settle the intent of the act that makes them.

        ``salt`` and ``digest`` are those the log holds about the act, and the drafts are sealed; with the digest left out, all of
        that is made here. Returns the ``seq`` of the first change; 0 when there is none. Raises OSError when the disk does not
        take them; then nothing was added.
        """
        count = len(drafts)
        if not count:
            return 0
        if not digest:
            drafts = tuple(seal(drafts, os.urandom(SALT_BYTES * count)))
            salt = salt or os.urandom(32)
            digest = digest_of(drafts, salt)
        with self._transaction():
            first = self.head() + 1
            self._connection.executemany(
                "INSERT INTO change (seq, at, actor, kind, subject, body, salt, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        seq,
                        each.at,
                        each.actor,
                        each.kind,
                        each.subject,
                        each.words or _encoder.encode(each.body),
                        each.salt or None,
                        each.hash or None,
                    )
                    for seq, each in enumerate(drafts, first)
                ),
            )
            self._connection.execute(
                "INSERT INTO act (first_seq, last_seq, name, salt, digest, salt_hash) VALUES (?, ?, ?, ?, ?, ?)",
                (first, first + count - 1, name, salt, digest, salt_proof(salt)),
            )
            self._connection.execute("DELETE FROM intent")
            self._together(drafts)
        return first

    def _together(self, drafts: Drafts) -> None:
        """What becomes of the file in the transaction that adds these changes, so that nobody sees one without the other."""

    def scratch(self) -> IO[bytes]:
        """An empty file without a name beside the history, for what waits to be written; gone when it is closed."""
        return tempfile.TemporaryFile(dir=self._path.parent, prefix=".waiting-")

    def intent(self) -> Intent | None:
        """The act that was begun and neither committed nor given up; None when there is none."""
        row = self._connection.execute("SELECT name, actor, subject, digest FROM intent").fetchone()
        return Intent(*row) if row else None

    def intend(self, intent: Intent) -> None:
        """Begin an act, durably. Raises OSError when the disk does not take it, or another act was begun."""
        with self._transaction():
            query = "INSERT INTO intent (only, name, actor, subject, digest) VALUES (1, ?, ?, ?, ?)"
            self._connection.execute(query, (intent.name, intent.actor, intent.subject, intent.digest))

    def give_up(self) -> None:
        """Forget the act that was begun."""
        with self._transaction():
            self._connection.execute("DELETE FROM intent")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except sqlite3.Error as wrong:
            raise OSError(errno.EIO, f"the registry does not take the change: {wrong}", str(self._path)) from wrong
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _prepare(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS:d}")
    if read_only:
        check_not_newer(connection, str(path))
        if version_of(connection) == 0:
            raise Refused(Fault("registry_empty", "the file holds no registry", str(path), "run safeconduct init first"))
        check_not_older(connection, str(path))
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # INVARIANT (P6): what was answered as done survives a power cut
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES:d}")
    migrate(connection, str(path))


def _file(path: Path) -> tuple[int, int]:
    """Which file stands there; zeros when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_dev, found.st_ino


def _unreadable(path: Path, wrong: Exception) -> Refused:
    mend = "check the path and its permissions, or restore the file from a backup"
    return Refused(Fault("registry_unreadable", f"the registry cannot be opened: {wrong}", str(path), mend))
