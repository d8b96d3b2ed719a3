"""Do the shards of a log end where the log over them says? The root log's entries against the shards' own checkpoints.

Each tree is verified by itself (``audit.verify``); this holds them together, so that a shard cannot be left out or swapped whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from safeconduct.audit.chain import FORKED, MISSING, Finding
from safeconduct.audit.checkpoint import Checkpoint
from safeconduct.audit.entries import Entry, ShardClosed, ShardOpened
from safeconduct.audit.note import Verifier


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard as it lies there: its key and its checkpoint."""

    verifier: Verifier
    head: Checkpoint


def check_shards(root: Iterable[tuple[int, Entry]], shards: Mapping[str, Shard]) -> list[Finding]:
    """What does not hold between the root log's entries (with their indexes) and the shards, by origin."""
    findings: list[Finding] = []
    told: dict[str, int] = {}
    closed: set[str] = set()
    for index, entry in root:
        if isinstance(entry, ShardOpened):
            told.setdefault(entry.origin, index)
            shard = shards.get(entry.origin)
            if shard is not None and str(shard.verifier) != entry.vkey:
                findings.append(Finding("origin", index, f"shard {entry.origin} lies there with another key than it began with"))
        elif isinstance(entry, ShardClosed):
            closed.add(entry.origin)
            findings += _closed(index, entry, shards.get(entry.origin))
    findings += [
        Finding("checkpoint", index, f"shard {origin}, which was begun, is not here", MISSING)
        for origin, index in told.items()
        if origin not in shards and origin not in closed  # of one that was closed it is said already
    ]
    unknown = sorted(shards.keys() - told.keys()) if told else []
    return findings + [Finding("fork", -1, f"shard {origin} is not told of in the root log") for origin in unknown]


def _closed(index: int, entry: ShardClosed, shard: Shard | None) -> list[Finding]:
    if shard is None:
        return [Finding("checkpoint", index, f"shard {entry.origin} is not here", MISSING)]
    if (shard.head.size, shard.head.root.hex()) == (entry.size, entry.root):
        return []
    what = f"shard {entry.origin} was closed with {entry.size} entries and another root; here it has {shard.head.size}"
    return [Finding("fork", index, what, FORKED)]
