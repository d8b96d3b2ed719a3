"""Where is a bundle for strangers put together? In a folder aside, file by file with its digest; whole, or not at all.

The folder gets its own name only when everything in it is on the disk and was read back. What is in a bundle is assembly's
question (``assembly.bundle``).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import IO, Final, Self

import msgspec

from safeconduct.storage.files.disk import Disk
from safeconduct.terms.faults import Fault, Refused

MANIFEST: Final = "manifest.json"
MAX_UNSYNCED: Final = 128  # open files at a time, as the log's own store has
READ_BYTES: Final = 1 << 20
Tell = Callable[[int], None]


class BundleFolder:
    """A bundle on its way. Leaving the ``with`` block without ``finish`` removes all of it."""

    def __init__(self, target: Path, disk: Disk | None = None) -> None:
        """Begin aside. Raises Refused when ``target`` is there already, or nothing can be written beside it."""
        self.target = target
        self._disk = disk or Disk()
        if target.exists() or target.is_symlink():
            raise Refused(Fault("bundle_exists", "there is something of that name already", str(target), "name a new folder"))
        try:
            self.path = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        except OSError as fault:
            what = f"nothing can be written here ({fault.strerror})"
            raise Refused(Fault("bundle_unwritable", what, str(target.parent), "name a folder that is there")) from fault
        self._digests: IO[bytes] = tempfile.TemporaryFile(dir=target.parent)  # noqa: SIM115 - lives as long as this
        self._folders = {self.path}
        self._unsynced: list[int] = []
        self._finished = False
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for fd in self._unsynced:
            os.close(fd)
        self._unsynced = []
        self._digests.close()
        if not self._finished:
            shutil.rmtree(self.path, ignore_errors=True)

    def put(self, name: str, data: bytes) -> None:
        """Write one file, ``name`` relative to the bundle. Raises OSError, FileExistsError for a name used twice."""
        self._write(name, data)
        self._digests.write(msgspec.json.encode((name, sha256(data).hexdigest())) + b"\n")
        self.count += 1

    def seal(self, head: bytes) -> str:
        """Write the manifest: ``head`` (a JSON object with at least one member) and the digest of every file.

        Returns the manifest's own sha256 in hex. Memory stays flat: the digests were kept in a file.
        """
        digest = sha256()
        fd = self._disk.create(self.path / MANIFEST, 0o644)
        with os.fdopen(fd, "wb") as file:

            def out(data: bytes) -> None:
                digest.update(data)
                file.write(data)

            out(head.rstrip()[:-1] + b',"files":{')
            self._digests.seek(0)
            separator = b"\n"
            for line in self._digests:
                name, each = msgspec.json.decode(line, type=tuple[str, str])
                out(separator + msgspec.json.encode(name) + b":" + msgspec.json.encode(each))
                separator = b",\n"
            out(b"\n}}\n")
            file.flush()
            self._disk.fsync(file.fileno())
        return digest.hexdigest()

    def reread(self, tell: Tell | None = None) -> None:
        """Read back every file against its digest, once all are on the disk. Raises OSError when one is not what was written."""
        self._sync()
        self._digests.seek(0)
        for done, line in enumerate(self._digests, 1):
            name, digest = msgspec.json.decode(line, type=tuple[str, str])
            if _digest(self.path / name) != digest:
                raise OSError(5, "the disk gave back something else than was written", str(self.path / name))
            if tell is not None:
                tell(done)

    def finish(self) -> None:
        """Give the bundle its name. Raises OSError, and Refused when somebody took the name meanwhile."""
        self._sync()
        for folder in sorted(self._folders, reverse=True):
            self._disk.sync_directory(folder)
        self.path.chmod(0o755)
        try:
            self.path.rename(self.target)  # never over something: a folder that is not empty, or a file, stays
        except OSError as fault:
            what = f"the name was taken meanwhile ({fault.strerror})"
            raise Refused(Fault("bundle_exists", what, str(self.target), "name a new folder")) from fault
        self._finished = True
        self._disk.sync_directory(self.target.parent)

    def _write(self, name: str, data: bytes) -> None:
        path = self.path / name
        if path.parent not in self._folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            folder = path.parent
            while folder not in self._folders:
                self._folders.add(folder)
                folder = folder.parent
        fd = self._disk.create(path, 0o644)
        self._unsynced.append(fd)
        self._disk.write(fd, data, 0)
        if len(self._unsynced) == MAX_UNSYNCED:
            self._sync()

    def _sync(self) -> None:
        fds, self._unsynced = self._unsynced, []
        self._disk.sync_files(fds)


def _digest(path: Path) -> str:
    state = sha256()
    with path.open("rb") as file:
        while data := file.read(READ_BYTES):
            state.update(data)
    return state.hexdigest()
