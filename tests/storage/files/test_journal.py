"""The journal: durable before anybody is told, and a no for good after the first error."""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
import uvloop

from safeconduct.audit.entries import MAX_ENTRY_BYTES, WriterStarted, decode
from safeconduct.audit.tree import leaf_hash
from safeconduct.storage.files import flushers
from safeconduct.storage.files.journal import Journal, JournalFailed
from safeconduct.storage.files.tail import JournalTail
from safeconduct.terms.faults import Refused
from support.audit_faults import CountingDisk, fail
from support.audit_home import LogHome, call, crash
from support.audit_samples import decided, ended, started

TESTS = Path(__file__).parents[2]


def read(home: LogHome, boot: str) -> list[tuple[int, int, int, bytes]]:
    """Seq, mark, ref and bytes of every entry."""
    tail = JournalTail(home.journal / boot)
    found = []
    while groups := tail.read():
        for first, words, leaves, entries in groups:
            assert leaves == [leaf_hash(entry) for entry in entries]
            assert [word & 0xFFFF for word in words] == [len(entry) for entry in entries]
            numbered = zip(range(first, first + len(words)), words, entries, strict=True)
            found += [(seq, word >> 16 & 3, word >> 18, entry) for seq, word, entry in numbered]
    tail.close()
    return found


