"""Does everything hold that one log folder keeps: its first tree, its later shards, and the log over them?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from safeconduct.audit.chain import UNSIGNED, Finding
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.entries import Entry, decode
from safeconduct.audit.note import NoteInvalid, Verifier
from safeconduct.audit.shards import Shard, check_shards
from safeconduct.audit.verify import Progress, Report, verify_log
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.files.pruning import minimum_index

ROOT: Final = "root"
Bar = Callable[[str], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True)
class Verified:
    """A report for each tree by its folder (the first is called ``.``), and what does not hold between them."""

    reports: dict[str, Report]
    across: list[Finding] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.across and all(report.holds for report in self.reports.values())


def verify_trees(folder: Path, verifier: Verifier, pinned: bytes | None, bar: Bar) -> Verified:
    """Verify every tree below ``folder``. ``verifier`` is the first tree's key; the others' lie beside them, told by the root.

    ``pinned`` is a note saved earlier, of any of the trees, whose key must have signed it. Raises OSError, ValueError.
    """
    reports: dict[str, Report] = {}
    shards: dict[str, Shard] = {}
    across: list[Finding] = []
    origin = _origin(pinned)
    for name in [".", *_later(folder)]:
        store = LogStore(folder / name)
        try:
            key = verifier if name == "." else Verifier.parse(store.vkey())
        except (OSError, NoteInvalid) as fault:
            across.append(Finding("checkpoint", -1, f"shard {name}: {fault}", UNSIGNED))
            continue
        pin = open_checkpoint(pinned, key) if pinned is not None and origin == key.name else None
        pinned = None if pin is not None else pinned
        with bar("entries" if name == "." else f"entries of {name}") as tell:
            reports[name] = verify_log(store, key, pin, tell, minimum=minimum_index(folder / name))
        if name != ROOT and reports[name].origin:
            shards[key.name] = Shard(key, open_checkpoint(store.checkpoint(), key))
    if pinned is not None:
        open_checkpoint(pinned, verifier)  # it is of no tree that is here: says so
    _excuse(reports)
    if ROOT in reports and reports[ROOT].holds:
        across += check_shards(_root_entries(LogStore(folder / ROOT), reports[ROOT].size), shards)
    return Verified(reports, across)


def _excuse(reports: dict[str, Report]) -> None:
    """A shard that was pruned after it was closed is told of in a later one, which has to hold."""
    told: dict[str, int] = {}
    for report in reports.values():
        if report.holds:
            for origin, minimum in report.pruned.items():
                told[origin] = max(told.get(origin, 0), minimum)
    for report in reports.values():
        if report.minimum <= told.get(report.origin, 0):
            report.findings = [each for each in report.findings if each.code != "pruned_unlawfully"]


def _later(folder: Path) -> list[str]:
    """Folders of later shards, oldest first, then that of the root log, where they have a checkpoint."""
    years = sorted(path.parent.name for path in folder.glob("[0-9][0-9][0-9][0-9]/checkpoint"))
    return [*years, *([ROOT] if (folder / ROOT / "checkpoint").exists() else [])]


def _origin(note: bytes | None) -> str:
    return "" if note is None else Checkpoint.parse(note.decode("utf-8", "replace")).origin


def _root_entries(store: LogStore, size: int) -> Iterator[tuple[int, Entry]]:
    for index, data in store.entries(0, size, size):
        yield index, decode(data)
