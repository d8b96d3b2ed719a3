"""Where do the trees of one home lie, and where their heads? In files beside the home, or on S3 by settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from safeconduct.assembly.home import Home, Shard
from safeconduct.audit.note import Verifier
from safeconduct.settings.load import LogSettings
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.heads import HeadFile, head_name
from safeconduct.storage.files.logstore import LogStore
from safeconduct.workers.ports import Heads, Store

HEADS = "heads"


class Places(Protocol):
    """Where a home's log lies."""

    def log(self, shard: Shard) -> Store:
        """The tree of one shard, or of the root log."""

    def heads(self, verifier: Verifier) -> Heads:
        """The head of the tree that this key signs."""


class FilePlaces:
    """Everything in folders: the trees in the home, the heads apart."""

    def __init__(self, apart: Path, disk: Disk | None = None) -> None:
        self._apart = apart
        self._disk = disk or Disk()

    def log(self, shard: Shard) -> Store:
        """The folder of one tree."""
        shard.log.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LogStore(shard.log, self._disk)

    def heads(self, verifier: Verifier) -> Heads:
        """One file in the folder apart."""
        folder = self._apart / HEADS
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._apart.chmod(0o700)
            for above in (self._apart, self._apart.parent):
                self._disk.sync_directory(above)
        return HeadFile(folder / head_name(verifier), self._disk)


def places_of(home: Home, settings: LogSettings, environ: Mapping[str, str], disk: Disk | None = None) -> Places:
    """Where the settings say. Raises Refused when a credential cannot be read."""
    return FilePlaces(home.apart(environ), disk)
