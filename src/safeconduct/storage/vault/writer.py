"""How does one process keep content without waiting for the disk, and without ever being able to read it again?

The loop seals: a data key for each subject, class and month is drawn here, wrapped at once for the organization's public key, and
lives in this process only. One thread carries what waits to the disk: first the wrapped keys, then the records, then one sync for
each file; then the loop hears. While a sync is under way, the next batch gathers.

INVARIANT (P2, P8): ``then(True)`` is called only when the record is on the disk and its wrapped key is in the store at that
moment; a key that was destroyed in between is never used again, and what was sealed under it is told as not kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread
from typing import Final

from safeconduct.storage.files.disk import Disk
from safeconduct.storage.vault.keystore import Dek, KeyStore
from safeconduct.storage.vault.publics import PublicKeys
from safeconduct.terms.content import Kept
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import Moment
from safeconduct.vault.classes import is_class_name, month_of
from safeconduct.vault.places import Place, is_writer
from safeconduct.vault.records import KEY_ID_BYTES, MAGIC, SUFFIX, pack
from safeconduct.vault.sealing import KEY_BYTES, RANDOM_BYTES, seal

MAX_KEYS: Final = 4_096  # data keys held; whoever comes again after more others gets another one
MAX_WAITING: Final = 256 * 1024 * 1024  # bytes sealed and not on the disk yet; as much as a worker holds of bodies
Then = Callable[[bool], None]


@dataclass(slots=True)
class _DataKey:
    """``row`` is what the store still has to take of it; None once it was handed to the thread."""

    id: bytes
    key: bytes = field(repr=False)
    row: Dek | None = None


@dataclass(slots=True)
class _File:
    """One file of this writer. ``end`` is where the next record goes; ``fd`` and ``failed`` are the thread's."""

    kept_class: str
    month: str
    name: str
    end: int = len(MAGIC)
    fd: int = -1
    failed: bool = False


@dataclass(slots=True)
class _Item:
    file: _File
    offset: int
    record: bytes
    size: int
    key: bytes
    row: Dek | None
    then: Then


