"""Where does sealed content lie? Files of records below ``vault/<class>/<month>/``, one for each writer; read and removed here.

Every name on the way is opened without following links, and a place is read strictly (``vault.places``): no text leads out of
the vault. Appending is the writer's (``storage.vault.writer``).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from safeconduct.storage.files.disk import Disk
from safeconduct.terms.faults import Fault, Refused
from safeconduct.vault.classes import is_class_name, is_month
from safeconduct.vault.places import Place, is_writer, read_place
from safeconduct.vault.records import MAGIC, MAX_HEAD, SUFFIX, Record, erased, read_head

PORTION: Final = 1 << 20
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_NOFOLLOW | os.O_CLOEXEC


class VaultStore:
    """The content below one folder. Several processes may read and remove while others append."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self._folder = folder
        self._disk = disk or Disk()

    def places(self, kept_class: str = "", month: str = "", writer: str = "") -> Iterator[str]:
        """The place of everything that lies here and was not removed; a stream. Only of what is given, if anything is."""
        for place, record in self.records(kept_class, month, writer):
            if not record.gone:
                yield str(place)

    def records(self, kept_class: str = "", month: str = "", writer: str = "") -> Iterator[tuple[Place, Record]]:
        """Every whole record, removed ones too, file by file. ``writer`` is a boot: files it went on with count, too."""
        for name, when, file in self.files(kept_class, month, writer):
            yield from self._of_file(name, when, file)

    def files(self, kept_class: str = "", month: str = "", writer: str = "") -> Iterator[tuple[str, str, str]]:
        """Class, month and writer of every file, in order."""
        for name in self._names((), is_class_name, kept_class):
            for when in self._names((name,), is_month, month):
                for file in self._names((name, when), _is_file, ""):
                    found = file.removesuffix(SUFFIX)
                    if not writer or found == writer or found.startswith(f"{writer}-"):
                        yield name, when, found

    def record(self, place: str) -> Record | None:
        """What lies at a place, removed or not; None when nothing whole does. Raises Refused for what is no place."""
        found = _place(place)
        with self._opened(found, os.O_RDONLY) as fd:
            return None if fd < 0 else _record_at(fd, found.offset)

    def read(self, place: str) -> bytes:
        """The ciphertext at a place. Raises Refused when it was removed, is not there, or is not what was written."""
        found = _place(place)
        with self._opened(found, os.O_RDONLY) as fd:
            record = None if fd < 0 else _record_at(fd, found.offset)
            if record is None or record.gone:
                code, what = ("content_removed", "was removed") if record is not None else ("content_missing", "is not there")
                mend = "see: safeconduct vault list, and the entry content.erased"
                raise Refused(Fault(code, f"the content {what}", place, mend))
            sealed = os.pread(fd, record.size, found.offset + record.head_size)
        if sha256(sealed).digest() != record.sha256:
            what = "the content is not what was written there"
            raise Refused(Fault("content_altered", what, place, "restore the vault's file from a backup"))
        return sealed

    def sha256_at(self, place: str) -> str:
        """The SHA-256 hex of the ciphertext as it lies there now; empty when nothing does. Raises Refused for no place."""
        found = _place(place)
        with self._opened(found, os.O_RDONLY) as fd:
            record = None if fd < 0 else _record_at(fd, found.offset)
            if record is None or record.gone:
                return ""
            digest, at, end = sha256(), found.offset + record.head_size, found.offset + record.length
            while at < end:
                portion = os.pread(fd, min(PORTION, end - at), at)
                if not portion:
                    return ""
                digest.update(portion)
                at += len(portion)
        return digest.hexdigest()

    def remove(self, place: str) -> bool:
        """Overwrite one record for good, durably; whether it was there. Raises OSError."""
        found = _place(place)
        with self._opened(found, os.O_RDWR) as fd:
            record = None if fd < 0 else _record_at(fd, found.offset)
            if record is None or record.gone:
                return False
            at, left = found.offset + record.rest_at, erased(record)
            while left:
                self._disk.write(fd, bytes(min(PORTION, left)), at)
                at, left = at + min(PORTION, left), left - min(PORTION, left)
            self._disk.fsync(fd)
        return True

    def remove_file(self, kept_class: str, month: str, writer: str) -> bool:
        """Remove one whole file. False when its writer still appends to it, or it is not there. Raises OSError."""
        place = Place(kept_class, month, writer, 0)
        with self._opened(place, os.O_RDWR) as fd:
            if fd < 0:
                return False
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            size, at = os.fstat(fd).st_size, 0
            while at < size:  # what was in the file shall not be found in the blocks it leaves behind
                self._disk.write(fd, bytes(min(PORTION, size - at)), at)
                at += PORTION
            self._disk.fsync(fd)
            folder = self._folder / kept_class / month
            self._disk.unlink(folder / f"{writer}{SUFFIX}")
            self._disk.sync_directory(folder)
        return True

    def _of_file(self, kept_class: str, month: str, writer: str) -> Iterator[tuple[Place, Record]]:
        place = Place(kept_class, month, writer, len(MAGIC))
        with self._opened(place, os.O_RDONLY) as fd:
            while fd >= 0 and (record := _record_at(fd, place.offset)) is not None:
                yield place, record
                place = place._replace(offset=place.offset + record.length)

    def _names(self, parts: tuple[str, ...], fits: Callable[[str], bool], only: str) -> list[str]:
        try:
            with self._folders(parts) as fd, os.scandir(fd) as entries:
                found = [each.name for each in entries]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(each for each in found if fits(each) and only in ("", each))

    @contextmanager
    def _folders(self, parts: tuple[str, ...]) -> Iterator[int]:
        """A folder of the vault, opened step by step."""
        fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts:
                inner = os.open(part, _FOLDER, dir_fd=fd)
                os.close(fd)
                fd = inner
            yield fd
        finally:
            os.close(fd)

    @contextmanager
    def _opened(self, place: Place, flags: int) -> Iterator[int]:
        """The file of a place; -1 when there is none."""
        fd = -1
        try:
            with self._folders((place.kept_class, place.month)) as folder:
                fd = os.open(f"{place.writer}{SUFFIX}", flags | _FILE, dir_fd=folder)
        except FileNotFoundError:
            fd = -1
        try:
            yield fd
        finally:
            if fd >= 0:
                os.close(fd)


def _record_at(fd: int, offset: int) -> Record | None:
    """The record that begins at an offset and lies in the file whole."""
    record = read_head(os.pread(fd, MAX_HEAD, offset))
    return record if record is not None and offset + record.length <= os.fstat(fd).st_size else None


def _place(text: str) -> Place:
    try:
        return read_place(text)
    except ValueError as wrong:
        raise Refused(Fault("place_invalid", str(wrong), "place", "name one that the log names")) from wrong


def _is_file(name: str) -> bool:
    return name.endswith(SUFFIX) and is_writer(name.removesuffix(SUFFIX))
