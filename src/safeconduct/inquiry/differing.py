"""Which shapes have the things that are compared, log against registry, and what is found? The comparison is ``reconciling``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from safeconduct.terms.moments import Moment

RESTORE: Final = "compare with a backup of the registry, find out who had access to its file, and restore it"


class Difference(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing that differs. ``seq`` to ``until`` are places in the registry, ``index`` that of the entry in its shard.

    ``code`` is stable, ``act`` the act's name, ``place`` one in the vault. 0, -1 and empty where there is none to name.
    """

    code: str
    what: str
    mend: str
    seq: int = 0
    until: int = 0
    act: str = ""
    shard: str = ""
    index: int = -1
    place: str = ""


@dataclass(frozen=True, slots=True)
class Performed:
    """An act as the log has it. ``index`` is -1 while the entry waits to be signed; ``hashes`` may be empty. ``actor`` is a
    pseudonym, ``subject`` a commitment.
    """

    shard: str
    index: int
    at: Moment
    act: str
    digest: str
    hashes: tuple[str, ...]
    first: int
    count: int
    actor: str = ""
    subject: str = ""

    @property
    def last(self) -> int:
        """The place of its last change."""
        return self.first + self.count - 1


@dataclass(frozen=True, slots=True)
class ActRow:
    """An act as the registry has it; ``salt_hash`` is empty for acts of versions that did not prove their salt."""

    first: int
    last: int
    name: str
    salt: bytes
    digest: str
    salt_hash: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A change as it lies in the registry: ``body`` unread, ``salt``, ``hash`` and ``left_salt`` empty where there is none."""

    seq: int
    at: Moment
    actor: str
    kind: str
    subject: str
    body: bytes
    salt: bytes
    hash: str
    left_salt: bytes = b""
