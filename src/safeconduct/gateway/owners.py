"""Whose is this provider-side id? Ids of responses and containers that were born in calls through this gateway.

An id belongs to the caller who got it (attack table 3). Each worker appends what it learns to its own file under ``owners/``
and reads the others' files when it meets an id it does not know; so a follow-up call may land on any worker at once.
Ids that came another way (uploaded files) are recorded in the registry by an officer instead.
"""

from __future__ import annotations

import contextlib
import os
from collections import OrderedDict
from pathlib import Path

MAX_KNOWN = 200_000  # about 40 MB; the oldest ids are forgotten first and then refused, never granted
MAX_ID = 256
_READ = 1 << 20


class Owners:
    """Answers ``owner(id)``; bounded in memory."""

    def __init__(self, directory: Path, slot: str) -> None:
        self._directory = directory
        self._known: OrderedDict[str, str] = OrderedDict()
        self._offsets: dict[str, int] = {}
        self._mine = f"owners-{slot}.tsv"
        directory.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(directory / self._mine, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def own(self, resource: str, owner: str) -> None:
        """Remember an id for its owner; the first owner stays."""
        if not acceptable(resource) or resource in self._known:
            return
        self._remember(resource, owner)
        with contextlib.suppress(OSError):  # a full disk: the other workers refuse the id, which grants nothing
            os.write(self._fd, f"{resource}\t{owner}\n".encode())

    def owner(self, resource: str) -> str | None:
        """The owner's id, None for an id nobody here was given."""
        known = self._known.get(resource)
        if known is None:
            self._catch_up()
            known = self._known.get(resource)
        return known

    def _remember(self, resource: str, owner: str) -> None:
        self._known.setdefault(resource, owner)
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)

    def _catch_up(self) -> None:
        for path in self._directory.glob("owners-*.tsv"):
            at = self._offsets.get(path.name, 0)
            with path.open("rb") as file:
                file.seek(at)
                while chunk := file.read(_READ):
                    whole, _, rest = chunk.rpartition(b"\n")
                    if not whole:
                        break
                    for line in whole.decode("utf-8", "replace").split("\n"):
                        resource, _, owner = line.partition("\t")
                        if owner:
                            self._remember(resource, owner)
                    at += len(chunk) - len(rest)
                    file.seek(at)
            self._offsets[path.name] = at

    def close(self) -> None:
        os.close(self._fd)


def forget(directory: Path, owners: frozenset[str]) -> int:
    """Take out of the files what these owners were given; returns how many ids. Raises OSError.

    Lines keep their length: workers read on from where they were, and go on appending meanwhile.
    """
    count = 0
    for path in sorted(directory.glob("owners-*.tsv")):
        with path.open("rb", buffering=_READ) as lines, path.open("r+b", buffering=0) as file:
            at = 0
            for line in lines:
                resource, _, owner = line.rstrip(b"\n").partition(b"\t")
                if line.endswith(b"\n") and owner.decode("utf-8", "replace") in owners:
                    os.pwrite(file.fileno(), b"-" * len(resource) + b"\t" + b"-" * len(owner), at)
                    count += 1
                at += len(line)
            os.fsync(file.fileno())
    return count


def acceptable(resource: str) -> bool:
    """Whether an id has a shape we remember: printable ASCII without spaces, bounded."""
    return 0 < len(resource) <= MAX_ID and resource.isascii() and resource.isprintable() and " " not in resource
