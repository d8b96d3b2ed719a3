"""Which texts were looked at before, and what was heard of them? Remembered in bounds, for one worker.

Agents send their whole history with every call; what was heard of a message once, by the same version of the same detectors,
need not be asked again. Only hashes are held, under a key of the caller's own: whether somebody else ever sent a text cannot be
told from how long an answer takes.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from blake3 import blake3

from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.scans import CLEAN as CLEAN
from safeconduct.terms.scans import Heard as Heard

MOST: Final = 32_768  # texts of one worker; some 300 bytes each
_BYTES: Final = 16


def key(subject: bytes, version: str, block: Block) -> bytes:
    """The name of one text of one caller for detectors of this version; ``subject`` is 32 bytes."""
    return Naming(subject, version).name(block)


class Naming:
    """Names many texts of one caller: what all of them share is hashed once."""

    __slots__ = ("_begun", "_subject", "_version")

    def __init__(self, subject: bytes, version: str) -> None:
        self._subject = subject
        self._version = version
        self._begun: dict[Origin, blake3] = {}

    def name(self, block: Block) -> bytes:
        """As ``key``."""
        begun = self._begun.get(block.origin)
        if begun is None:
            begun = blake3(f"{self._version}\0{block.origin}\0".encode("utf-8", "surrogatepass"), key=self._subject)
            self._begun[block.origin] = begun
        hasher = begun.copy()
        hasher.update(block.text.encode("utf-8", "surrogatepass"))
        return hasher.digest(_BYTES)


class Seen:
    """What was heard of the texts asked about last; at most ``most``."""

    __slots__ = ("_known", "_most")

    def __init__(self, most: int = MOST) -> None:
        self._known: OrderedDict[bytes, Heard] = OrderedDict()
        self._most = most

    def __len__(self) -> int:
        return len(self._known)

    def get(self, name: bytes) -> Heard | None:
        """What was heard of this text; None when it was not, or is forgotten."""
        heard = self._known.get(name)
        if heard is not None:
            self._known.move_to_end(name)
        return heard

    def put(self, name: bytes, heard: Heard) -> None:
        """Remember, and forget what was asked about longest ago."""
        self._known[name] = heard
        self._known.move_to_end(name)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
