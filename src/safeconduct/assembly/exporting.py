"""How does an officer take a bundle out of this home? Which trees, entries and fields; and that it was taken is an entry itself.

Order: everything is written aside and read back; then ``log.exported`` is durable; only then the folder gets its name.

INVARIANT: P9 - no bundle without its entry before it, with who took it, what it answers, and the digest of its manifest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from safeconduct.assembly.bundle import Made, Part, Source, Tree, Wanted, write
from safeconduct.assembly.disclosing import Asked, Disclosing
from safeconduct.assembly.home import Home, Shard
from safeconduct.assembly.places import places_of
from safeconduct.assembly.recording import record
from safeconduct.audit.entries import LogExported
from safeconduct.audit.note import Verifier
from safeconduct.audit.questions import Answering, Question
from safeconduct.audit.trust import compose
from safeconduct.audit.verify import Report, verify_log
from safeconduct.storage.files.bundles import BundleFolder
from safeconduct.storage.files.logstore import LogStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

Tell = Callable[[int, int], None]
Bar = Callable[[str], AbstractContextManager[Tell]]


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be taken: everything, entries [since, until) of the first tree, or the answer to a question."""

    scope: Literal["whole", "range", "question"] = "whole"
    since: int = 0
    until: int = 0
    question: Question | None = None
    disclose: Sequence[Asked] = ()
    policy: bytes = b""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was taken, and for a whole log what verifying the written folder found, by tree."""

    made: Made
    reports: tuple[Report, ...]

    @property
    def holds(self) -> bool:
        return all(report.holds for report in self.reports)


def trees(home: Home) -> list[Tree]:
    """Every tree of the home that has a checkpoint, the first shard first, the root log last. Raises Refused."""
    shards = [*home.shards(), home.root_shard()]
    found = [Tree.open(shard.log, f"{shard.name}/" if shard.name else "", store=source(home, shard)) for shard in shards]
    signed = [tree for tree in found if tree is not None]
    if not signed:
        mend = "let the keeper run: safeconduct serve signs a checkpoint each second"
        raise Refused(Fault("nothing_signed", "there is no signed checkpoint here", str(home.log), mend))
    return signed


def source(home: Home, shard: Shard) -> Source | None:
    """Where a shard lies when the settings say that it is not in the home's own folder; None when it is there. Raises Refused."""
    settings = home.settings().log
    return places_of(home, settings, os.environ).log(shard) if settings.store else None


def export(home: Home, target: Path, wanted: Export, *, actor: str, now: Moment, bar: Bar) -> Exported:
    """Make the bundle ``target``; ``actor`` is the pseudonym of who takes it. Raises Refused, OSError, ValueError.

    A whole log that does not hold is exported all the same, and the reports say so: who looks into a damage needs the bytes.
    """
    found = trees(home)
    with BundleFolder(target) as bundle:
        parts = _parts(home, found, wanted, bar)
        content = Wanted(
            wanted.scope,
            str(wanted.question or ""),
            wanted.since,
            wanted.until or found[0].head.size,
            wanted.policy or policy(tree.verifier for tree in found),
            parts,
        )
        with bar("writing") as tell:
            made = write(bundle, content, tell)
        reports = _verified(bundle.path, found, bar) if wanted.scope == "whole" else ()
        record(home, _entry(content, made, actor, now))
        bundle.finish()
    return Exported(made, reports)


def policy(verifiers: Iterable[Verifier]) -> bytes:
    """The trust policy that names these logs and asks for no witness."""
    return compose(list(verifiers), [], note="the keys that lie beside the log; compare them with those you were handed")


def _parts(home: Home, found: Sequence[Tree], wanted: Export, bar: Bar) -> list[Part]:
    disclosing = Disclosing(home, wanted.disclose)
    if wanted.scope == "range":
        found = found[:1]
        _check_range(found[0], wanted)
    parts: list[Part] = []
    for tree in found:
        answering = Answering(wanted.question) if wanted.question is not None else None
        indexes = list(range(wanted.since, wanted.until)) if wanted.scope == "range" else []
        if answering is not None or disclosing.waits:
            with bar("looking") as tell:
                for index, data in tree.entries(0, tree.head.size):
                    if answering is not None and answering.takes(data):
                        indexes.append(index)
                    disclosing.look(tree.prefix, index, data)
                    if not index % 4096:
                        tell(index, tree.head.size)
        opened = disclosing.of(tree.prefix)
        if wanted.scope == "whole":
            parts.append(Part(tree, None, opened))
        else:
            parts.append(Part(tree, sorted({*indexes, *(each.index for each in opened)}), opened))
    disclosing.finish()
    if wanted.scope == "question" and not any(part.indexes for part in parts):
        what = f"no signed entry answers {wanted.question}"
        mend = "check the id, or wait a second for the next checkpoint"
        raise Refused(Fault("nothing_found", what, str(wanted.question), mend))
    return [part for part in parts if part.indexes is None or part.indexes] or [replace(parts[0])]


def _check_range(tree: Tree, wanted: Export) -> None:
    if not tree.minimum <= wanted.since < wanted.until <= tree.head.size:
        what = f"the log keeps the entries {tree.minimum} to {tree.head.size - 1}"
        raise Refused(Fault("bad_range", what, f"{wanted.since}:{wanted.until}", "give A:B with A below B, B itself left out"))


def _verified(folder: Path, found: Sequence[Tree], bar: Bar) -> tuple[Report, ...]:
    """What was written, verified as a stranger would."""
    reports = []
    for tree in found:
        with bar("verifying") as tell:
            store = LogStore(folder / tree.prefix if tree.prefix else folder)
            reports.append(verify_log(store, tree.verifier, progress=tell, minimum=tree.minimum))
    return tuple(reports)


def _entry(wanted: Wanted, made: Made, actor: str, now: Moment) -> LogExported:
    return LogExported(
        actor=actor,
        at=now,
        count=made.entries,
        disclosed=made.disclosed,
        question=wanted.question,
        sha256=made.sha256,
        since=wanted.since,
        until=wanted.until,
    )
