"""How many calls did a measure bear on, by the signed log? Reads the decisions since it was taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from safeconduct.assembly.home import Home
from safeconduct.assembly.walking import signed_shards, walk
from safeconduct.audit.entries import CallDecided, decode
from safeconduct.terms.moments import Moment


class Counted(msgspec.Struct):
    """``decided`` calls were stopped or slowed by it, ``rehearsed`` would have been. ``fault``: why this is not the whole log."""

    decided: int = 0
    rehearsed: int = 0
    fault: str = ""


def count_calls(home: Home, environ: Mapping[str, str], measure: str, since: Moment, tell: Callable[[int], None]) -> Counted:
    """Count over every shard. Raises Refused or OSError when the log cannot be read."""
    needle, found, seen = f'"{measure}"'.encode(), Counted(), 0

    def take(_: int, data: bytes) -> None:
        nonlocal seen
        seen += 1
        tell(seen)
        if needle not in data:
            return
        entry = decode(data)
        if isinstance(entry, CallDecided) and entry.at >= since:
            found.decided += measure in entry.measures
            found.rehearsed += measure in entry.rehearsed

    for each in signed_shards(home, environ):
        fault = walk(each, take, lambda _done, _of: None, trust=True)
        found.fault = found.fault or fault
    return found
