"""What does a monitor remember of a log, what does it say is wrong, and what does it need to read?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from safeconduct.audit.chain import Ledger, Writer
from safeconduct.audit.tree import EMPTY_ROOT
from safeconduct.terms.moments import Moment

UNCLOSED = "unclosed"
UNREADABLE = "unreadable"


class Alarm(msgspec.Struct, frozen=True):
    """What is wrong: a stable ``code``, its kind (altered, missing, forked, late, unsigned, unclosed, unreadable), and where."""

    log: str
    kind: str
    code: str
    index: int
    what: str
    at: Moment


class Reader(Protocol):
    """The log as it can be fetched. Each raises OSError when there is none, ValueError when it is longer than it may be."""

    def checkpoint(self) -> bytes: ...
    def witnessed(self) -> bytes | None: ...
    def minimum(self) -> int: ...
    def tile(self, level: int, index: int, width: int) -> bytes: ...
    def bundle(self, index: int, width: int) -> bytes: ...


class SavedWriter(msgspec.Struct):
    """A ``Writer`` as it is kept. Native code does not tell what its fields hold, so they stand here again; a test compares."""

    boot: str
    node: str
    role: str = ""
    seq: int = 0
    last: str = ""
    at: int = 0
    since: int = 1
    stopped: bool = False
    index: int = -1
    run: int = -1
    late_after: int = -1
    open: dict[int, tuple[int, bool]] = {}


class SavedLedger(msgspec.Struct):
    """A ``Ledger`` as it is kept, without ``early``, whose names are pairs."""

    minimum: int = 0
    covers: list[tuple[int, int]] = []
    writers: dict[str, SavedWriter] = {}
    decided: int = 0
    ended: int = 0
    acts: int = 0
    others: int = 0
    stops: int = 0
    outcomes: dict[str, int] = {}
    newest: int = 0
    newest_index: int = -1
    waiting: list[tuple[int, int, str, int, int]] = []
    waited: int = 0
    current: str = ""
    rerun: int = -1
    pruned: dict[str, int] = {}


def open_ledger(kept: dict[str, Any]) -> Ledger:
    """The ledger that was kept. Raises ValueError when it is none."""
    found = msgspec.convert(kept, SavedLedger, strict=False)
    writers = {boot: Writer(**msgspec.structs.asdict(each)) for boot, each in found.writers.items()}
    return Ledger(**{**msgspec.structs.asdict(found), "writers": writers})


class Saved(msgspec.Struct):
    """What a monitor has seen of one log: enough to go on from, in another process."""

    origin: str
    size: int = 0
    root: str = EMPTY_ROOT.hex()
    edge: list[str] = []
    looked_at: Moment = 0
    witnessed_size: int = -1
    unwitnessed_since: Moment = 0  # 0: a quorum signed the newest checkpoint, or goes on signing
    unwitnessed_told: bool = False
    ledger: dict[str, Any] = {}
    early: list[tuple[str, int, int]] = []
    late: tuple[int, int, Moment] | None = None  # not covered in time: first index, how many, and the newest's moment
    calls: dict[int, Moment] = {}  # by the index of the decision: when an open call was decided
    told: list[int] = []  # calls that were told to be open for too long
    trouble: str = ""
    opened: dict[str, str] = {}  # shards that this log names: origin to vkey
    closed: dict[str, tuple[int, str]] = {}  # origin to size and root of those it closed


@dataclass
class Broken(Exception):
    """The look cannot go on."""

    kind: str
    code: str
    index: int
    what: str
