"""Run as a script: a log over New Year, struck at every single system call of keepers, writers, heads, gate and root log.

After each strike two lives follow, and whatever was acknowledged must be in exactly one tree that verifies; the root log must say
of every shard once that it was opened, and once where it ended. Arguments: an empty folder, a strike's name,
a share like 1/4 of the points.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path

from safeconduct.assembly.home import Home, Shard, create
from safeconduct.assembly.log import Start, open_log, shard_cosigner, shard_signer
from safeconduct.assembly.places import FilePlaces
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.entries import ShardClosed, ShardOpened, decode
from safeconduct.audit.note import Verifier
from safeconduct.audit.verify import verify_log
from safeconduct.settings.sections import Settings
from safeconduct.storage.files.heads import HeadFile, head_name
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.files.logstore import LogStore
from safeconduct.terms.moments import SECOND, parse
from safeconduct.workers.shards import Shards
from support.audit_faults import STRIKES, CountingDisk, Disk
from support.audit_home import call
from support.audit_killer import every_point
from support.audit_samples import Clock, started

EVE = parse("2026-12-31T23:59:50+00:00")


SETTINGS = Settings()
SEGMENT = 64 * 1024


def fixed(size: int) -> bytes:
    """Keys that are the same in every life and case: making them is not what is struck."""
    return bytes(size)


class Years:
    """One home, its clock, and the lives of its keepers."""

    def __init__(self, folder: Path, now: int = EVE) -> None:
        self.home = Home(folder / "home").holding(SETTINGS)
        self.apart = folder / "apart"
        self.clock = Clock(now)
        self.alarms: list[str] = []

    def open(self, life: str, disk: Disk | None = None):
        start = Start("node-1", life, self.clock)
        return open_log(self.home, start, FilePlaces(self.apart, disk), fixed, self.alarms.append, disk=disk)

    def writer(self, boot: str, disk: Disk | None = None, *, role: str = "gateway") -> Journal:
        shard, begun = self.home.shard(self.clock.now), started(role)
        begun.at = self.clock.now
        return Journal.open(shard.journal, "node-1", boot, clock=self.clock, start_entry=begun, disk=disk, segment_bytes=SEGMENT)

    def pass_seconds(self, log: Shards, count: int = 1) -> None:
        for _ in range(count):
            self.clock.now += SECOND
            while log.step(self.clock.now):
                pass

    def live(self, life: str, seconds: int) -> None:
        """One whole life of the keepers, with nothing that strikes."""
        with self.open(life, CountingDisk(0, STRIKES["kill"])) as log:  # which syncs nothing, and is quicker
            self.pass_seconds(log, seconds)
            log.finish(self.clock.now)

    def shards(self) -> list[Shard]:
        return [*self.home.shards(), self.home.root_shard()]

    def store(self, shard: Shard) -> LogStore:
        return LogStore(shard.log)

    def checkpoint(self, shard: Shard) -> Checkpoint | None:
        store = self.store(shard)
        try:
            return open_checkpoint(store.checkpoint(), Verifier.parse(store.vkey()))
        except FileNotFoundError:
            return None

    def head(self, shard: Shard) -> bytes | None:
        verifier = shard_signer(self.home, shard, fixed).verifier
        return HeadFile(self.apart / "heads" / head_name(verifier)).load()

    def entries(self, shard: Shard) -> list:
        store, checkpoint = self.store(shard), self.checkpoint(shard)
        size = checkpoint.size if checkpoint else 0
        return [decode(data) for _, data in store.entries(0, size, size)]


def prepare(folder: Path) -> None:
    """A home with all its keys, made once and copied."""
    template = folder.with_name("template")
    if not template.exists():
        make(template)
    shutil.copytree(template, folder)


def make(folder: Path) -> None:
    years = Years(folder)
    create(years.home)
    for shard in (years.home.shard(EVE), years.home.shard(EVE + 60 * SECOND), years.home.root_shard()):
        shard_signer(years.home, shard, fixed)
        shard_cosigner(years.home, shard, fixed)


def scenario(folder: Path, disk: CountingDisk, told: int) -> None:
    """A writer of the old year lives into the new one; the old shard closes behind it."""
    years = Years(folder)

    def tell(name: str, *seqs: int) -> None:
        os.write(told, f"{name} {' '.join(map(str, seqs))}\n".encode())

    with years.open("first", disk) as log:
        old = years.writer("old", disk)
        tell("old", call(old, "a"), call(old, "open", None))
        years.pass_seconds(log)
        years.clock.now = EVE + 20 * SECOND
        new = years.writer("new", disk)
        tell("new", call(new, "b"))
        tell("old", call(old, "c"))
        years.pass_seconds(log)
        old.close()
        tell("new", call(new, "d"))
        years.pass_seconds(log, 4)
        new.close()
        log.finish(years.clock.now)


def broken(folder: Path, heard: list[str]) -> list[str]:
    """What does not hold after two more lives."""
    years = Years(folder, EVE + 60 * SECOND)
    wrong = []
    before = {shard.origin: years.checkpoint(shard) for shard in years.shards()}
    for life, seconds in (("second", 2), ("third", 1)):  # the third shows that a start changes nothing that was settled
        years.live(life, seconds)
        for shard in years.shards():
            store = years.store(shard)
            report = verify_log(store, Verifier.parse(store.vkey()), before.get(shard.origin))
            wrong += [f"{life}: {shard.origin}: {finding}" for finding in report.findings]
            wrong += [f"{life}: {shard.origin}: call {index} has no outcome" for index in report.open_calls]
            if years.head(shard) != store.checkpoint():
                wrong.append(f"{life}: {shard.origin}: the head is not the checkpoint")
            before[shard.origin] = years.checkpoint(shard)
    held = Counter((entry.boot, entry.seq) for shard in years.home.shards() for entry in years.entries(shard))
    ours = {key: count for key, count in held.items() if key[0] in ("old", "new")}
    wrong += [f"entry {key} is there {count} times" for key, count in ours.items() if count != 1]
    for line in heard:
        boot, *seqs = line.split()
        wrong += [f"acknowledged entry {boot} {seq} is lost" for seq in seqs if (boot, int(seq)) not in held]
    return wrong + root_faults(years)


def root_faults(years: Years) -> list[str]:
    said = years.entries(years.home.root_shard())
    opened = Counter(entry.origin for entry in said if isinstance(entry, ShardOpened))
    closed = Counter(entry.origin for entry in said if isinstance(entry, ShardClosed))
    first, second = years.home.shards()
    wrong = []
    if opened != {first.origin: 1, second.origin: 1}:
        wrong.append(f"the root log says opened: {dict(opened)}")
    if closed != {first.origin: 1}:
        wrong.append(f"the root log says closed: {dict(closed)}")
    end = years.checkpoint(first)
    ends = [(entry.size, entry.root) for entry in said if isinstance(entry, ShardClosed)]
    if end is None or ends != [(end.size, end.root.hex())]:
        wrong.append("the root log names another end than the shard has")
    return wrong


if __name__ == "__main__":
    sys.exit(every_point(Path(sys.argv[1]), sys.argv[2], scenario, broken, prepare, sys.argv[3]))
