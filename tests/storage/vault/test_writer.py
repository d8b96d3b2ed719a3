"""Keeping content: sealed at once, durable beside the loop, never told as kept when it is not."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from safeconduct.storage.files.disk import Disk
from safeconduct.storage.vault.keystore import KeyStore
from safeconduct.storage.vault.writer import VaultWriter
from safeconduct.terms.moments import parse
from support.vault_kept import BOOT, JUNE, Kit, SoftKey


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


def test_what_was_kept_is_read_again_and_is_what_the_log_will_name(kit: Kit) -> None:
    (kept,) = kit.keep(b"what ann asked")
    assert kept.place.startswith(f"standard/2026-06/{BOOT}:")
    assert kit.store.sha256_at(kept.place) == kept.sha256
    assert kit.read(kept.place) == b"what ann asked"


def test_many_at_once_share_a_file_and_each_lies_where_it_was_said(kit: Kit) -> None:
    words = [f"word {number}".encode() * number for number in range(1, 200)]
    found = kit.keep(*words)
    assert [kit.read(kept.place) for kept in found] == words
    assert len(list(kit.store.files())) == 1
    assert list(kit.store.places()) == [kept.place for kept in found]
    with kit.open_keys() as keys:
        assert len(list(keys.deks())) == 1


def test_each_subject_class_and_month_has_a_key_of_its_own(kit: Kit) -> None:
    kit.kept(b"x")
    kit.kept(b"x", subject="sc_ben", boot="b1")
    kit.kept(b"x", kept_class="export", boot="b2")
    kit.kept(b"x", at=parse("2026-07-01T00:00:00Z"), boot="b3")
    with kit.open_keys() as keys:
        found = {(each.subject, each.kept_class, each.month) for each in keys.deks()}
        assert found == {
            ("sc_ann", "standard", "2026-06"),
            ("sc_ben", "standard", "2026-06"),
            ("sc_ann", "export", "2026-06"),
            ("sc_ann", "standard", "2026-07"),
        }


def test_p8_neither_content_nor_key_lies_anywhere_in_the_clear(kit: Kit, tmp_path: Path) -> None:
    kit.keep(b"a secret that ann told" * 20)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"a secret that ann told" not in file.read_bytes()


def test_p8_a_worker_cannot_open_what_it_sealed(kit: Kit) -> None:
    """Everything a worker has: the files below the home and the public halves. None of it is a private key."""
    (kept,) = kit.keep(b"x")
    with pytest.raises(ValueError, match="another public key"):
        kit.read(kept.place, SoftKey())
    assert not [each for each in kit.kek.iterdir() if b"PRIVATE" in each.read_bytes()]


def test_files_and_folders_are_for_their_owner_alone(kit: Kit) -> None:
    kit.keep(b"x")
    for path in (*kit.blobs.rglob("*"), kit.keys):
        assert path.stat().st_mode & 0o077 == 0, path


def test_without_a_public_key_nothing_is_kept(kit: Kit) -> None:
    for each in kit.kek.iterdir():
        each.unlink()
    assert kit.kept(b"x") == [(None, False)]


def test_an_organization_without_a_key_of_its_own_is_sealed_for_the_home(kit: Kit) -> None:
    ((kept, durable),) = kit.kept(b"x", organization="other")
    assert kept is not None
    assert durable
    assert kit.read(kept.place, kit.own) == b"x"


@pytest.mark.parametrize("step", ["create", "write", "fdatasync", "sync_directory"])
@pytest.mark.parametrize("fault", [errno.EIO, errno.ENOSPC])
def test_p2_a_disk_that_fails_at_any_step_is_told_and_the_next_file_works(kit: Kit, step: str, fault: int) -> None:
    class Failing(Disk):
        left = 1

        def _strike(self, name: str) -> None:
            if name == step and self.left:
                self.left -= 1
                raise OSError(fault, os.strerror(fault))

        def create(self, path: Path, mode: int = 0o600) -> int:
            self._strike("create")
            return super().create(path, mode)

        def write(self, fd: int, data: bytes, offset: int) -> None:
            self._strike("write")
            super().write(fd, data, offset)

        def fdatasync(self, fd: int) -> None:
            self._strike("fdatasync")
            super().fdatasync(fd)

        def sync_directory(self, path: Path) -> None:
            self._strike("sync_directory")
            super().sync_directory(path)

    async def run() -> None:
        writer = VaultWriter.open(kit.blobs, kit.keys, kit.publics, BOOT, asyncio.get_running_loop(), disk=Failing())
        first, second = asyncio.Event(), asyncio.Event()
        heard: list[bool] = []

        def keep(number: int, told: asyncio.Event) -> str:
            kept = writer.keep(
                call=f"call_{BOOT}_{number}",
                part="answer",
                subject="sc_ann",
                organization="acme",
                kept_class="standard",
                at=JUNE,
                data=b"%d" % number,
                then=lambda durable: (heard.append(durable), told.set()),  # type: ignore[func-returns-value]
            )
            assert kept is not None
            return kept.place

        async with asyncio.timeout(30):
            keep(1, first)
            await first.wait()
            place = keep(2, second)
            await second.wait()
        writer.close()
        assert heard == [False, True]
        assert kit.read(place) == b"2"

    asyncio.run(run())


def test_more_than_it_may_hold_is_refused_at_once(kit: Kit) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        writer = VaultWriter.open(kit.blobs, kit.keys, kit.publics, BOOT, loop, max_waiting=10)
        told = asyncio.Event()

        def keep(data: bytes) -> object:
            return writer.keep(
                call=f"call_{BOOT}_1",
                part="request",
                subject="s",
                organization="acme",
                kept_class="standard",
                at=JUNE,
                data=data,
                then=lambda _: told.set(),
            )

        assert keep(b"12345678901") is None
        assert keep(b"1234567890") is not None
        assert keep(b"1") is None
        async with asyncio.timeout(30):
            await told.wait()
        assert keep(b"1") is not None
        writer.close()
        assert keep(b"1") is None

    asyncio.run(run())


def test_p8_a_key_that_was_destroyed_is_never_used_again(kit: Kit) -> None:
    async def run() -> None:
        writer = VaultWriter.open(kit.blobs, kit.keys, kit.publics, BOOT, asyncio.get_running_loop())
        heard: list[bool] = []
        places: list[str] = []

        async def keep(number: int) -> None:
            told = asyncio.Event()
            kept = writer.keep(
                call=f"call_{BOOT}_{number}",
                part="request",
                subject="sc_ann",
                organization="acme",
                kept_class="standard",
                at=JUNE,
                data=b"words",
                then=lambda durable: (heard.append(durable), told.set()),  # type: ignore[func-returns-value]
            )
            assert kept is not None
            places.append(kept.place)
            async with asyncio.timeout(30):
                await told.wait()

        await keep(1)
        with kit.open_keys() as keys:
            assert keys.destroy(kept_class="standard", month="2026-06") == 1
        await keep(2)
        await keep(3)
        assert heard == [True, False, True]
        assert kit.read(places[2]) == b"words"
        with kit.open_keys() as keys:
            assert keys.destroy(subject="sc_ann") == 1
        await keep(4)
        await keep(5)
        writer.close()
        assert heard[3:] == [False, False], "this worker has not heard yet that the person was erased"
        with kit.open_keys() as keys:
            assert list(keys.deks(subject="sc_ann")) == []

    asyncio.run(run())


def test_a_later_month_opens_another_file_and_lets_the_old_one_go(kit: Kit) -> None:
    kit.kept(b"a")
    kit.kept(b"b", at=parse("2026-07-02T00:00:00Z"), boot="b2")
    assert [each[:2] for each in kit.store.files()] == [("standard", "2026-06"), ("standard", "2026-07")]
    assert kit.store.remove_file("standard", "2026-06", BOOT)
    assert list(kit.store.files()) == [("standard", "2026-07", "b2")]


def test_p2_killed_before_any_step_nothing_told_as_kept_is_lost(tmp_path: Path) -> None:
    """Every step to the disk, one after the other, until a run is through. What was not told is whole, torn or not there."""
    killer = Path(__file__).parents[2] / "support" / "vault_killer.py"
    for steps in range(100):
        kit = Kit(tmp_path / str(steps))
        run = subprocess.run(
            [sys.executable, str(killer), str(tmp_path / str(steps)), str(steps)], capture_output=True, text=True, timeout=60
        )
        told = [line.split() for line in run.stdout.splitlines()]
        for number, (place, found) in enumerate(told):
            assert kit.store.sha256_at(place) == found
            assert kit.read(place) == b"words %d " % number * 20
        for place in kit.store.places():
            assert kit.read(place).startswith(b"words") or place not in {each[0] for each in told}
        if run.returncode == 0:
            break
        assert run.returncode == -signal.SIGKILL, run.stderr
    assert len(told) == 3
    assert steps > 15


def test_p12_a_fault_of_ours_in_the_thread_is_a_no_and_the_next_content_is_kept(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits is told at once, and the thread goes on."""
    put, failing = KeyStore.put_deks, [True]

    def odd(store: KeyStore, deks: object) -> None:
        if failing.pop() if failing else False:
            raise TypeError("nobody foresaw this")
        put(store, deks)  # type: ignore[arg-type]

    monkeypatch.setattr(KeyStore, "put_deks", odd)
    (_, durable), *_ = kit.kept(b"words")
    assert not durable
    ((kept, durable),) = kit.kept(b"words", boot="b2")
    assert durable
    assert kept is not None
    assert kit.read(kept.place) == b"words"
