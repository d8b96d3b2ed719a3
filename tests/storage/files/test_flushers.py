"""The kernel's way to the disk keeps every promise of the thread's: nobody is told before the sync, one error is the end."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.flushers import CROWD
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.files.kernel_sync import KernelSync
from support.audit_home import LogHome
from support.audit_samples import decided, ended, started


class Scripted:
    """A sync that ends when told, well or not."""

    def __init__(self) -> None:
        self.event = os.eventfd(0, os.EFD_NONBLOCK)
        self.submitted = 0
        self.result = 0
        self.refuse = False
        self.closed = False
        self.prompt = False  # ends each sync at once

    def fileno(self) -> int:
        return self.event

    def submit(self, fd: int) -> None:
        assert fd >= 0
        if self.refuse:
            raise OSError(errno.EAGAIN, "busy")
        self.submitted += 1
        if self.prompt:
            self.end()

    def end(self, result: int = 0) -> None:
        self.result = result
        os.eventfd_write(self.event, 1)

    def reap(self) -> None:
        os.eventfd_read(self.event)
        if self.result:
            raise OSError(self.result, os.strerror(self.result))

    def close(self) -> None:
        self.closed = True
        os.close(self.event)


class Full(Disk):
    """A disk that is full from some write on."""

    left = 10**9

    def write(self, fd: int, data: bytes, offset: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, "full")
        super().write(fd, data, offset)


def on_loop(
    tmp_path: Path, test: Callable[[Journal], Awaitable[None]], *, sync: object = None, disk: Disk | None = None
) -> LogHome:
    """Run a test on a journal that syncs through the kernel, or through a scripted sync."""
    home = LogHome(tmp_path)

    async def main() -> None:
        writer = Journal.open(
            home.journal,
            "node-1",
            "w",
            clock=home.clock,
            start_entry=started(),
            disk=disk,
            segment_bytes=16_384,
            open_sync=KernelSync.open if sync is None else lambda: sync,  # type: ignore[arg-type,return-value]
        )
        await asyncio.wait_for(asyncio.ensure_future(test(writer)), 20)
        writer.close()

    uvloop.run(main())
    return home


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop turn until something holds; the test's own time limit ends it otherwise."""
    while not holds():  # noqa: ASYNC110 - what is waited for is not ours to tell
        await asyncio.sleep(0)


async def turn(times: int = 3) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


def test_p2_nobody_is_told_before_the_kernel_has_synced(tmp_path: Path) -> None:
    sync, told = Scripted(), []

    async def test(writer: Journal) -> None:
        writer.append(decided(), then=told.append)
        await turn()
        assert (sync.submitted, told) == (1, [])
        writer.append(decided(), then=told.append)  # gathers while the first is under way
        await turn()
        assert (sync.submitted, told) == (1, [])
        sync.end()
        await asyncio.sleep(0.01)
        assert (sync.submitted, told) == (2, [True])
        sync.end()
        await asyncio.sleep(0.01)
        assert told == [True, True]

    on_loop(tmp_path, test, sync=sync)
    assert sync.closed


def test_under_load_the_next_batch_waits_for_more_and_no_longer_than_it_may(tmp_path: Path) -> None:
    sync, told = Scripted(), []

    async def test(writer: Journal) -> None:
        for _ in range(CROWD):
            writer.append(decided(), then=told.append)
        await turn()
        writer.append(decided(), then=told.append)
        sync.end()
        await until(lambda: len(told) >= CROWD)
        assert sync.submitted == 1  # the one behind the crowd gathers company
        writer.append(decided(), then=told.append)
        await until(lambda: sync.submitted > 1)
        sync.end()
        await until(lambda: len(told) >= CROWD + 2)

    on_loop(tmp_path, test, sync=sync)
    assert told == [True] * (CROWD + 2)


def test_a_caller_alone_is_never_made_to_wait_for_others(tmp_path: Path) -> None:
    sync, told = Scripted(), []

    async def test(writer: Journal) -> None:
        sync.prompt = True
        for number in range(5):
            writer.append(decided(), then=told.append)
            await until(lambda number=number: len(told) > number)
        assert sync.submitted == 5

    on_loop(tmp_path, test, sync=sync)


@pytest.mark.parametrize("how", ["refused", "failed"])
def test_p2_after_one_error_of_the_kernel_the_answer_is_no_for_good(tmp_path: Path, how: str) -> None:
    sync, told = Scripted(), []

    async def test(writer: Journal) -> None:
        sync.refuse = how == "refused"
        writer.append(decided(), then=told.append)
        await turn()
        if how == "failed":
            sync.end(errno.EIO)
            await asyncio.sleep(0.01)
        assert told == [False]
        assert not writer.healthy
        assert writer.append(decided(), then=told.append) == 0
        await turn()
        assert told == [False, False]

    on_loop(tmp_path, test, sync=sync)


def test_p2_a_full_disk_is_a_no(tmp_path: Path) -> None:
    disk, told = Full(), []

    async def test(writer: Journal) -> None:
        disk.left = 0
        writer.append(decided(), then=told.append)
        await turn()
        assert told == [False]
        assert not writer.healthy

    on_loop(tmp_path, test, sync=Scripted(), disk=disk)


def test_a_sync_under_way_is_waited_for_at_the_end(tmp_path: Path) -> None:
    sync, told = Scripted(), []

    async def test(writer: Journal) -> None:
        writer.append(decided(), then=told.append)
        await turn()
        writer.append(decided(), then=told.append)
        sync.prompt = True
        sync.end()  # the loop may not have looked yet when the journal closes

    on_loop(tmp_path, test, sync=sync)
    assert told == [True, True]


def test_thousands_of_entries_over_many_files_arrive_whole(tmp_path: Path) -> None:
    if KernelSync.open() is None:
        pytest.skip("this kernel or sandbox offers no native AIO")
    told: list[bool] = []

    async def test(writer: Journal) -> None:
        async def caller(count: int) -> None:
            for _ in range(count):
                durable = asyncio.get_running_loop().create_future()
                seq = writer.append(decided(), then=durable.set_result)
                told.append(await durable)
                writer.append(ended(), closes=seq)

        await asyncio.gather(*(caller(20) for _ in range(32)))

    home = on_loop(tmp_path, test)
    assert told == [True] * 640
    home.keep()
    report = home.verify()
    assert report.holds
    assert (report.decided, report.ended) == (640, 640)
