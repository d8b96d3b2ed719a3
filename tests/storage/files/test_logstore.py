"""The log folder: tlog-tiles names, partial and full, bounds, and the keeper's own memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.audit.tiles import pack_bundle
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.logstore import LogStore, StateStore


def test_files_lie_where_tlog_tiles_says(tmp_path: Path) -> None:
    store = LogStore(tmp_path)
    store.write_tile(0, 1234, b"t" * 8192)
    store.write_tile(1, 4, b"p" * 64, 2)
    store.write_bundle(1234, b"b")
    store.write_checkpoint(b"note")
    store.write_vkey("name+hash+key")
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"tile/0/x001/234", "tile/1/004.p/2", "tile/entries/x001/234", "checkpoint", "log.vkey"}
    assert (store.checkpoint(), store.vkey(), store.bundle(1234)) == (b"note", "name+hash+key", b"b")


def test_a_partial_that_is_gone_is_read_from_the_full_one(tmp_path: Path) -> None:
    store = LogStore(tmp_path)
    store.write_tile(0, 0, b"p" * 64, 2)
    store.write_tile(0, 0, b"f" * 8192)
    store.write_bundle(0, b"partial", 2)
    store.write_bundle(0, b"full")
    assert store.tile(0, 0, 2) == b"p" * 64
    store.drop_partials(0, 0)
    store.drop_partials(None, 0)
    store.drop_partials(None, 0)
    assert store.tile(0, 0, 2) == b"f" * 8192
    assert store.bundle(0, 2) == b"full"


def test_what_is_not_there_or_far_too_long_is_an_error(tmp_path: Path) -> None:
    store = LogStore(tmp_path)
    for read in (store.checkpoint, lambda: store.tile(0, 0), lambda: store.bundle(0, 3)):
        with pytest.raises(FileNotFoundError):
            read()
    (tmp_path / "tile" / "0").mkdir(parents=True)
    (tmp_path / "tile" / "0" / "000").write_bytes(bytes(8193))
    with pytest.raises(ValueError, match="longer"):
        store.tile(0, 0)


class Noting(Disk):
    def __init__(self) -> None:
        self.synced: list[Path] = []

    def sync_directory(self, path: Path) -> None:
        self.synced.append(path)


def test_every_new_name_is_synced_before_a_checkpoint_counts(tmp_path: Path) -> None:
    disk = Noting()
    store = LogStore(tmp_path / "log", disk)
    store.write_tile(0, 1234, bytes(32))
    store.sync()
    assert set(disk.synced) >= {tmp_path / "log" / "tile" / "0" / "x001", tmp_path / "log" / "tile" / "0", tmp_path / "log"}
    disk.synced.clear()
    store.sync()
    assert disk.synced == []
    store.write_checkpoint(b"note")
    assert disk.synced == [tmp_path / "log"]


def test_state_is_kept(tmp_path: Path) -> None:
    state = StateStore(tmp_path / "state")
    assert state.load() is None
    state.save(b"one")
    state.save(b"two")
    assert state.load() == StateStore(tmp_path / "state").load() == b"two"


@pytest.mark.parametrize(("since", "until"), [(0, 0), (0, 300), (5, 6), (255, 257), (256, 300), (299, 300)])
def test_entries_are_read_by_index(tmp_path: Path, since: int, until: int) -> None:
    store = LogStore(tmp_path)
    found = [b"%d" % number for number in range(300)]
    store.write_bundle(0, pack_bundle(found[:256]))
    store.write_bundle(1, pack_bundle(found[256:]), 44)
    assert list(store.entries(since, until, 300)) == list(enumerate(found))[since:until]
