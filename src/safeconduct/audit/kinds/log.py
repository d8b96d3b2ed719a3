"""What do entries about the log itself say: exports, pruning, comparisons with what it describes, shards?"""

from __future__ import annotations

from typing import Literal

import msgspec

from safeconduct.audit.kinds.kind import always


class LogExported(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A bundle was made of this log: entries ``[since, until)``, or the ``count`` of them that answer a question.

    ``question`` is a stable word with an id behind it (``case=``, ``instrument=``, ``organization=``); empty for a range.
    ``disclosed`` counts the fields that were opened by salt and value. ``sha256`` is that of the bundle's manifest.
    """

    actor: str = ""
    at: int
    boot: str = ""
    count: int = 0
    disclosed: int = 0
    node: str = ""
    prev: str = ""
    question: str = ""
    seq: int = 0
    sha256: str = ""
    since: int = 0
    type: Literal["log.exported"] = always("log.exported")
    until: int = 0
    v: int = always(1)


class LogPruned(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Entries below ``minimum_index`` are not kept any more (C2SP tlog-tiles, Pruning); the tree stays as it is.

    ``origin`` names the tree where it is another one than that of this entry: a shard that was closed takes no entries.
    """

    actor: str = ""
    at: int
    boot: str = ""
    minimum_index: int
    node: str = ""
    origin: str = ""
    prev: str = ""
    second: str = ""
    seq: int = 0
    type: Literal["log.pruned"] = always("log.pruned")
    v: int = always(1)


class LogReconciled(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Registry, vault and log were compared, up to ``size`` entries and ``registry_version``. ``codes`` name what differs."""

    at: int
    boot: str = ""
    codes: tuple[str, ...] = ()
    findings: int = 0
    node: str = ""
    prev: str = ""
    registry_version: int = 0
    seq: int = 0
    size: int = 0
    type: Literal["log.reconciled"] = always("log.reconciled")
    v: int = always(1)


class ShardOpened(msgspec.Struct, kw_only=True, omit_defaults=True):
    """In the root log: a shard was begun. ``origin`` names it, ``vkey`` is its Ed25519 key."""

    at: int
    boot: str = ""
    node: str = ""
    origin: str
    prev: str = ""
    seq: int = 0
    type: Literal["shard.opened"] = always("shard.opened")
    v: int = always(1)
    vkey: str


class ShardClosed(msgspec.Struct, kw_only=True, omit_defaults=True):
    """In the root log: a shard takes no more entries. ``size`` and ``root`` (hex) are its last."""

    at: int
    boot: str = ""
    node: str = ""
    origin: str
    prev: str = ""
    root: str
    seq: int = 0
    size: int
    type: Literal["shard.closed"] = always("shard.closed")
    v: int = always(1)
