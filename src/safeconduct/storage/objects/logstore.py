"""Where does a log on S3 lie? The same C2SP tlog-tiles layout below one prefix, every object written once.

Tiles and bundles are first made durable in a local folder (``sync``) and go to the bucket once the keeper's state that they
belong to is saved (``settle``). So whatever is in the bucket follows from a durable state, a restart writes the same bytes again,
and an object that is there with other bytes is never a leftover of ours: another keeper wrote it, and this one ends.

INVARIANT: P7 - a tile or bundle in the bucket is never written over; a checkpoint only over the one that this keeper knows.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from safeconduct.audit.head import decimal
from safeconduct.audit.note import MAX_NOTE_BYTES
from safeconduct.audit.tiles import MAX_BUNDLE_BYTES, TILE_BYTES, WIDTH, bundle_path, tile_path
from safeconduct.storage.files.logstore import CHECKPOINT, COSIGN_VKEY, MAX_VKEY_BYTES, VKEY, LogStore, read_entries
from safeconduct.storage.files.pruning import MAX_BYTES, PRUNED
from safeconduct.storage.objects.bucket import Bucket
from safeconduct.terms.faults import Fault, Refused

AT_ONCE = 8  # objects on their way at the same time
KEPT_TILES = 64  # of those written last, in memory: the right edge is read again each second


class ObjectLogStore:
    """One tree of the log in a bucket. ``staging`` is a local folder of its own, on the disk of the journals."""

    def __init__(self, bucket: Bucket, name: str, staging: LogStore) -> None:
        """``name`` is the tree's own folder below the bucket's prefix, empty for the first."""
        self._bucket = bucket
        self._name = f"{name}/" if name else ""
        self._staging = staging
        self._staged: dict[str, None] = {}  # in the order they were written
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._version = ""  # of the checkpoint

    # reading

    def checkpoint(self) -> bytes:
        """The signed note. Raises FileNotFoundError before the first one, OSError."""
        note, self._version = self._bucket.get(self._name + CHECKPOINT, MAX_NOTE_BYTES)
        return note

    def tile(self, level: int, index: int, width: int = WIDTH) -> bytes:
        """At least ``width`` hashes. Raises OSError, ValueError when longer than a tile may be."""
        with contextlib.suppress(FileNotFoundError):
            return self._staging.tile(level, index, width)
        return self._read(tile_path(level, index, width), tile_path(level, index), TILE_BYTES)

    def bundle(self, index: int, width: int = WIDTH) -> bytes:
        """At least ``width`` entries. Raises OSError, ValueError when longer than a bundle may be."""
        with contextlib.suppress(FileNotFoundError):
            return self._staging.bundle(index, width)
        return self._read(bundle_path(index, width), bundle_path(index), MAX_BUNDLE_BYTES)

    def vkey(self) -> str:
        """The verifier key kept beside the log; convenient, and no evidence."""
        return self._bucket.get(self._name + VKEY, MAX_VKEY_BYTES)[0].decode("ascii", "replace").strip()

    def minimum(self) -> int:
        """The first entry that is still kept. Raises ValueError when the object that says it is damaged, OSError."""
        try:
            return decimal(self._bucket.get(self._name + PRUNED, MAX_BYTES)[0].decode("ascii", "replace").removesuffix("\n"))
        except FileNotFoundError:
            return 0

    def entries(self, since: int, until: int, size: int) -> Iterator[tuple[int, bytes]]:
        """Index and bytes of the entries [since, until) of a tree of ``size``. Raises OSError, ValueError."""
        return read_entries(self.bundle, since, until, size)

    # writing

    def write_tile(self, level: int, index: int, hashes: bytes, width: int = WIDTH) -> None:
        self._staging.write_tile(level, index, hashes, width)
        self._staged[tile_path(level, index, width)] = None

    def write_bundle(self, index: int, entries: bytes, width: int = WIDTH) -> None:
        self._staging.write_bundle(index, entries, width)
        self._staged[bundle_path(index, width)] = None

    def sync(self) -> None:
        """Make everything staged durable on the local disk."""
        self._staging.sync()

    def begin(self, size: int) -> None:
        """Go on from a tree of ``size``: what is staged beyond it is void, what is staged of it still has to go out."""
        staged = [path for path, _ in self._staging.held()]
        for path, end in self._staging.held():
            if end > size:
                self._staging.drop(path)
                staged.remove(path)
        self._staged = dict.fromkeys(staged)

    def settle(self) -> None:
        """Bring everything staged to the bucket. Raises OSError, Refused when other bytes are there."""
        paths, self._staged = list(self._staged), {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for path, data in zip(paths, pool.map(self._put, paths), strict=True):
                self._recent[path] = data
                if len(self._recent) > KEPT_TILES:
                    self._recent.popitem(last=False)
        for path in paths:
            self._staging.drop(path)

    def write_vkey(self, vkey: str, cosigners: Sequence[str] = ()) -> None:
        """The log's public key, and one line for each key of its own that cosigns. Raises Refused when others are there."""
        self._once(VKEY, f"{vkey}\n".encode(), MAX_VKEY_BYTES)
        if cosigners:
            self._once(COSIGN_VKEY, "".join(f"{each}\n" for each in cosigners).encode(), MAX_VKEY_BYTES)

    def write_checkpoint(self, note: bytes) -> None:
        """Publish a signed checkpoint over the one known. Raises OSError, Refused when another keeper published meanwhile."""
        name = self._name + CHECKPOINT
        if self._version:
            version = self._bucket.replace(name, note, self._version)
        else:
            version = self._bucket.create(name, note)
        if version is None:
            found, version = self._bucket.get(name, MAX_NOTE_BYTES)
            if found != note:  # and not an answer of ours that was lost
                what = "another keeper published a checkpoint of this log meanwhile"
                raise Refused(Fault("log_two_keepers", what, name, "run one keeper for each log"))
        self._version = version

    def drop_partials(self, level: int | None, index: int) -> None:
        """Forget the partial forms of a tile (``level`` None: of a bundle), once the full one is in the bucket."""
        full = bundle_path(index) if level is None else tile_path(level, index)
        with contextlib.suppress(OSError):  # needless objects harm nobody
            self._bucket.drop(f"{self._name}{full}.p")
        self._staging.drop_partials(level, index)

    def _read(self, partial: str, full: str, limit: int) -> bytes:
        if (recent := self._recent.get(partial)) is not None:
            return recent
        try:
            return self._bucket.get(self._name + partial, limit)[0]
        except FileNotFoundError:
            return self._bucket.get(self._name + full, limit)[0]

    def _put(self, path: str) -> bytes:
        data = self._staging.read(path, MAX_BUNDLE_BYTES)
        self._once(path, data, MAX_BUNDLE_BYTES)
        return data

    def _once(self, path: str, data: bytes, limit: int) -> None:
        """Write an object that nobody ever changes. Raises Refused when it is there with other bytes."""
        if self._bucket.create(self._name + path, data) is None and self._bucket.get(self._name + path, limit)[0] != data:
            what = "this object is there with other bytes than this log has: another keeper wrote it, or somebody touched it"
            raise Refused(Fault("log_object_differs", what, self._name + path, "run one keeper for each log; see audit verify"))
