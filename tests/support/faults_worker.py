"""Run as a script: a real gateway worker that is killed, or whose disk fails, at one named point of a call.

Nothing happens before the file ``armed`` is in the home's ``run`` folder. Arguments: the point, then those of the worker.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safeconduct.assembly import gateway_process
from safeconduct.gateway.call import Call
from safeconduct.gateway.keeping import Keeping
from safeconduct.gateway.worker import Worker
from safeconduct.storage.files import journal
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.kernel_sync import KernelSync
from safeconduct.storage.vault import writer
from safeconduct.storage.vault.keystore import KeyStore
from safeconduct.storage.vault.writer import VaultWriter
from safeconduct.upstreams.pool import Pool

ARMED: list[Path] = []


def strike() -> None:
    """Kill this process where it stands, when armed."""
    if ARMED[0].exists():
        os.kill(os.getpid(), signal.SIGKILL)


def before(owner: type, name: str) -> None:
    """Be killed before this method does anything."""
    method: Callable[..., Any] = getattr(owner, name)

    def struck(*words: Any, **more: Any) -> Any:
        strike()
        return method(*words, **more)

    setattr(owner, name, struck)


class PlainDisk(Disk):
    """Write and sync are two calls, so that a fault fits between them."""

    def write_durable(self, fd: int, data: bytes, offset: int, behind: bytes = b"") -> None:
        self.write(fd, data + behind, offset)
        self.fdatasync(fd)


class TornDisk(PlainDisk):
    """Killed in the middle of a write."""

    def write_durable(self, fd: int, data: bytes, offset: int, behind: bytes = b"") -> None:
        if ARMED[0].exists():
            os.pwrite(fd, data[: len(data) // 2], offset)
        strike()
        super().write_durable(fd, data, offset, behind)


class UnsyncedDisk(PlainDisk):
    """Killed when the write is done and the sync is not."""

    def fdatasync(self, fd: int) -> None:
        strike()
        super().fdatasync(fd)


class FullDisk(PlainDisk):
    def write(self, fd: int, data: bytes, offset: int) -> None:
        if ARMED[0].exists():
            os.pwrite(fd, data[: len(data) // 2], offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(fd, data, offset)


class FailingDisk(PlainDisk):
    def fdatasync(self, fd: int) -> None:
        if ARMED[0].exists():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().fdatasync(fd)


DISKS: dict[str, type[Disk]] = {"torn": TornDisk, "unsynced": UnsyncedDisk, "enospc": FullDisk, "eio": FailingDisk}


class FailingSync(KernelSync):
    """The kernel says that the sync failed."""

    def reap(self) -> None:
        super().reap()
        if ARMED[0].exists():
            raise OSError(errno.EIO, os.strerror(errno.EIO))


class TornVault(Disk):
    """Killed in the middle of writing a record of the vault."""

    def write(self, fd: int, data: bytes, offset: int) -> None:
        if ARMED[0].exists():
            os.pwrite(fd, data[: len(data) // 2], offset)
        strike()
        super().write(fd, data, offset)


class UnsyncedVault(Disk):
    """Killed when a record of the vault is written and not synced."""

    def fdatasync(self, fd: int) -> None:
        strike()
        super().fdatasync(fd)


VAULT_DISKS: dict[str, type[Disk]] = {"keeping_torn": TornVault, "keeping_unsynced": UnsyncedVault}
METHODS: dict[str, tuple[type, str]] = {
    "keeping": (VaultWriter, "keep"),
    "keeping_keys": (KeyStore, "missing"),
    "kept": (VaultWriter, "_settle"),
    "answer_kept": (Keeping, "answered"),
    "body_read": (Worker, "record_decision"),
    "submitting": (KernelSync, "submit"),
    "synced": (KernelSync, "reap"),
    "durable": (Pool, "send"),
    "forwarded": (Call, "upstream_head"),
    "streaming": (Call, "upstream_chunk"),
    "answered": (Worker, "record_outcome"),
}


def main() -> int:
    point = sys.argv.pop(1)
    ARMED.append(Path(sys.argv[1]) / "run" / "armed")
    if point in DISKS:
        journal.Disk = DISKS[point]  # type: ignore[misc]
        KernelSync.open = classmethod(lambda cls: None)  # type: ignore[assignment,method-assign]  # so that the disk is asked
    elif point in VAULT_DISKS:
        writer.Disk = VAULT_DISKS[point]  # type: ignore[misc]
    elif point == "kernel_eio":
        journal.KernelSync = FailingSync  # type: ignore[misc]
    elif point in METHODS:
        before(*METHODS[point])
    return gateway_process.main()


if __name__ == "__main__":
    sys.exit(main())