class VaultWriter:
    """The writing end of the vault in one process. ``keep`` and ``close`` are the loop's; nothing here reads content."""

    def __init__(
        self,
        folder: Path,
        keys: Path,
        publics: PublicKeys,
        boot: str,
        loop: asyncio.AbstractEventLoop,
        random: Callable[[int], bytes],
        disk: Disk,
        max_waiting: int,
    ) -> None:
        self._folder, self._keys, self._publics, self._boot = folder, keys, publics, boot
        self._loop, self._random, self._disk, self._max_waiting = loop, random, disk, max_waiting
        self._held: OrderedDict[tuple[str, str, str, str], _DataKey] = OrderedDict()
        self._files: dict[tuple[str, str], _File] = {}
        self._named: set[Place] = set()
        self._waiting = 0
        self._queue: list[_Item] = []
        self._leaving: list[_File] = []
        self._ended = False
        self._bell = Condition()
        self.failure = ""
        self._thread = Thread(target=self._run, name="vault", daemon=True)

    @classmethod
    def open(
        cls,
        folder: Path,
        keys: Path,
        publics: PublicKeys,
        boot: str,
        loop: asyncio.AbstractEventLoop,
        *,
        random: Callable[[int], bytes] = os.urandom,
        disk: Disk | None = None,
        max_waiting: int = MAX_WAITING,
    ) -> VaultWriter:
        """Begin to keep content below ``folder``, its wrapped keys in the file ``keys``. ``boot`` is that of the journal.

        Raises Refused or OSError when keys or folder cannot be opened.
        """
        if not is_writer(boot):
            raise ValueError("the boot of a writer has letters, digits and dashes only")
        KeyStore.open(keys, folder).close()  # said here, not by the thread
        writer = cls(folder, keys, publics, boot, loop, random, disk or Disk(), max_waiting)
        writer._thread.start()
        return writer

    def keep(
        self,
        *,
        call: str,
        part: str,
        subject: str,
        organization: str,
        kept_class: str,
        at: Moment,
        data: bytes,
        then: Then,
    ) -> Kept | None:
        """Seal ``data`` at once; ``then`` hears on the loop whether it is on disk. None when it cannot: nobody hears then."""
        if self._ended or self._waiting + len(data) > self._max_waiting or not is_class_name(kept_class):
            return None
        month = month_of(at)
        try:
            key = self._data_key(subject, kept_class, month, organization)
            wrap, sealed = seal(key.key, self._random(RANDOM_BYTES), call, part, data)
            head, found = pack(call, part, at, key.id, wrap, sealed)
        except (Refused, OSError, ValueError) as wrong:
            self.failure = str(wrong)
            return None
        file = self._file(kept_class, month)
        record = head + sealed
        item = _Item(file, file.end, record, len(data), key.id, key.row, then)
        key.row = None
        file.end += len(record)
        self._waiting += len(data)
        with self._bell:
            self._queue.append(item)
            self._bell.notify()
        return Kept(found.hex(), str(Place(kept_class, month, file.name, item.offset)))

    def close(self) -> None:
        """Carry what waits to the disk, tell who waits, and end. Nothing can be kept any more."""
        self._ended = True
        with self._bell:
            self._bell.notify()
        if self._thread.is_alive():
            self._thread.join()

    # On the loop ----------------------------------------------------------------------------------------------------

    def _data_key(self, subject: str, kept_class: str, month: str, organization: str) -> _DataKey:
        name = (subject, kept_class, month, organization)
        found = self._held.get(name)
        if found is not None:
            self._held.move_to_end(name)
            return found
        public = self._publics.of(organization)
        id_, key = self._random(KEY_ID_BYTES), self._random(KEY_BYTES)
        wrapped = public.wrap(key, organization, subject, kept_class, month, id_)
        found = _DataKey(id_, key, Dek(id_, subject, kept_class, month, organization, wrapped))
        self._held[name] = found
        if len(self._held) > MAX_KEYS:
            self._held.popitem(last=False)
        return found

    def _file(self, kept_class: str, month: str) -> _File:
        """The file for a class and month; another one after a failure. Of a class, one month is open at a time."""
        found = self._files.get((kept_class, month))
        if found is not None and not found.failed:
            return found
        for place in [place for place in self._files if place[0] == kept_class]:
            self._retire(self._files.pop(place))
        name, count = self._boot, 0
        while Place(kept_class, month, name, 0) in self._named:
            count += 1
            name = f"{self._boot}-{count}"
        self._named.add(Place(kept_class, month, name, 0))
        found = self._files[kept_class, month] = _File(kept_class, month, name)
        return found

    def _retire(self, file: _File) -> None:
        with self._bell:
            self._leaving.append(file)

    def _settle(self, told: list[tuple[_Item, bool]], lost: set[bytes]) -> None:
        """Tell everyone who waited. Keys that are not in the store are forgotten: the next content gets another one."""
        if lost:
            for name in [name for name, key in self._held.items() if key.id in lost]:
                del self._held[name]
        self._waiting -= sum(item.size for item, _ in told)
        for item, durable in told:
            item.then(durable)

    # On the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        files: set[int] = set()
        try:
            with KeyStore.open(self._keys, self._folder) as store:
                self._serve(store, files)
        except (OSError, Refused) as wrong:
            self.failure = str(wrong)
            self._refuse()
        finally:
            for fd in files:
                os.close(fd)

    def _serve(self, store: KeyStore, files: set[int]) -> None:
        while True:
            with self._bell:
                while not (self._queue or self._ended):
                    self._bell.wait()
                batch, self._queue = self._queue, []
                leaving, self._leaving = self._leaving, []
            if batch:
                try:
                    told, lost = self._carry(batch, store, files)
                except Exception as wrong:  # noqa: BLE001 - the door of this thread: whoever waits hears a no, whatever it was
                    self.failure = f"a fault of ours: {type(wrong).__name__}"
                    told, lost = self._given_up(batch)
                self._tell(told, lost)
            for file in leaving:
                if file.fd >= 0:
                    files.discard(file.fd)
                    os.close(file.fd)
                    file.fd = -1
            if self._ended and not self._queue:
                return

    def _refuse(self) -> None:
        """The keys cannot be reached at all: whatever comes is told as not kept, until the end."""
        while True:
            with self._bell:
                while not (self._queue or self._ended):
                    self._bell.wait()
                batch, self._queue = self._queue, []
            self._tell(*self._given_up(batch))
            if self._ended and not self._queue:
                return

    def _given_up(self, batch: list[_Item]) -> tuple[list[tuple[_Item, bool]], set[bytes]]:
        """None of it is kept, and neither its keys nor its files are used again."""
        for item in batch:
            item.file.failed = True
        return [(item, False) for item in batch], {item.key for item in batch}

    def _tell(self, told: list[tuple[_Item, bool]], lost: set[bytes]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it everyone who waited
            self._loop.call_soon_threadsafe(self._settle, told, lost)

    def _carry(self, batch: list[_Item], store: KeyStore, files: set[int]) -> tuple[list[tuple[_Item, bool]], set[bytes]]:
        """Keys, then records, then a sync for each file. Who waited and whether it is durable; the keys the store lacks."""
        try:
            rows = [item.row for item in batch if item.row is not None]
            if rows:
                store.put_deks(rows)
            lost = store.missing(item.key for item in batch)
        except OSError as wrong:
            self.failure = str(wrong)
            return self._given_up(batch)
        written: dict[int, _File] = {}
        for item in batch:
            if not item.file.failed:
                try:
                    self._write(item, files)
                    written[item.file.fd] = item.file
                except OSError as wrong:
                    self.failure, item.file.failed = str(wrong), True
        for fd, file in written.items():
            try:
                if not file.failed:
                    self._disk.fdatasync(fd)
            except OSError as wrong:
                self.failure, file.failed = str(wrong), True
        return [(item, not item.file.failed and item.key not in lost) for item in batch], lost

    def _write(self, item: _Item, files: set[int]) -> None:
        file = item.file
        if file.fd < 0:
            file.fd = self._begin(file)
            files.add(file.fd)
        self._disk.write(file.fd, item.record, item.offset)

    def _begin(self, file: _File) -> int:
        """Make the file; its name is durable before anything in it counts."""
        folder = self._folder
        for part in (file.kept_class, file.month):
            inner = folder / part
            if not inner.is_dir():
                inner.mkdir(mode=0o700, exist_ok=True)
                self._disk.sync_directory(folder)
            folder = inner
        fd = self._disk.create(folder / f"{file.name}{SUFFIX}", 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            self._disk.write(fd, MAGIC, 0)
            self._disk.sync_directory(folder)
        except OSError:
            os.close(fd)
            raise
        return fd
