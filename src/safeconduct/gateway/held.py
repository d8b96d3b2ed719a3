"""What waits for a human? Each worker's notes about what it held, in a small file for those who can release it.

One JSON line a thing; nothing of what was held stands in it. Beyond ``MOST_BYTES`` the older half is put into a second file, and
what was there is forgotten: whoever is held sends it again, and it is told again.
"""

from __future__ import annotations

import contextlib
import os
from collections import OrderedDict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import msgspec

from safeconduct.terms.held import Held
from safeconduct.terms.moments import SECOND, Moment

MOST_BYTES: Final = 512 * 1024
MOST_KNOWN: Final = 4_096  # ids told lately, so that a client that tries again and again writes one line
AGAIN: Final[Moment] = 600 * SECOND  # after so long the same thing is told again
_encode = msgspec.json.Encoder().encode
_decoder: Final = msgspec.json.Decoder(Held)


class HeldFile:
    """Writes one worker's notes. Without a path, nobody is told."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._told: OrderedDict[str, Moment] = OrderedDict()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)

    def tell(self, held: Held) -> None:
        """Note a held thing. A disk that does not take it loses the note: the caller has the id, and can pass it on."""
        if self._path is None or held.at - self._told.get(held.id, -AGAIN) < AGAIN:
            return
        self._told[held.id] = held.at
        self._told.move_to_end(held.id)
        if len(self._told) > MOST_KNOWN:
            self._told.popitem(last=False)
        with contextlib.suppress(OSError):
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(fd, _encode(held) + b"\n")
                full = os.fstat(fd).st_size > MOST_BYTES
            finally:
                os.close(fd)
            if full:
                self._path.replace(self._path.with_suffix(".old"))


def read_held(directory: Path) -> list[Held]:
    """What the workers of this folder noted, the latest of each thing, oldest first. Lines that cannot be read are left out."""
    latest: dict[str, Held] = {}
    for path in sorted((*directory.glob("held-*.jsonl"), *directory.glob("held-*.old"))):
        for held in _notes(path):
            before = latest.get(held.id)
            if before is None or before.at < held.at:
                latest[held.id] = held
    return sorted(latest.values(), key=lambda each: (each.at, each.id))


def forget_held(directory: Path, callers: Collection[str]) -> None:
    """Take every note about these callers (leaf pseudonyms) out. Raises OSError. A note that is made meanwhile may be lost.

    INVARIANT (P8): a line that cannot be read goes, too: nobody knows whom it is about.
    """
    for path in sorted((*directory.glob("held-*.jsonl"), *directory.glob("held-*.old"))):
        notes = list(_notes(path))
        left = [each for each in notes if each.caller not in callers]
        if len(left) < path.read_bytes().count(b"\n"):
            fresh = path.with_suffix(".new")
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(b"".join(_encode(each) + b"\n" for each in left))
            fresh.replace(path)


def _notes(path: Path) -> Iterator[Held]:
    with contextlib.suppress(OSError):
        for line in path.read_bytes()[: 4 * MOST_BYTES].splitlines():
            with contextlib.suppress(msgspec.DecodeError):
                yield _decoder.decode(line)
