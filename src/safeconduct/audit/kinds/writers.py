"""What do entries about writers say?"""

from __future__ import annotations

from typing import Literal

import msgspec

from safeconduct.audit.kinds.kind import always


class WriterStarted(msgspec.Struct, kw_only=True, omit_defaults=True):
    """First entry of every writer: who writes, with which versions, plugins (``name==version``) and settings (sha256 hex)."""

    at: int
    boot: str = ""
    node: str = ""
    plugins: tuple[str, ...] = ()
    prev: str = ""
    role: Literal["gateway", "keeper", "desk", "reconciler", "watcher", "api"]
    seq: int = 0
    settings_hash: str = ""
    type: Literal["writer.started"] = always("writer.started")
    v: int = always(1)
    versions: tuple[str, ...] = ()
    workers: int = 0


class WriterStopped(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Last entry of a writer that stopped in order. ``open_calls`` is 0 after a complete drain."""

    at: int
    boot: str = ""
    node: str = ""
    open_calls: int = 0
    prev: str = ""
    reason: str = ""
    seq: int = 0
    type: Literal["writer.stopped"] = always("writer.stopped")
    v: int = always(1)
