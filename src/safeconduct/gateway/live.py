"""Who is being served at this moment? Each worker's own answer, in a small file for those who preview a stop.

Names of callers stand in it, so only the owner may read it. What a reader finds may be a second old; a worker that died leaves
its last answer behind, whose ``at`` tells.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from safeconduct.terms.moments import Moment


class Live(msgspec.Struct):
    """``calls`` are (who, organization, model, how many), with who like ``person/ada`` or ``agent/bot``."""

    at: Moment
    calls: list[tuple[str, str, str, int]]


class LiveFile:
    """Writes one worker's answer. ``write`` is asked about once a second; what did not change is only dated anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._said: list[tuple[str, str, str, int]] | None = None
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, seats: Iterable[tuple[str, str, str]], now: Moment) -> None:
        """Say who is served. Raises OSError when the disk does not take it; then the file is as it was."""
        calls = [(*seat, count) for seat, count in sorted(Counter(seats).items())]
        if calls == self._said and not calls:
            return
        fresh = self._path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)  # also where somebody left a file of that name
            file.write(msgspec.msgpack.encode(Live(now, calls)))  # all of it, or an error; a part would be half an answer
        fresh.replace(self._path)
        self._said = calls


def read_live(directory: Path, since: Moment) -> Counter[tuple[str, str, str]]:
    """Everyone served by any worker of this folder, as far as it was said at ``since`` or later."""
    found: Counter[tuple[str, str, str]] = Counter()
    for path in sorted(directory.glob("live-*.msgpack")):
        try:
            live = msgspec.msgpack.decode(path.read_bytes(), type=Live)
        except (OSError, msgspec.DecodeError):
            continue
        if live.at >= since:
            for who, organization, model, count in live.calls:
                found[who, organization, model] += count
    return found
