"""How is a log read as it was under one of its checkpoints, while it grows? Bytes of exactly that tree, whatever lies there.

A growing log gives up its partial tiles: a wider one, or the full one, takes their place. What a bundle or a proof holds belongs
to one checkpoint, so wider files are cut to the width that this checkpoint asks for. The bytes are the reader's to find.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from safeconduct.audit.checkpoint import Checkpoint
from safeconduct.audit.note import NoteInvalid
from safeconduct.audit.tiles import WIDTH, node_reader, pack_bundle, split_bundle, split_tile, width_at
from safeconduct.audit.tree import NodeReader
from safeconduct.audit.verify import LogReader

TRIES = 5  # the log may grow between looking how wide a tile is and reading it
KEPT_TILES = 64
KEPT_NODES = 8192  # proofs of neighbors share nearly all of their nodes


class At:
    """The log under ``note``, a checkpoint of ``size`` entries. A LogReader."""

    def __init__(self, reader: LogReader, note: bytes, size: int) -> None:
        self._reader = reader
        self._note = note
        self.size = size

    def checkpoint(self) -> bytes:
        """The chosen note."""
        return self._note

    def tile(self, level: int, index: int, width: int = WIDTH) -> bytes:
        """Exactly ``width`` hashes. Raises OSError, ValueError."""
        data = self._wide(lambda wide: self._reader.tile(level, index, wide), level, index, width)
        return b"".join(split_tile(data, width))

    def bundle(self, index: int, width: int = WIDTH) -> bytes:
        """Exactly ``width`` entries. Raises OSError, ValueError."""
        data = self._wide(lambda wide: self._reader.bundle(index, wide), 0, index, width)
        return data if width == WIDTH else pack_bundle(split_bundle(data, width))

    def nodes(self) -> NodeReader:
        """The tree's nodes, those asked for lately remembered."""
        tile = lru_cache(KEPT_TILES)(self.tile)
        return lru_cache(KEPT_NODES)(node_reader(self.size, tile))

    def _wide(self, read: Callable[[int], bytes], level: int, index: int, width: int) -> bytes:
        try:
            return read(width)
        except FileNotFoundError:
            if width == WIDTH:
                raise
        wide = width
        for _ in range(TRIES):
            wide = max(wide, width_at(level, index, self._grown()))
            try:
                return read(wide)
            except FileNotFoundError:
                continue
        return read(wide)

    def _grown(self) -> int:
        """How large the log says it is by now: only where to look, nothing that is believed."""
        try:
            return Checkpoint.parse(self._reader.checkpoint().decode("utf-8", "replace")).size
        except (OSError, NoteInvalid):
            return self.size
