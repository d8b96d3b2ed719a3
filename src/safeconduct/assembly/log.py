"""How is the log of one home opened? Wires the keeper, its own journal and its lock to the folders on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safeconduct.audit.entries import WriterStarted
from safeconduct.audit.note import Signer
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.journal import Journal
from safeconduct.storage.files.locks import Held
from safeconduct.storage.files.logstore import LogStore, StateStore
from safeconduct.storage.files.tail import JournalFolder
from safeconduct.terms.moments import Moment
from safeconduct.workers.keeper import KEEPER_PREFIX, Keeper

STATUS_FILE = "keeper.json"
KEEPER_SEGMENT_BYTES = 64 * 1024  # it writes little: its own start, and closings


@contextmanager
def open_keeper(
    *,
    log: Path,
    journal: Path,
    run: Path,
    signer: Signer,
    node: str,
    boot: str,
    clock: Callable[[], Moment],
    versions: tuple[str, ...] = (),
    settings_hash: str = "",
    disk: Disk | None = None,
) -> Iterator[Keeper]:
    """The one keeper of this home; ``boot`` is any fresh id. Raises Refused when another one runs, or the log is not whole."""
    disk = disk or Disk()
    for folder in (log, journal, run):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Held(journal / ".keeper.lock", "a keeper of this log")
    try:
        own = Journal.open(
            journal,
            node,
            f"{KEEPER_PREFIX}{boot}",
            clock=clock,
            start_entry=WriterStarted(at=clock(), role="keeper", versions=versions, settings_hash=settings_hash),
            disk=disk,
            segment_bytes=KEEPER_SEGMENT_BYTES,
        )
        try:
            journals = JournalFolder(journal, disk)
            state = StateStore(journal / ".keeper.json", disk)
            report = run / STATUS_FILE
            yield Keeper(journals, LogStore(log, disk), state, signer, own, lambda status: disk.write_file(report, status))
        finally:
            own.close("stopped")
    finally:
        lock.release()
