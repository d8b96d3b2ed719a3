"""Content in files: read where it lies, removed for good without harm to its neighbors, and never outside the vault."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from safeconduct.storage.files.disk import Disk
from safeconduct.storage.vault.blobs import VaultStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import parse
from support.vault_kept import BOOT, Kit


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


def test_an_empty_or_missing_vault_has_nothing(tmp_path: Path) -> None:
    store = VaultStore(tmp_path / "none")
    assert list(store.places()) == []
    assert store.sha256_at("standard/2026-06/a:8") == ""
    assert not store.remove("standard/2026-06/a:8")
    assert not store.remove_file("standard", "2026-06", "a")
    with pytest.raises(Refused, match="is not there"):
        store.read("standard/2026-06/a:8")


def test_p8_what_is_removed_is_overwritten_and_its_neighbors_stay(kit: Kit) -> None:
    first, second, third = kit.keep(b"one" * 50, b"two" * 50, b"three" * 50)
    sealed = kit.store.read(second.place)
    assert kit.store.remove(second.place)
    assert not kit.store.remove(second.place)
    (file,) = kit.blobs.rglob("*.blobs")
    assert sealed not in file.read_bytes()
    assert list(kit.store.places()) == [first.place, third.place]
    assert kit.read(third.place) == b"three" * 50
    assert kit.store.sha256_at(second.place) == ""
    with pytest.raises(Refused, match="was removed"):
        kit.store.read(second.place)


class _Unsynced(Disk):
    """A disk that takes what is written and cannot make it durable."""

    def fsync(self, fd: int) -> None:
        raise OSError(errno.EIO, "not on the disk")


def test_p8_nothing_is_told_as_removed_before_that_is_on_the_disk(kit: Kit) -> None:
    (kept,) = kit.keep(b"words")
    failing = VaultStore(kit.blobs, _Unsynced())
    with pytest.raises(OSError, match="not on the disk"):
        failing.remove(kept.place)
    (file,) = kit.blobs.rglob("*.blobs")
    with pytest.raises(OSError, match="not on the disk"):
        failing.remove_file("standard", file.parent.name, BOOT)
    assert file.exists()


def test_a_place_between_records_is_none(kit: Kit) -> None:
    (kept,) = kit.keep(b"words")
    beside = kept.place[:-1] + str(int(kept.place[-1]) + 1)
    assert kit.store.record(beside) is None
    assert kit.store.sha256_at(beside) == ""


def test_a_torn_end_is_no_content(kit: Kit) -> None:
    first, second = kit.keep(b"one", b"two")
    (file,) = kit.blobs.rglob("*.blobs")
    whole = file.read_bytes()
    for cut in (1, 10, 100):
        file.write_bytes(whole[:-cut])
        assert list(kit.store.places()) == [first.place]
        assert kit.store.record(second.place) is None


def test_p8_altered_content_is_told_by_its_hash(kit: Kit) -> None:
    (kept,) = kit.keep(b"words")
    (file,) = kit.blobs.rglob("*.blobs")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    assert kit.store.sha256_at(kept.place) not in ("", kept.sha256)
    with pytest.raises(Refused, match="not what was written"):
        kit.store.read(kept.place)


@pytest.mark.parametrize("place", ["../../x:8", "standard/../../x:8", "/etc/passwd:0", "standard/2026-06/../x:8", ""])
def test_no_text_leads_out_of_the_vault(kit: Kit, place: str) -> None:
    for ask in (kit.store.read, kit.store.sha256_at, kit.store.remove, kit.store.record):
        with pytest.raises(Refused, match="no place"):
            ask(place)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_links_are_not_followed_at_any_step(kit: Kit, tmp_path: Path, level: int) -> None:
    (kept,) = kit.keep(b"words")
    (file,) = kit.blobs.rglob("*.blobs")
    part = [file.parent.parent, file.parent, file][level]
    aside = tmp_path / "aside"
    part.rename(aside)
    part.symlink_to(aside)
    for ask in (kit.store.read, kit.store.remove):
        with pytest.raises(OSError):  # noqa: PT011 - ELOOP or ENOTDIR, in the words of the system
            ask(kept.place)


def test_a_whole_file_goes_once_its_writer_is_gone(kit: Kit) -> None:
    kit.keep(b"words")
    (file,) = kit.blobs.rglob("*.blobs")
    live = os.open(file, os.O_RDWR)
    fcntl.flock(live, fcntl.LOCK_SH)
    assert not kit.store.remove_file("standard", "2026-06", BOOT)
    os.close(live)
    assert kit.store.remove_file("standard", "2026-06", BOOT)
    assert not file.exists()


def test_what_is_asked_for_is_chosen(kit: Kit) -> None:
    kit.kept(b"a")
    kit.kept(b"b", kept_class="export", boot="b2")
    kit.kept(b"c", at=parse("2026-07-01T00:00:00Z"), boot="b3")
    assert len(list(kit.store.places())) == 3
    assert len(list(kit.store.places(kept_class="export"))) == 1
    assert len(list(kit.store.places(month="2026-07"))) == 1
    assert len(list(kit.store.places(writer="b2"))) == 1
    assert len(list(kit.store.places(writer="b"))) == 0


def test_files_that_are_none_of_ours_are_passed_over(kit: Kit) -> None:
    (kept,) = kit.keep(b"words")
    folder = kit.blobs / "standard" / "2026-06"
    for name in ("x.txt", "..blobs", "a b.blobs"):
        (folder / name).write_bytes(b"x")
    (kit.blobs / "Other").mkdir()
    (kit.blobs / "standard" / "june").mkdir()
    assert list(kit.store.places()) == [kept.place]
