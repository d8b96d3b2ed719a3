"""Where do the keys to content lie, so that destroying one is for good?

One SQLite file apart from the home, so that no copy of the home holds both content and keys. Data keys lie there wrapped for an
organization's public key (``vault.hpke``), so the file by itself opens nothing. Freed pages are overwritten (``secure_delete``),
and the write-ahead file is emptied after every destruction.

INVARIANT (P8): a destroyed key stays destroyed. Its tombstone, the SHA-256 of its id, is durable beside the content before the
key goes; whoever opens the store destroys again what a restored copy brings back. A subject that is destroyed has a tombstone,
too: a worker that has not heard of it yet cannot put another key of the subject.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from safeconduct.storage.files.disk import Disk
from safeconduct.storage.vault.tables import TABLES
from safeconduct.terms.faults import Fault, Refused

BUSY_MS: Final = 5_000
FORMAT: Final = 1
TOMBSTONES: Final = ".destroyed"
TOMBSTONE_BYTES: Final = 32
MAX_TOMBSTONES: Final = 256 * 1024 * 1024
AT_ONCE: Final = 500
BACKUP_KEY_BYTES: Final = 32


class Dek(NamedTuple):
    """A data key as it lies in the store: ``wrapped`` opens with the organization's private key only."""

    id: bytes
    subject: str
    kept_class: str
    month: str
    organization: str
    wrapped: bytes


class Rewrap(NamedTuple):
    """Content that passed into another class: the place it lies at, the data key it is under now, its key wrapped by that one."""

    place: str
    id: bytes
    wrap: bytes


