"""A bundle's folder: whole under its name or not there at all, whatever fails."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from safeconduct.storage.files.bundles import BundleFolder
from safeconduct.storage.files.disk import Disk
from safeconduct.terms.faults import Refused


def fill(bundle: BundleFolder) -> str:
    for number in range(200):
        bundle.put(f"tile/0/{number:03}", bytes([number]) * 40)
    bundle.put("checkpoint", b"signed")
    digest = bundle.seal(b'{"v":1}')
    bundle.reread()
    bundle.finish()
    return digest


def test_a_finished_bundle_has_every_file_and_its_digest(tmp_path: Path) -> None:
    with BundleFolder(tmp_path / "b") as bundle:
        digest = fill(bundle)
    manifest = (tmp_path / "b" / "manifest.json").read_bytes()
    assert sha256(manifest).hexdigest() == digest
    told = json.loads(manifest)
    assert told["v"] == 1
    assert len(told["files"]) == 201 == bundle.count
    for name, each in told["files"].items():
        assert sha256((tmp_path / "b" / name).read_bytes()).hexdigest() == each
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


class Failing(Disk):
    """Fails at the given step, counted over everything that can."""

    def __init__(self, at: int) -> None:
        self.left = at

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(28, "No space left on device")

    def create(self, path: Path, mode: int = 0o600) -> int:
        self._step()
        return super().create(path, mode)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        self._step()
        super().write(fd, data, offset)

    def fsync(self, fd: int) -> None:
        self._step()
        super().fsync(fd)

    def sync_directory(self, path: Path) -> None:
        self._step()
        super().sync_directory(path)


@pytest.mark.parametrize("at", [1, 2, 3, 150, 256, 257, 300, 400, 500, 600, 605, 607, 609])
def test_a_failing_disk_leaves_no_half_bundle(tmp_path: Path, at: int) -> None:
    failing = Failing(at)
    with pytest.raises(OSError, match="No space"), BundleFolder(tmp_path / "b", failing) as bundle:
        fill(bundle)
    left = list(tmp_path.iterdir())
    assert left == [] or (left == [tmp_path / "b"] and (tmp_path / "b" / "manifest.json").exists())


def test_a_name_that_is_taken_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    with pytest.raises(Refused):
        BundleFolder(tmp_path / "b")
    with pytest.raises(Refused, match="nothing can be written"):
        BundleFolder(tmp_path / "none" / "b")
    with BundleFolder(tmp_path / "c") as bundle:
        (tmp_path / "c").mkdir()
        (tmp_path / "c" / "file").touch()
        with pytest.raises(Refused, match="taken meanwhile"):
            fill(bundle)
    assert (tmp_path / "b").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]


def test_what_reads_back_differently_is_no_bundle(tmp_path: Path) -> None:
    with BundleFolder(tmp_path / "b") as bundle:
        bundle.put("checkpoint", b"signed")
        bundle.seal(b'{"v":1}')
        (bundle.path / "checkpoint").write_bytes(b"Signed")
        with pytest.raises(OSError, match="something else"):
            bundle.reread()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_once(tmp_path: Path) -> None:
    with BundleFolder(tmp_path / "b") as bundle:
        bundle.put("checkpoint", b"one")
        with pytest.raises(FileExistsError):
            bundle.put("checkpoint", b"two")
