"""How does somebody leave the file of the watch, whether the watch runs or not? As it would forget them itself.

A watch that runs forgets on its own when it hears of an erasure, and what it then saves is what counts; this is for one that is
down, and does no harm beside one that runs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Any, Final

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.storage.watch.state import ASIDE, Damaged, WatchStore
from safeconduct.watch.upward import NAMING

STATE: Final = "state.db"
WHOLE: Final = "whole"


def forget_watched(home: Home, gone: Collection[str]) -> None:
    """Let nothing be left of these subjects (``KIND/ID``) in the state of the watch.

    Raises Refused when its file cannot be read (damaged, or of another version), OSError when it cannot be written now.
    """
    path = home.watch / STATE
    path.with_name(path.name + ASIDE).unlink(missing_ok=True)  # nobody can tell whom a damaged file names: it goes whole
    if not path.exists():
        return
    state = WatchStore(path)
    try:
        for who in gone:
            state.remove(who)
        state.save((), {WHOLE: _without(frozenset(gone), state.piece(WHOLE))})
        state.settle()
    except (sqlite3.Error, Damaged) as wrong:
        raise OSError(f"the state of the watch cannot be written: {wrong}") from wrong
    finally:
        state.close()


def _without(gone: frozenset[str], piece: bytes) -> bytes:
    """The pieces that belong to nobody alone (``watch.snapshot``), without these names; empty where they cannot be read."""
    try:
        whole: dict[str, Any] = msgspec.msgpack.decode(piece, type=dict[str, Any])
    except msgspec.DecodeError:
        return b""
    groups = [each.get(table, {}) for each in whole.get("groups", {}).values() for table in NAMING]
    earlier = whole.get("flowing", {}).values()  # as versions before groups had it
    for names in (whole.get("candidates", {}), *groups, *earlier):
        for who in gone & names.keys():
            del names[who]
    return msgspec.msgpack.encode(whole)
