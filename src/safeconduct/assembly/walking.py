"""How are the signed entries of a home read, all of them, once, so that nothing unsigned is believed?

Each shard is read as it is under the checkpoint found first, while the keeper goes on. The entries have to lead to the signed
root; what was taken in before that is known counts only if they do. Memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from safeconduct.assembly.home import Home, Shard
from safeconduct.assembly.places import places_of
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.note import Verifier
from safeconduct.audit.reading import At
from safeconduct.audit.tiles import WIDTH, split_bundle
from safeconduct.audit.tree import EMPTY_ROOT, Tree, fold, leaf_hashes
from safeconduct.storage.files.logstore import read_entries

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Signed:
    """One shard under one of its checkpoints. ``fault``: why it cannot be read at all; ``minimum``: the first entry left."""

    shard: Shard
    at: At | None
    checkpoint: Checkpoint | None
    minimum: int = 0
    fault: str = ""

    @property
    def size(self) -> int:
        """How many entries are signed."""
        return self.checkpoint.size if self.checkpoint is not None else 0

    def entries(self, since: int, until: int) -> Iterator[tuple[int, bytes]]:
        """Index and bytes of entries [since, until) of this tree, not held against its root. Raises OSError, ValueError."""
        if self.at is None:
            raise ValueError(self.fault)
        return read_entries(self.at.bundle, since, until, self.size)


def signed_shards(home: Home, environ: Mapping[str, str]) -> Iterator[Signed]:
    """Each shard that was ever signed, as it is signed now. Raises Refused or OSError."""
    places = places_of(home, home.settings(environ).log, environ)
    for shard in home.shards():
        store = places.log(shard)
        try:
            note = store.checkpoint()
            checkpoint = open_checkpoint(note, Verifier.parse(store.vkey()))
            minimum = store.minimum()
        except FileNotFoundError:
            continue
        except ValueError as wrong:
            yield Signed(shard, None, None, fault=f"its checkpoint does not hold: {wrong}")
            continue
        fault = "" if checkpoint.origin == shard.origin else f"its checkpoint is of {checkpoint.origin}, not of {shard.origin}"
        yield Signed(shard, At(store, note, checkpoint.size), checkpoint, minimum, fault)


def walk(signed: Signed, take: Callable[[int, bytes], None], tell: Tell, *, trust: bool = False) -> str:
    """Give every entry that is left to ``take``. Returns why the shard does not hold, empty when it does.

    With ``trust`` nothing is hashed. What ``take`` was given counts only if the answer is empty.
    """
    if signed.fault or signed.at is None or signed.checkpoint is None:
        return signed.fault
    size, tree, rest = signed.size, Tree(), EMPTY_ROOT
    nodes = signed.at.nodes()
    try:
        for number in range(-(-size // WIDTH)):
            first = number * WIDTH
            width = min(WIDTH, size - first)
            if first + width <= signed.minimum:
                if not trust:
                    tree.append(nodes(8, number))
                continue
            entries = split_bundle(signed.at.bundle(number, width), width)
            if not trust:
                rest = fold(leaf_hashes(entries))
                if width == WIDTH:
                    tree.append(rest)
            for index, data in enumerate(entries, first):
                take(index, data)
            tell(first + width, size)
    except (OSError, ValueError) as wrong:
        return f"its entries cannot be read: {wrong}"
    if trust:
        return ""
    root = tree.root_before(rest) if size % WIDTH else tree.root()
    return "" if root == signed.checkpoint.root else "its entries do not lead to the signed root"
