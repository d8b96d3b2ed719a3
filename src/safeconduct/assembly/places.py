"""Where do the trees of one home lie, and where their heads? In files beside the home, or on S3 by settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from safeconduct.assembly.home import Home, Shard
from safeconduct.audit.note import Verifier
from safeconduct.settings.load import LogSettings
from safeconduct.settings.logs import split_s3
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.heads import HeadFile, head_name
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.objects.bucket import Bucket, opened
from safeconduct.storage.objects.heads import HeadObject
from safeconduct.storage.objects.logstore import ObjectLogStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.upstreams.provider import read_credential
from safeconduct.workers.ports import Heads, Store

HEADS = "heads"
STAGING = ".staging"


class Places(Protocol):
    """Where a home's log lies."""

    def log(self, shard: Shard) -> Store:
        """The tree of one shard, or of the root log."""

    def heads(self, verifier: Verifier, suffix: str = "") -> Heads:
        """The head of the tree that this key signs; with a suffix, one that lies beside it."""


class FilePlaces:
    """Everything in folders: the trees in the home, the heads apart."""

    def __init__(self, apart: Path, disk: Disk | None = None) -> None:
        self._apart = apart
        self._disk = disk or Disk()

    def log(self, shard: Shard) -> Store:
        """The folder of one tree."""
        shard.log.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LogStore(shard.log, self._disk)

    def heads(self, verifier: Verifier, suffix: str = "") -> Heads:
        """One file in the folder apart."""
        folder = self._apart / HEADS
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._apart.chmod(0o700)
            for above in (self._apart, self._apart.parent):
                self._disk.sync_directory(above)
        return HeadFile(folder / f"{head_name(verifier)}{suffix}", self._disk)


class MixedPlaces:
    """Trees or heads, or both, in buckets; what is in none lies in files."""

    def __init__(self, files: FilePlaces, trees: Bucket | None, heads: Bucket | None, disk: Disk | None = None) -> None:
        self._files = files
        self._trees = trees
        self._heads = heads
        self._disk = disk or Disk()

    def log(self, shard: Shard) -> Store:
        """The objects of one tree; they wait beside its journals until they are in the bucket."""
        if self._trees is None:
            return self._files.log(shard)
        return ObjectLogStore(self._trees, shard.name, LogStore(shard.journal / STAGING, self._disk))

    def heads(self, verifier: Verifier, suffix: str = "") -> Heads:
        """One object in the bucket apart."""
        if self._heads is None:
            return self._files.heads(verifier, suffix)
        return HeadObject(self._heads, f"{head_name(verifier)}{suffix}")


def want_log_here(settings: LogSettings, where: str) -> None:
    """Backups carry and judge the log in the home's own folder. Raises Refused where it lies somewhere else."""
    if settings.store:
        what = f"the log lies in {settings.store}, and backups carry and judge only a log in the home's own folder"
        mend = "keep that bucket by its own versioning or replication, or make backups of a home without log.store"
        raise Refused(Fault("log_elsewhere", what, where, mend))


def places_of(home: Home, settings: LogSettings, environ: Mapping[str, str], disk: Disk | None = None) -> Places:
    """Where the settings say. Raises Refused when a credential cannot be read, or the extra ``s3`` is not installed."""
    files = FilePlaces(home.apart(environ), disk)
    if not settings.store and not settings.heads:
        return files
    key_id = read_credential("the log", settings.s3_key_id, environ)
    secret = read_credential("the log", settings.s3_secret, environ)

    def bucket(address: str) -> Bucket | None:
        if not address:
            return None
        name, prefix = split_s3(address)
        return opened(name, prefix, endpoint=settings.s3_endpoint, region=settings.s3_region, key_id=key_id, secret=secret)

    return MixedPlaces(files, bucket(settings.store), bucket(settings.heads), disk)
