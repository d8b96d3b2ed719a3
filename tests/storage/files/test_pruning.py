"""Taking away the front of a log's folder: the index first, then whole bundles, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.pruning import minimum_index, prune


@pytest.fixture
def log(tmp_path: Path) -> Path:
    for name in (
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002",
        "tile/1/000",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def left(log: Path) -> set[str]:
    return {str(path.relative_to(log)) for path in log.rglob("*") if path.is_file()}


def test_whole_bundles_and_their_hashes_go_and_all_above_stays(log: Path) -> None:
    assert minimum_index(log) == 0
    assert prune(log, 512) == 4
    assert minimum_index(log) == 512
    assert left(log) == {"pruned", "tile/entries/002", "tile/0/002", "tile/1/000"}
    assert prune(log, 512) == 0


@pytest.mark.parametrize("below", [1, 300, 511])
def test_an_index_that_is_no_bundle_takes_nothing(log: Path, below: int) -> None:
    before = left(log)
    with pytest.raises(ValueError, match="whole number"):
        prune(log, below)
    assert left(log) == before


def test_the_index_is_durable_before_the_first_file_goes(log: Path) -> None:
    seen: list[str] = []

    class Watched(Disk):
        def unlink(self, path: Path) -> None:
            seen.append((log / "pruned").read_text())
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input"):
        prune(log, 256, Watched())
    assert seen == ["256\n"]
    assert prune(log, 256) == 2


@pytest.mark.parametrize("text", ["", "x", "-256", "0256", "1" * 40])
def test_a_damaged_index_is_no_index(log: Path, text: str) -> None:
    (log / "pruned").write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011 - any of several sentences
        minimum_index(log)
