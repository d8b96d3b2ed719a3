"""How does a backup lie on the disk? A folder of files with their digests, lines that their subject's key opens, a file of keys.

A line is one change. What it says lies sealed (AES-256-GCM) under the backup key of the person it is about; its free words are
sealed once more under a key of their own, because they may name somebody else. Place, moment, actor, kind and hash lie open: they
name nobody, and a history without them proves nothing.

The file of keys begins with its head, one line of JSON that says until when it counts; the head is the sealed part's additional
data, so that nobody gives it more time. It is sealed under a key that the operator keeps somewhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from safeconduct.storage.files.disk import Disk
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

HEAD: Final = "backup.json"
NONCE_BYTES: Final = 12
PORTION: Final = 1 << 20
MAX_HEAD: Final = 1 << 28
MAX_LINE: Final = 1 << 26  # a letter with its annexes is one change
MAX_KEYS: Final = 1 << 30


class Line(msgspec.Struct, omit_defaults=True):
    """One change. ``subject``, ``body`` (JSON) and ``salt`` stand open where it is about nobody; else ``owner`` names the key
    of ``said``. ``words`` holds all of it, where ``said`` is without its free words. ``left_salt`` is that of ``Said``.
    """

    seq: int
    at: Moment
    actor: str
    kind: str
    hash: str = ""
    owner: str = ""
    subject: str = ""
    body: str = ""
    salt: bytes = b""
    said: bytes = b""
    words: bytes = b""
    left_salt: bytes = b""


class Said(msgspec.Struct, array_like=True):
    """What is sealed of a line. ``left_salt`` is that of what an erasure left of it."""

    subject: str
    body: str
    salt: bytes
    left_salt: bytes = b""


class Head(msgspec.Struct):
    """What a backup says about itself. ``version`` is the registry's, ``files`` the SHA-256 (hex) of every file by its name."""

    at: Moment
    version: int
    origin: str
    files: dict[str, str]
    v: int = 1


class KeysHead(msgspec.Struct):
    """The head of a file of keys: made ``at``, counts until ``expires``."""

    at: Moment
    expires: Moment
    v: int = 1


def seal(key: bytes, nonce: bytes, bound: str, data: bytes) -> bytes:
    """Nonce, ciphertext and tag. ``bound`` is what it is, so that it opens as nothing else. ``nonce`` was never used before."""
    return nonce + AESGCM(key).encrypt(nonce, data, bound.encode())


def unseal(key: bytes, bound: str, sealed: bytes) -> bytes:
    """What was sealed. Raises Refused when it does not open."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound.encode())
    except (InvalidTag, ValueError) as wrong:
        mend = "take the backup's own keys, and a copy of it that nobody altered"
        raise Refused(Fault("backup_altered", "a part of the backup does not open under its key", bound, mend)) from wrong


class BackupFolder:
    """A backup on its way. Every file is put once, synced, with its digest. ``path`` gets its name only when all is there."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self.path = path
        self.files: dict[str, str] = {}
        self._disk = disk or Disk()

    def put(self, name: str, portions: Iterator[bytes]) -> None:
        """Write one file from its portions, 0600. Raises OSError."""
        target = self.path / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest, at = sha256(), 0
        fd = self._disk.create(target, 0o600)
        try:
            for portion in portions:
                digest.update(portion)
                self._disk.write(fd, portion, at)
                at += len(portion)
            self._disk.fsync(fd)
        finally:
            os.close(fd)
        self.files[name] = digest.hexdigest()

    def finish(self, head: Head, target: Path) -> None:
        """Write the head and give the folder its name. Raises OSError."""
        self._disk.write_file(self.path / HEAD, msgspec.json.format(msgspec.json.encode(head)), 0o600)
        for folder in {self.path, *(each for each in self.path.rglob("*") if each.is_dir())}:
            self._disk.sync_directory(folder)
        self._disk.replace(self.path, target)
        self._disk.sync_directory(target.parent)


def portions_of(path: Path) -> Iterator[bytes]:
    """A file's bytes as they are now, and nothing that is appended meanwhile. Raises OSError."""
    with path.open("rb") as file:
        left = os.fstat(file.fileno()).st_size
        while left > 0 and (portion := file.read(min(PORTION, left))):
            yield portion
            left -= len(portion)


def read_backup(folder: Path) -> Head:
    """The head of a backup whose files are all there and as they were. Raises Refused naming each that is not."""
    try:
        head = msgspec.json.decode(_bounded(folder / HEAD, MAX_HEAD), type=Head)
    except (OSError, msgspec.DecodeError) as wrong:
        raise Refused(Fault("no_backup", "this is no backup", str(folder), "name the folder that backup create made")) from wrong
    if head.v != 1:
        mend = "restore it with the version of Safeconduct that made it"
        raise Refused(Fault("backup_newer", f"the backup has form {head.v}", str(folder), mend))
    faults = [each for name, known in sorted(head.files.items()) if (each := _altered(folder, name, known)) is not None]
    if faults:
        raise Refused(*faults)
    return head


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file. Raises Refused when one is longer than any of ours."""
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise Refused(Fault("backup_altered", "a line is too long to be ours", path.name, "take another copy"))
            yield line


def pack_keys(head: KeysHead, key: bytes, nonce: bytes, data: bytes) -> bytes:
    """A file of keys."""
    first = msgspec.json.encode(head)
    return first + b"\n" + nonce + AESGCM(key).encrypt(nonce, data, first)


def read_keys(path: Path, key: bytes, now: Moment) -> tuple[KeysHead, bytes]:
    """A file of keys. Raises Refused when it does not open under the key, when its time is over, or begins only later."""
    data = _bounded(path, MAX_KEYS)
    first, _, sealed = data.partition(b"\n")
    try:
        opened = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], first)
        head = msgspec.json.decode(first, type=KeysHead)
    except (InvalidTag, ValueError, msgspec.DecodeError) as wrong:
        mend = "take the sealing key of that file, and a copy that nobody altered"
        raise Refused(Fault("keys_altered", "the keys do not open under this sealing key", path.name, mend)) from wrong
    # INVARIANT (P8): a backup of keys counts for a short time, so that what was erased since cannot be brought back for long.
    if not head.at <= now < head.expires:
        mend = "take a newer one; what only these keys open is lost, as it was meant to be"
        raise Refused(Fault("keys_expired", "the time of this backup of keys is over", path.name, mend))
    return head, opened


def _altered(folder: Path, name: str, known: str) -> Fault | None:
    path = folder / name
    if ".." in Path(name).parts or Path(name).is_absolute():
        return Fault("backup_altered", "a name leads out of the backup", name, "take another copy")
    try:
        digest = sha256()
        for portion in portions_of(path):
            digest.update(portion)
    except OSError:
        return Fault("backup_missing", "a file of the backup is missing", name, "take another copy")
    if digest.hexdigest() != known:
        return Fault("backup_altered", "a file is not as it was when the backup was made", name, "take another copy")
    return None


def _bounded(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Refused(Fault("backup_altered", "a file is too long to be ours", path.name, "take another copy"))
    return data