class KeyStore:
    """The keys in one SQLite file. Not to be shared between threads. Writing raises OSError when the disk does not take it."""

    def __init__(self, connection: sqlite3.Connection, path: Path, tombstones: Path) -> None:
        self._connection = connection
        self._path = path
        self._tombstones = tombstones

    @classmethod
    def open(cls, path: Path, vault: Path) -> Self:
        """Open the store at ``path``, making it when it is not there, for the content below ``vault``.

        Raises Refused when the file is no key store or a newer version wrote it, OSError when it cannot be opened.
        """
        for folder in (path.parent, vault):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        with _as_oserror(path):
            connection = sqlite3.connect(path, isolation_level=None)
            store = cls(connection, path, vault / TOMBSTONES)
            try:
                store._prepare()
                store._bury_again()
            except BaseException:
                connection.close()
                raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the store is of no more use."""
        self._connection.close()

    # Data keys ------------------------------------------------------------------------------------------------------

    def put_dek(self, id: bytes, subject: str, kept_class: str, month: str, organization: str, wrapped: bytes) -> None:  # noqa: A002
        """Add one data key, durably. Raises OSError."""
        self.put_deks([Dek(id, subject, kept_class, month, organization, wrapped)])

    def put_deks(self, deks: Iterable[Dek]) -> None:
        """Add data keys, all or none, durably; but none of a destroyed subject, which ``missing`` tells. Raises OSError."""
        with self._writing():
            alive = [each for each in deks if not self._is_told(tombstone_of_subject(each.subject))]
            self._connection.executemany("INSERT INTO dek VALUES (?, ?, ?, ?, ?, ?)", alive)

    def dek(self, id: bytes) -> Dek | None:  # noqa: A002
        """One data key; None when there is none, or it was destroyed."""
        with _as_oserror(self._path):
            row = self._connection.execute("SELECT * FROM dek WHERE id = ?", (id,)).fetchone()
        return Dek(*row) if row else None

    def deks(self, subject: str = "", kept_class: str = "", month: str = "") -> Iterator[Dek]:
        """Every data key of which all that is given is true; a stream, in no order that means anything."""
        clause, values = _where({"subject": subject, "kept_class": kept_class, "month": month})
        with _as_oserror(self._path):
            cursor = self._connection.execute(f"SELECT * FROM dek{clause}", values)  # noqa: S608 - words of ours only
            while rows := cursor.fetchmany(AT_ONCE):
                yield from (Dek(*row) for row in rows)

    def groups(self) -> list[tuple[str, str, int]]:
        """Class, month and number of data keys, for each class and month that has any."""
        with _as_oserror(self._path):
            query = "SELECT kept_class, month, count(*) FROM dek GROUP BY kept_class, month ORDER BY kept_class, month"
            return [(str(name), str(month), int(count)) for name, month, count in self._connection.execute(query)]

    def missing(self, ids: Iterable[bytes]) -> set[bytes]:
        """Those of the ids that name no key of the store, be they destroyed or never put."""
        return {each for each in set(ids) if self.dek(each) is None}

    def was_destroyed(self, id: bytes) -> bool:  # noqa: A002
        """Whether a key of this id was there and was destroyed."""
        with _as_oserror(self._path):
            return self._is_told(_hash(id))

    # Content that passed into another class -------------------------------------------------------------------------

    def rewrap(self, dek: Dek, moved: Iterable[tuple[str, bytes]]) -> None:
        """Let the content at each place be under ``dek`` from now on, by the wrap given; all or nothing.

        Raises Refused when the subject was destroyed, OSError.
        """
        with self._writing():
            if self._is_told(tombstone_of_subject(dek.subject)):
                raise Refused(Fault("content_erased", "the content is lawfully erased", "keys", "see the entry content.erased"))
            self._connection.execute("INSERT INTO dek VALUES (?, ?, ?, ?, ?, ?)", dek)
            self._connection.executemany(
                "INSERT INTO rewrapped VALUES (?, ?, ?) ON CONFLICT (place) DO UPDATE SET id = excluded.id, wrap = excluded.wrap",
                [(place, dek.id, wrap) for place, wrap in moved],
            )

    def rewrapped(self, place: str) -> Rewrap | None:
        """Under which key the content at a place is now, where it passed into another class; else None."""
        with _as_oserror(self._path):
            row = self._connection.execute("SELECT * FROM rewrapped WHERE place = ?", (place,)).fetchone()
        return Rewrap(*row) if row else None

    # Destroying -----------------------------------------------------------------------------------------------------

    def destroy(
        self,
        *,
        subject: str = "",
        kept_class: str = "",
        month: str = "",
        ids: Iterable[bytes] = (),
        sparing: Iterable[bytes] = (),
    ) -> int:
        """Destroy every data key of which all that is given is true, but those to spare; returns how many there were.

        A subject by itself loses its backup key, too, and never has a data key again. Raises OSError; then some keys may be left,
        and doing it again ends it.
        """
        named, spared = set(ids), set(sparing)
        if not (subject or kept_class or month or named):
            raise ValueError("which keys? All of them are never meant")
        found = [each.id for each in self.deks(subject, kept_class, month)] if subject or kept_class or month else list(named)
        doomed = [each for each in found if (not named or each in named) and each not in spared]
        alone = bool(subject) and not (kept_class or month or named)
        backup = [bytes(row[0]) for row in self._backup_rows(subject)] if alone else []
        known = {each for each in doomed if self.dek(each) is not None}
        hashes = [_hash(each) for each in (*known, *backup)]
        if alone and not self._is_told(tombstone_of_subject(subject)):
            hashes.append(tombstone_of_subject(subject))
        if hashes:
            self._write_tombstones(hashes)
            self._destroy(hashes, known, subject if alone else "")
        self._empty_journal()
        return len(known)

    # Backups --------------------------------------------------------------------------------------------------------

    def backup_key(self, subject: str) -> bytes:
        """The key of one subject's records in backups: 32 random bytes, made once, destroyed with the subject. Raises OSError."""
        with self._writing():
            query = "INSERT INTO backup_key VALUES (?, ?, ?) ON CONFLICT (subject) DO NOTHING"
            self._connection.execute(query, (subject, secrets.token_bytes(16), secrets.token_bytes(BACKUP_KEY_BYTES)))
            (key,) = self._connection.execute("SELECT key FROM backup_key WHERE subject = ?", (subject,)).fetchone()
        return bytes(key)

    def known_backup_key(self, subject: str) -> bytes | None:
        """The key of one subject's records in backups; None when there is none, or it was destroyed."""
        with _as_oserror(self._path):
            row = self._connection.execute("SELECT key FROM backup_key WHERE subject = ?", (subject,)).fetchone()
        return bytes(row[0]) if row else None

    # Within ---------------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        run = self._connection.execute
        run(f"PRAGMA busy_timeout = {BUSY_MS:d}")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA secure_delete = ON")
        run("PRAGMA trusted_schema = OFF")
        run("PRAGMA temp_store = MEMORY")
        (version,) = run("PRAGMA user_version").fetchone()
        if version > FORMAT:
            what = f"the keys have format {version}, this version knows formats up to {FORMAT}"
            raise Refused(Fault("keys_newer", what, str(self._path), "run the newer version of Safeconduct that wrote it"))
        if version < FORMAT:
            with self._writing():
                if run("PRAGMA user_version").fetchone() == (0,):  # another process may have been faster
                    for statement in TABLES:
                        run(statement)
                    run(f"PRAGMA user_version = {FORMAT:d}")

    def _bury_again(self) -> None:
        """Destroy what a restored copy brought back: keys whose tombstone lies beside the content, or in the store itself.

        Where both hold as many tombstones, neither is older than the other, and there is nothing to do.
        """
        (count,) = self._connection.execute("SELECT count(*) FROM destroyed").fetchone()
        size = self._tombstones.stat().st_size if self._tombstones.exists() else 0
        if size == count * TOMBSTONE_BYTES:
            return
        known = {bytes(row[0]) for row in self._connection.execute("SELECT id_hash FROM destroyed")}
        told = self._told()
        if known - told:
            self._write_tombstones(known - told)
        dead = known | told
        rows = self._connection.execute("SELECT id, subject FROM dek")
        back = {bytes(name) for name, subject in rows if _hash(bytes(name)) in dead or tombstone_of_subject(str(subject)) in dead}
        rows = self._connection.execute("SELECT subject, id FROM backup_key")
        subjects = [str(subject) for subject, name in rows if _hash(bytes(name)) in dead]
        self._destroy(told - known, back, *subjects)
        self._empty_journal()

    def _destroy(self, hashes: Iterable[bytes], ids: Iterable[bytes], *subjects: str) -> None:
        """Keys go and their tombstones come, in one transaction."""
        with self._writing():
            rows = [(each,) for each in ids]
            self._connection.executemany("INSERT OR IGNORE INTO destroyed VALUES (?)", [(each,) for each in hashes])
            self._connection.executemany("DELETE FROM rewrapped WHERE id = ?", rows)
            self._connection.executemany("DELETE FROM dek WHERE id = ?", rows)
            self._connection.executemany("DELETE FROM backup_key WHERE subject = ?", [(each,) for each in subjects if each])

    def _is_told(self, tombstone: bytes) -> bool:
        return self._connection.execute("SELECT 1 FROM destroyed WHERE id_hash = ?", (tombstone,)).fetchone() is not None

    def _backup_rows(self, subject: str) -> list[tuple[bytes]]:
        with _as_oserror(self._path):
            return self._connection.execute("SELECT id FROM backup_key WHERE subject = ?", (subject,)).fetchall()

    def _empty_journal(self) -> None:
        """Write everything into the file proper and empty the write-ahead file, which still holds what was destroyed."""
        with _as_oserror(self._path):
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise OSError(
                errno.EBUSY, "another process reads the keys; destroy again to empty the write-ahead file", str(self._path)
            )

    def _told(self) -> set[bytes]:
        try:
            with self._tombstones.open("rb") as file:
                data = file.read(MAX_TOMBSTONES)
        except FileNotFoundError:
            return set()
        whole = len(data) // TOMBSTONE_BYTES * TOMBSTONE_BYTES  # a torn end is of keys that were not destroyed yet
        return {data[start : start + TOMBSTONE_BYTES] for start in range(0, whole, TOMBSTONE_BYTES)}

    def _write_tombstones(self, hashes: Iterable[bytes]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        fd = os.open(self._tombstones, flags, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            size = os.fstat(fd).st_size
            os.pwrite(fd, b"".join(hashes), size - size % TOMBSTONE_BYTES)
            os.fsync(fd)
        finally:
            os.close(fd)
        Disk().sync_directory(self._tombstones.parent)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with _as_oserror(self._path):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


@contextmanager
def _as_oserror(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as wrong:
        raise OSError(errno.EIO, f"the keys cannot be reached: {wrong}", str(path)) from wrong


def _where(given: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    named = {name: value for name, value in given.items() if value}
    clause = " WHERE " + " AND ".join(f"{name} = ?" for name in named) if named else ""
    return clause, tuple(named.values())


def _hash(id: bytes) -> bytes:  # noqa: A002
    return sha256(id).digest()


def tombstone_of_subject(subject: str) -> bytes:
    """The tombstone of a subject: no id of a key is as long as what is hashed here."""
    return _hash(b"subject of data keys: " + subject.encode())
