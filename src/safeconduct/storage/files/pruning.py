"""What is gone from the front of a log's folder? C2SP tlog-tiles, Pruning: the minimum index, and taking away what lies below.

Only whole entry bundles and their level-0 tiles go; every tile above stays, so that root, proofs of the rest and consistency can
still be derived. The minimum index is on the disk before the first file goes: a crash leaves files that nobody needs, and the
next pruning takes them. Whether anything may go is decided elsewhere (``office.pruning``, ``assembly.prune``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from safeconduct.audit.head import decimal
from safeconduct.audit.tiles import WIDTH, bundle_path, tile_path
from safeconduct.storage.files.disk import Disk, read_bounded

PRUNED: Final = "pruned"
MAX_BYTES: Final = 32


def minimum_index(folder: Path) -> int:
    """The first entry that is still kept; 0 for a log that was never pruned. Raises NoteInvalid (ValueError) when damaged."""
    try:
        return decimal(read_bounded(folder / PRUNED, MAX_BYTES).decode("ascii", "replace").removesuffix("\n"))
    except FileNotFoundError:
        return 0


def prune(folder: Path, below: int, disk: Disk | None = None) -> int:
    """Take away every entry bundle and level-0 tile below ``below``, a multiple of 256. Returns how many files went.

    Raises ValueError for an index that is none, OSError when the disk fails; then it may be done again.
    """
    if below % WIDTH or below < minimum_index(folder):
        raise ValueError(f"{below} is no whole number of bundles, or lies below what is pruned already")
    disk = disk or Disk()
    disk.write_file(folder / PRUNED, f"{below}\n".encode())
    disk.sync_directory(folder)
    gone = 0
    touched: set[Path] = set()
    for number in range(below // WIDTH):
        for path in (folder / bundle_path(number), folder / tile_path(0, number)):
            if path.exists():
                disk.unlink(path)
                touched.add(path.parent)
                gone += 1
    for each in touched:
        disk.sync_directory(each)
    return gone
