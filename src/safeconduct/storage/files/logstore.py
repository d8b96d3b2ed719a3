"""Where does the log lie? One folder in C2SP tlog-tiles layout, written whole-file by whole-file, read with bounds.

``checkpoint``, ``tile/<L>/<N>[.p/<W>]``, ``tile/entries/<N>[.p/<W>]`` and ``log.vkey``. A file is written aside and renamed.
Tiles, bundles and names become durable with ``sync``, which the keeper calls before it saves or signs anything that depends on
them; what a crash leaves of them before is beyond every checkpoint, and the next keeper writes it again. A full tile makes its
partial ones needless; a reader who asks for a partial tile that is gone gets the full one (tlog-tiles allows both).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from safeconduct.audit.note import MAX_NOTE_BYTES
from safeconduct.audit.tiles import MAX_BUNDLE_BYTES, TILE_BYTES, WIDTH, bundle_path, split_bundle, tile_path
from safeconduct.storage.files.disk import Disk, read_bounded
from safeconduct.storage.files.pruning import minimum_index

CHECKPOINT = "checkpoint"
VKEY = "log.vkey"
TILES = "tile"
MAX_LEVEL = 63
COSIGN_VKEY = "log.cosign.vkey"
MAX_VKEY_BYTES = 4096
MAX_UNSYNCED = 128  # open files; a keeper that catches up writes many in a second
MAX_STATE_BYTES = 256 * 1024 * 1024  # a writer and its open calls take some 20 bytes a call


def read_entries(bundle: Callable[[int, int], bytes], since: int, until: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Index and bytes of the entries [since, until) of a tree of ``size``, whose bundles are asked for one after the other."""
    for number in range(since // WIDTH, -(-until // WIDTH)):
        first = number * WIDTH
        width = min(WIDTH, size - first)
        for index, entry in enumerate(split_bundle(bundle(number, width), width), first):
            if since <= index < until:
                yield index, entry


class LogStore:
    """The log folder. Reading needs no lock; only the keeper writes."""

    def __init__(self, directory: Path, disk: Disk | None = None) -> None:
        self.directory = directory
        self._disk = disk or Disk()
        self._touched: set[Path] = set()
        self._unsynced: list[int] = []

    # reading: what LogReader asks for

    def checkpoint(self) -> bytes:
        """The signed note. Raises FileNotFoundError before the first one."""
        return read_bounded(self.directory / CHECKPOINT, MAX_NOTE_BYTES)

    def tile(self, level: int, index: int, width: int = WIDTH) -> bytes:
        """At least ``width`` hashes. Raises OSError, ValueError when longer than a tile may be."""
        return self._read(tile_path(level, index, width), tile_path(level, index), TILE_BYTES)

    def bundle(self, index: int, width: int = WIDTH) -> bytes:
        """At least ``width`` entries. Raises OSError, ValueError when longer than a bundle may be."""
        return self._read(bundle_path(index, width), bundle_path(index), MAX_BUNDLE_BYTES)

    def vkey(self) -> str:
        """The verifier key kept beside the log; convenient, and no evidence: a stranger brings his own copy."""
        return read_bounded(self.directory / VKEY, MAX_VKEY_BYTES).decode("ascii", "replace").strip()

    def minimum(self) -> int:
        """The first entry that is still kept. Raises ValueError when the file that says it is damaged."""
        return minimum_index(self.directory)

    def entries(self, since: int, until: int, size: int) -> Iterator[tuple[int, bytes]]:
        """Index and bytes of the entries [since, until) of a tree of ``size``. Raises OSError, ValueError."""
        return read_entries(self.bundle, since, until, size)

    # writing

    def write_tile(self, level: int, index: int, hashes: bytes, width: int = WIDTH) -> None:
        self._put(tile_path(level, index, width), hashes)

    def write_bundle(self, index: int, entries: bytes, width: int = WIDTH) -> None:
        self._put(bundle_path(index, width), entries)

    def write_vkey(self, vkey: str, cosigners: Sequence[str] = ()) -> None:
        """The log's public key, and one line for each key of its own that cosigns."""
        self._write(VKEY, vkey.encode() + b"\n")
        if cosigners:
            self._write(COSIGN_VKEY, "".join(f"{each}\n" for each in cosigners).encode())

    def write_checkpoint(self, note: bytes) -> None:
        """Publish a signed checkpoint, durable before this returns. Everything it covers was synced before."""
        self._write(CHECKPOINT, note)
        self.sync()

    def sync(self) -> None:
        """Make everything written since the last call durable, then its names."""
        self._sync_files()
        for directory in sorted(self._touched, reverse=True):
            self._disk.sync_directory(directory)
        self._touched.clear()

    def settle(self) -> None:
        """Everything lies where strangers read it already; nobody takes it for signed before a checkpoint says so."""

    def begin(self, size: int) -> None:
        """What a crash left beyond ``size`` is written over as the tree grows."""

    def drop_partials(self, level: int | None, index: int) -> None:
        """Forget the partial forms of a tile (``level`` None: of a bundle), once the full one is durable or they are void."""
        full = bundle_path(index) if level is None else tile_path(level, index)
        shutil.rmtree(self.directory / f"{full}.p", ignore_errors=True)

    # for a store that keeps its files here until they are somewhere else

    def held(self) -> list[tuple[str, int]]:
        """Every tile and bundle in this folder, by path, and the size of the tree it needs; no other files."""
        files = (path.relative_to(self.directory).as_posix() for path in (self.directory / TILES).rglob("*") if path.is_file())
        return [(path, end) for path in sorted(files) if (end := needed_size(path)) is not None]

    def read(self, path: str, limit: int) -> bytes:
        """One file by its path below this folder. Raises OSError, ValueError when it is longer than ``limit``."""
        return read_bounded(self.directory / path, limit)

    def drop(self, path: str) -> None:
        """Forget one file."""
        self._disk.unlink(self.directory / path)

    def _read(self, partial: str, full: str, limit: int) -> bytes:
        try:
            return read_bounded(self.directory / partial, limit)
        except FileNotFoundError:
            return read_bounded(self.directory / full, limit)

    def _write(self, name: str, data: bytes) -> None:
        self._disk.write_file(self._placed(name), data)

    def _put(self, name: str, data: bytes) -> None:
        self._unsynced.append(self._disk.put_file(self._placed(name), data))
        if len(self._unsynced) == MAX_UNSYNCED:
            self._sync_files()

    def _sync_files(self) -> None:
        fds, self._unsynced = self._unsynced, []
        self._disk.sync_files(fds)

    def _placed(self, name: str) -> Path:
        """The path of a file that is about to be written, in a folder that is there."""
        path = self.directory / name
        parent = path.parent
        if parent not in self._touched:
            self._touched.add(parent)
            if not parent.is_dir():
                parent.mkdir(parents=True, exist_ok=True)
                for above in parent.parents:
                    self._touched.add(above)
                    if above == self.directory.parent:
                        break
        return path


def needed_size(path: str) -> int | None:
    """The least size of a tree that has this tile or bundle; None when the path is that of neither."""
    kind, _, rest = path.removeprefix(f"{TILES}/").partition("/")
    number, _, partial = rest.partition(".p/")
    groups = [group.removeprefix("x") for group in number.split("/")]
    digits = [kind if kind != "entries" else "0", partial or str(WIDTH), *groups]
    if not all(each.isascii() and each.isdigit() for each in digits):
        return None
    level, index, width = int(digits[0]), int("".join(groups)), int(digits[1])
    if not (0 <= level <= MAX_LEVEL and 1 <= width <= WIDTH):
        return None
    wanted = bundle_path(index, width) if kind == "entries" else tile_path(level, index, width)
    return (index * WIDTH + width) << (8 * level) if path == wanted else None


class StateStore:
    """The keeper's memory of how far each journal is in the tree: one small file, replaced whole."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self._path = path
        self._disk = disk or Disk()

    def load(self) -> bytes | None:
        """The state saved last, None when there is none."""
        try:
            return read_bounded(self._path, MAX_STATE_BYTES)
        except FileNotFoundError:
            return None

    def save(self, data: bytes) -> None:
        """Durable before this returns."""
        self._disk.write_file(self._path, data, 0o600)
        self._disk.sync_directory(self._path.parent)
