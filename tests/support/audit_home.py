"""A log on disk for one test: journals, keeper and verifier over a temporary folder."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import msgspec

from safeconduct.assembly.log import STATE_FILE, keeper_lock
from safeconduct.audit.checkpoint import open_checkpoint
from safeconduct.audit.entries import Outcome, decode
from safeconduct.audit.note import Signer
from safeconduct.audit.verify import Report, verify_log
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.heads import HeadFile, head_name
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.files.locks import Held
from safeconduct.storage.files.logstore import LogStore, StateStore
from safeconduct.storage.files.tail import JournalFolder
from safeconduct.workers.keeper import KEEPER_PREFIX, Keeper
from safeconduct.workers.ports import Heads, Store
from support.audit_samples import Clock, decided, ended, started

SIGNER = Signer("test.example/log", bytes(range(32)))


class LogHome:
    def __init__(self, path: Path, life: str = "first") -> None:
        self.path = path
        self.clock = Clock()
        self._life = life
        self.log, self.journal, self.run = path / "log", path / "journal", path / "run"
        self._numbers = count(1)
        self.heads = path / "apart" / "heads" / head_name(SIGNER.verifier)
        self._keepers: list[tuple[Keeper, Journal, Held]] = []

    def store_of(self, disk: Disk) -> Store:
        """Where a keeper finds the tree."""
        return LogStore(self.log, disk)

    def heads_of(self, disk: Disk) -> Heads:
        """Where a keeper finds the head."""
        return HeadFile(self.heads, disk)

    def writer(self, boot: str = "", disk: Disk | None = None, segment_bytes: int = 4096) -> Journal:
        return self.journal_of(boot or f"w{next(self._numbers)}", "gateway", disk, segment_bytes)

    def journal_of(self, boot: str, role: str, disk: Disk | None = None, segment_bytes: int = 4096) -> Journal:
        start = started(role)
        start.at = self.clock.now
        return Journal.open(
            self.journal, "node-1", boot, clock=self.clock, start_entry=start, disk=disk, segment_bytes=segment_bytes
        )

    def keeper(self, disk: Disk | None = None) -> Keeper:
        disk = disk or Disk()
        for folder in (self.log, self.journal, self.run):
            folder.mkdir(exist_ok=True, parents=True)
        self._let_go()
        lock = keeper_lock(self.journal)
        try:
            own = self.journal_of(f"{KEEPER_PREFIX}{self._life}-{next(self._numbers):04d}", "keeper", disk)
            state = StateStore(self.journal / STATE_FILE, disk)
            keeper = Keeper(JournalFolder(self.journal, disk), self.store_of(disk), state, self.heads_of(disk), SIGNER, own)
        except BaseException:
            lock.release()
            raise
        self._keepers.append((keeper, own, lock))
        return keeper

    def keep(self) -> int:
        """Run a keeper over all that is there, end it in order, and return how many entries are signed."""
        keeper = self.keeper()
        keeper.finish(self.clock.now)
        self._let_go()
        return keeper.signed_size

    def _let_go(self) -> None:
        """The locks of keepers that ended in order, as the ends of their processes would."""
        for _, own, lock in self._keepers:
            if own._closed:
                lock.release()

    def crash_keepers(self) -> None:
        """What a kill leaves of every keeper: files as they are, locks let go."""
        for _, own, lock in self._keepers:
            own._release()
            lock.release()
        self._keepers.clear()

    def verify(self) -> Report:
        return verify_log(LogStore(self.log), SIGNER.verifier)

    def entries(self) -> list[dict]:
        """Every signed entry with all its fields, in the order of the log."""
        store = LogStore(self.log)
        size = open_checkpoint(store.checkpoint(), SIGNER.verifier).size
        return [msgspec.structs.asdict(decode(data)) for _, data in store.entries(0, size, size)]


def call(writer: Journal, name: str, outcome: Outcome | None = Outcome.SERVED) -> int:
    """Record one whole call, or with ``outcome`` None one that stays open. Returns the seq of its decision."""
    decision = decided(name)
    decision.at = writer._clock()
    seq = writer.append_sync(decision)
    if outcome is not None:
        end = ended(name, outcome)
        end.at = writer._clock()
        end.closes_boot, end.closes_seq = writer.boot, seq
        writer.append_sync(end)
    return seq


def crash(writer: Journal) -> None:
    """What a kill leaves: the files as they are, the lock let go."""
    writer._release()
