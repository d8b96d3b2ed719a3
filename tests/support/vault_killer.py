"""A process that keeps content one after the other and is killed before its n-th step to the disk: ``FOLDER N``.

Writes place and hash of everything that was told as durable, as soon as it was. Steps of the store of keys count, too.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from safeconduct.storage.files.disk import Disk
from safeconduct.storage.vault.keystore import Dek, KeyStore
from safeconduct.storage.vault.publics import PublicKeys
from safeconduct.storage.vault.writer import VaultWriter
from safeconduct.terms.moments import parse

MONTHS = ("2026-06-12T12:00:00Z", "2026-06-12T12:00:01Z", "2026-07-01T12:00:00Z")
left = int(sys.argv[2])


def step() -> None:
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1


class Deadly(Disk):
    def create(self, path: Path, mode: int = 0o600) -> int:
        step()
        return super().create(path, mode)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        step()
        half = len(data) // 2
        super().write(fd, data[:half], offset)
        step()
        super().write(fd, data[half:], offset + half)

    def fdatasync(self, fd: int) -> None:
        step()
        super().fdatasync(fd)

    def sync_directory(self, path: Path) -> None:
        step()
        super().sync_directory(path)


put_deks = KeyStore.put_deks


def deadly(store: KeyStore, deks: Iterable[Dek]) -> None:
    step()
    put_deks(store, deks)
    step()


KeyStore.put_deks = deadly  # type: ignore[method-assign]


async def main() -> None:
    folder = Path(sys.argv[1])
    loop = asyncio.get_running_loop()
    publics = PublicKeys(folder / "apart" / "kek")
    writer = VaultWriter.open(folder / "home" / "vault", folder / "apart" / "keys.db", publics, "b1", loop, disk=Deadly())
    for number, month in enumerate(MONTHS):
        told = loop.create_future()
        kept = writer.keep(
            call=f"call_b1_{number}",
            part="request",
            subject="sc_ann",
            organization="acme",
            kept_class="standard",
            at=parse(month),
            data=b"words %d " % number * 20,
            then=told.set_result,
        )
        assert kept is not None
        async with asyncio.timeout(30):
            assert await told
        sys.stdout.write(f"{kept.place} {kept.sha256}\n")
        sys.stdout.flush()
    writer.close()


asyncio.run(main())