def test_entries_are_chained_by_the_hash_of_the_one_before(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    call(writer, "a")
    writer.close()
    prev = ""
    frames = read(home, "w")
    assert [frame[:3] for frame in frames] == [(1, 0, 0), (2, 1, 0), (3, 2, 2), (4, 0, 0)]
    for seq, _, _, data in frames:
        entry = decode(data)
        assert (entry.boot, entry.node, entry.seq, entry.prev) == ("w", "node-1", seq, prev)
        prev = leaf_hash(data).hex()


def test_the_first_entry_tells_who_writes(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    home.writer("w").close()
    assert isinstance(decode(read(home, "w")[0][3]), WriterStarted)


class Watching(CountingDisk):
    """Tells when a sync has returned."""

    def __init__(self) -> None:
        super().__init__(0, fail(0))
        self.synced = 0
        self.after: Callable[[], object] = lambda: None

    def fdatasync(self, fd: int) -> None:
        super().fdatasync(fd)
        self.synced += 1
        self.after()


def on_loop(tmp_path: Path, disk: CountingDisk, test: Callable[[Journal], asyncio.Future[None] | object]) -> LogHome:
    home = LogHome(tmp_path)

    async def main() -> None:
        writer = home.writer("w", disk, segment_bytes=65_536)
        await asyncio.wait_for(test(writer), 10)  # type: ignore[arg-type]
        writer.close()

    uvloop.run(main())
    return home


def test_p2_nobody_is_told_before_the_sync_returned(tmp_path: Path) -> None:
    disk = Watching()
    told: list[tuple[bool, int]] = []

    async def test(writer: Journal) -> None:
        done = asyncio.get_running_loop().create_future()
        before = disk.synced

        def then(durable: bool) -> None:
            told.append((durable, disk.synced - before))
            if len(told) == 100:
                done.set_result(None)

        for number in range(100):
            assert writer.append(decided(f"c{number}"), opens=True, then=then) == number + 2
        assert told == []  # never within the call
        await done

    home = on_loop(tmp_path, disk, test)
    assert all(durable and synced >= 1 for durable, synced in told)
    assert disk.synced < 60, "a hundred entries that wait together share their syncs"
    assert [decode(frame[3]).call for frame in read(home, "w")[1:-1]] == [f"c{number}" for number in range(100)]


def test_an_entry_alone_never_waits_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(flushers, "sleep", slept.append)

    async def test(writer: Journal) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(20):
            durable = loop.create_future()
            seq = writer.append(decided(), then=durable.set_result)
            assert await durable
            writer.append(ended(), closes=seq)

    on_loop(tmp_path, Watching(), test)
    assert slept == []


def test_under_load_a_batch_gathers_no_longer_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(flushers, "sleep", slept.append)
    monkeypatch.setattr(flushers, "RECENT_SECONDS", 3600.0)

    async def test(writer: Journal) -> None:
        loop = asyncio.get_running_loop()
        waves = [[loop.create_future() for _ in range(9)], [loop.create_future() for _ in range(2)]]
        for wave in waves:
            for durable in wave:
                writer.append(decided(), then=durable.set_result)
            await asyncio.gather(*wave)

    on_loop(tmp_path, Watching(), test)
    assert slept
    assert all(0 <= seconds <= flushers.GATHER_SECONDS for seconds in slept)


def test_outcomes_that_nobody_waits_for_ride_with_the_next_batch(tmp_path: Path) -> None:
    disk = Watching()

    async def test(writer: Journal) -> None:
        writer.append(ended(), closes=7)
        durable = asyncio.get_running_loop().create_future()
        before = disk.synced
        writer.append(decided(), then=durable.set_result)
        await durable
        assert disk.synced == before + 1

    home = on_loop(tmp_path, disk, test)
    assert [frame[0] for frame in read(home, "w")] == [1, 2, 3, 4]


def test_an_outcome_that_comes_due_while_the_disk_works_is_written_right_after(tmp_path: Path) -> None:
    disk, goes_on = Watching(), Event()

    async def test(writer: Journal) -> None:
        loop, began, synced = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        writer._nudging = True  # no timer beside the one this test plays
        writer.append(ended(), closes=6)

        def working() -> None:
            loop.call_soon_threadsafe(began.set)
            goes_on.wait(10)
            disk.after = lambda: loop.call_soon_threadsafe(synced.set)

        disk.after = working
        writer._nudge()
        await began.wait()
        writer._nudging = True
        writer.append(ended(), closes=7)
        writer._nudge()
        goes_on.set()
        await synced.wait()
        disk.after = lambda: None

    home = on_loop(tmp_path, disk, test)
    assert [frame[:3] for frame in read(home, "w")] == [(1, 0, 0), (2, 2, 6), (3, 2, 7), (4, 0, 0)]


@pytest.mark.parametrize("seq", [-1, 2**46])
def test_an_outcome_of_a_call_that_cannot_be_is_refused(tmp_path: Path, seq: int) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    entry = ended()
    entry.closes_seq = seq
    with pytest.raises(ValueError, match="no writer has"):
        writer.append_sync(entry)
    assert writer.append_sync(decided()) == 2


def test_an_outcome_that_nobody_waits_for_is_written_by_itself(tmp_path: Path) -> None:
    disk = Watching()

    async def test(writer: Journal) -> None:
        loop, synced = asyncio.get_running_loop(), asyncio.Event()
        disk.after = lambda: loop.call_soon_threadsafe(synced.set)
        writer.append(ended(), closes=7)
        await synced.wait()
        disk.after = lambda: None

    home = on_loop(tmp_path, disk, test)
    entry = decode(read(home, "w")[1][3])
    assert (entry.closes_boot, entry.closes_seq) == ("w", 7)
    assert read(home, "w")[1][:3] == (2, 2, 7)


@pytest.mark.parametrize("name", ["write", "fdatasync"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_p2_after_one_error_the_answer_is_no_for_good(tmp_path: Path, name: str, code: int) -> None:
    disk = CountingDisk(0, fail(code))
    told: list[bool] = []

    async def test(writer: Journal) -> None:
        all_ten, all_twelve = asyncio.Event(), asyncio.Event()
        disk.at = disk.calls + (1 if name == "write" else 2)

        def then(durable: bool) -> None:
            told.append(durable)
            if len(told) == 10:
                all_ten.set()
            if len(told) == 12:
                all_twelve.set()

        for _ in range(10):
            writer.append(decided(), then=then)
        await all_ten.wait()
        assert not writer.healthy
        calls = disk.calls
        assert writer.append(decided(), then=then) == 0
        assert writer.append(decided(), then=then) == 0
        await all_twelve.wait()
        assert told == [False] * 12
        assert disk.calls == calls, "nothing is tried again"
        assert "writing failed" in writer.failure
        with pytest.raises(JournalFailed):
            writer.append_sync(decided())

    on_loop(tmp_path, disk, test)


def test_p2_a_full_disk_at_rotation_is_a_no(tmp_path: Path) -> None:
    disk = CountingDisk(0, fail(errno.ENOSPC))
    writer = LogHome(tmp_path).writer("w", disk)
    disk.names.clear()
    writer.append_sync(*(decided() for _ in range(3)))
    disk.at = disk.calls + 2  # create, then allocate
    with pytest.raises(JournalFailed, match="No space left"):
        writer.append_sync(*(decided() for _ in range(3)))
    assert disk.names[-1] == "allocate"
    assert not writer.healthy
    writer.close()


def test_too_long_an_entry_leaves_the_chain_as_it_was(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    big = decided()
    big.rules = ("x" * MAX_ENTRY_BYTES,)
    with pytest.raises(ValueError, match="clip"):
        writer.append_sync(big)
    assert writer.append_sync(decided("next")) == 2
    writer.close()
    home.keep()
    assert [finding.code for finding in home.verify().findings] == []


def test_only_a_decision_opens_a_call(tmp_path: Path) -> None:
    async def test(writer: Journal) -> None:
        with pytest.raises(ValueError, match="only a decision"):
            writer.append(ended(), opens=True)

    on_loop(tmp_path, Watching(), test)


def test_segments_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    for number in range(40):
        call(writer, f"c{number}")
    writer.close()
    assert len(list((home.journal / "w").glob("*.wal"))) > 5
    assert [frame[0] for frame in read(home, "w")] == list(range(1, 83))


@pytest.mark.parametrize("boot", ["", "a/b", "..", "é", "x" * 65, "a b"])
def test_a_boot_id_cannot_leave_the_folder(tmp_path: Path, boot: str) -> None:
    with pytest.raises(Refused, match="boot id"):
        LogHome(tmp_path).journal_of(boot, "gateway")


def test_a_boot_id_is_used_once(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    home.writer("w").close()
    with pytest.raises(Refused, match="cannot be written"):
        home.writer("w")


def test_an_unwritable_folder_is_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file")
    with pytest.raises(Refused, match="free space"):
        LogHome(tmp_path).writer()


def test_open_calls_are_counted_at_the_stop(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    call(writer, "a")
    call(writer, "b", None)
    writer.close()
    writer.close()
    assert decode(read(home, "w")[-1][3]).open_calls == 1
    with pytest.raises(JournalFailed, match="closed"):
        writer.append_sync(started())


def test_a_killed_writer_lets_its_lock_go(tmp_path: Path) -> None:
    home = LogHome(tmp_path)
    writer = home.writer("w")
    tail = JournalTail(home.journal / "w")
    assert tail.alive()
    crash(writer)
    assert not tail.alive()


@pytest.mark.slow
@pytest.mark.parametrize("strike", ["kill", "tear", "eio", "enospc"])
def test_p2_struck_at_any_system_call_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path, strike: str) -> None:
    ran = subprocess.run(
        [sys.executable, str(TESTS / "support" / "audit_killer.py"), str(tmp_path), strike],
        capture_output=True,
        text=True,
        timeout=115,
        check=False,
        env={"PYTHONPATH": str(TESTS), "PATH": ""},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 broken" in ran.stdout
