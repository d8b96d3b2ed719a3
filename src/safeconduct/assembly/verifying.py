"""Does everything hold that one log keeps: its first tree, its later shards, and the log over them? In files, or where it lies.

What witnesses signed lies beside each tree (``witnessed``): the tree has to extend it, and no entry under it may be of a later
time than they state. Whose word counts is for the settings to say; the log's own second key states times as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from safeconduct.assembly.bundle import COSIGN_VKEY, MAX_KEY_BYTES, WITNESSED, Source
from safeconduct.assembly.home import Home, Shard
from safeconduct.assembly.places import places_of
from safeconduct.audit.chain import FORKED, MISSING, UNSIGNED, Finding
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.entries import Entry, decode
from safeconduct.audit.note import MAX_NOTE_BYTES, NoteInvalid, Verifier, open_timed
from safeconduct.audit.shards import Shard as Told
from safeconduct.audit.shards import check_shards
from safeconduct.audit.verify import Progress, Report, check_extends, verify_log
from safeconduct.storage.files.disk import read_bounded
from safeconduct.storage.files.logstore import LogStore, read_entries
from safeconduct.terms.moments import SECOND, Moment

ROOT: Final = "root"
FIRST: Final = "."
Bar = Callable[[str], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True)
class Verified:
    """A report for each tree by its folder (the first is called ``.``), and what does not hold between them."""

    reports: dict[str, Report]
    across: list[Finding] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.across and all(report.holds for report in self.reports.values())


@dataclass(frozen=True, slots=True)
class Place:
    """One tree by its folder's name: where its bytes lie, and the folder that holds what lies beside it."""

    name: str
    store: Source
    beside: Path


def in_folder(folder: Path) -> list[Place]:
    """The trees below a folder: the first, later shards, oldest first, and the root log, where they have a checkpoint."""
    years = sorted(path.parent.name for path in folder.glob("[0-9][0-9][0-9][0-9]/checkpoint"))
    names = [FIRST, *years, *([ROOT] if (folder / ROOT / "checkpoint").exists() else [])]
    return [Place(name, LogStore(folder / name), folder / name) for name in names]


def of_home(home: Home) -> list[Place]:
    """The trees of a home, wherever its settings say that they lie. Raises Refused, OSError."""
    if not home.settings().log.store:
        return in_folder(home.log)
    found = []
    for shard in [*home.shards(), home.root_shard()]:
        store = source(home, shard)
        if store is not None and (not shard.name or _signed(store)):
            found.append(Place(shard.name or FIRST, store, shard.log))
    return found


def source(home: Home, shard: Shard) -> Source | None:
    """Where a shard lies when the settings say that it is not in the home's own folder; None when it is there. Raises Refused."""
    settings = home.settings().log
    return places_of(home, settings, os.environ).log(shard) if settings.store else None


def verify_trees(folder: Path, verifier: Verifier, pinned: bytes | None, bar: Bar) -> Verified:
    """Verify every tree below ``folder``. See ``verify_places``."""
    return verify_places(in_folder(folder), verifier, pinned, bar)


def verify_places(
    places: Sequence[Place], verifier: Verifier, pinned: bytes | None, bar: Bar, witnesses: Sequence[Verifier] = ()
) -> Verified:
    """Verify these trees. ``verifier`` is the first tree's key; the others' lie beside them, told by the root.

    ``pinned`` is a note saved earlier, of any of the trees, whose key must have signed it. ``witnesses`` are those whose times
    count. Raises OSError, ValueError.
    """
    reports: dict[str, Report] = {}
    shards: dict[str, Told] = {}
    across: list[Finding] = []
    origin = _origin(pinned)
    for place in places:
        name, store = place.name, place.store
        try:
            key = verifier if name == FIRST else Verifier.parse(store.vkey())
        except (OSError, NoteInvalid) as fault:
            across.append(Finding("checkpoint", -1, f"shard {name}: {fault}", UNSIGNED))
            continue
        pin = open_checkpoint(pinned, key) if pinned is not None and origin == key.name else None
        pinned = None if pin is not None else pinned
        with bar("entries" if name == FIRST else f"entries of {name}") as tell:
            reports[name] = _verified(place, key, pin, tell, witnesses)
        if name != ROOT and reports[name].origin:
            shards[key.name] = Told(key, open_checkpoint(store.checkpoint(), key))
    if pinned is not None:
        open_checkpoint(pinned, verifier)  # it is of no tree that is here: says so
    _excuse(reports)
    if ROOT not in {place.name for place in places} and len(places) > 1:
        across.append(Finding("checkpoint", -1, "the log over the shards is not here", MISSING))
    if ROOT in reports and reports[ROOT].holds:
        root = next(place for place in places if place.name == ROOT)
        across += check_shards(_entries(root.store, reports[ROOT].size), shards)
    return Verified(reports, across)


def _verified(place: Place, key: Verifier, pin: Checkpoint | None, tell: Progress, witnesses: Sequence[Verifier]) -> Report:
    """One tree, with what was signed over it by others."""
    covers: list[tuple[int, Moment]] = []
    wrong: list[Finding] = []
    seen: Checkpoint | None = None
    try:
        cosigner = _line(place.beside / COSIGN_VKEY, MAX_KEY_BYTES)
        own = [Verifier.parse(cosigner.decode("ascii", "replace"))] if cosigner is not None else []
        beside = _line(place.beside / WITNESSED, MAX_NOTE_BYTES)  # before the checkpoint, which goes on
        for note in [*([beside] if beside is not None else []), place.store.checkpoint()]:
            head = open_checkpoint(note, key)
            seen = seen or head
            _, signed = open_timed(note, [key, *own, *witnesses])
            covers += [(head.size, at * SECOND) for _, at in signed if at]
            if not {*own} <= {each for each, _ in signed}:
                wrong.append(Finding("checkpoint", -1, f"the log's own second signature lacks under {head.size} entries"))
    except (OSError, NoteInvalid) as fault:
        wrong.append(Finding("checkpoint", -1, f"what was signed beside this log: {fault}"))
    report = verify_log(place.store, key, pin, tell, minimum=place.store.minimum(), covers=covers)
    if seen is not None and report.root and report.holds and seen.size >= report.minimum:
        now = Checkpoint(report.origin, report.size, bytes.fromhex(report.root))
        wrong += [
            Finding(each.code, each.index, f"as witnessed: {each.what}", FORKED) for each in check_extends(place.store, seen, now)
        ]
    report.add(*(wrong if report.root else ()))  # else it is said already that nothing signed is here
    return report


def _excuse(reports: dict[str, Report]) -> None:
    """A shard that was pruned after it was closed is told of in another one, which has to hold."""
    told: dict[str, int] = {}
    for report in reports.values():
        if report.holds:
            for origin, minimum in report.pruned.items():
                told[origin] = max(told.get(origin, 0), minimum)
    for report in reports.values():
        if report.minimum <= max(told.get(report.origin, 0), report.pruned.get(report.origin, 0)):
            report.findings = [each for each in report.findings if each.code != "pruned_unlawfully"]


def _signed(store: Source) -> bool:
    try:
        store.checkpoint()
    except FileNotFoundError:
        return False
    return True


def _origin(note: bytes | None) -> str:
    return "" if note is None else Checkpoint.parse(note.decode("utf-8", "replace")).origin


def _line(path: Path, limit: int) -> bytes | None:
    try:
        return read_bounded(path, limit)
    except FileNotFoundError:
        return None


def _entries(store: Source, size: int) -> Iterator[tuple[int, Entry]]:
    for index, data in read_entries(store.bundle, 0, size, size):
        yield index, decode(data)
