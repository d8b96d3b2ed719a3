"""How does an officer take a bundle out of this home? Which trees, entries and fields; and that it was taken is an entry itself.

Order: everything is written aside and read back; then ``log.exported`` is durable; only then the folder gets its name.

INVARIANT: P9 - no bundle without its entry before it, with who took it, what it answers, and the digest of its manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from safeconduct.assembly.bundle import Made, Part, Tree, Wanted, write
from safeconduct.assembly.disclosing import Asked, Disclosing
from safeconduct.assembly.home import Home
from safeconduct.assembly.recording import record
from safeconduct.assembly.verifying import Verified, source, verify_trees
from safeconduct.assembly.witness import quorum_of
from safeconduct.audit.chain import Finding
from safeconduct.audit.entries import LogExported
from safeconduct.audit.note import NoteInvalid, Verifier
from safeconduct.audit.questions import Answering, Question
from safeconduct.audit.trust import NONE, Trust, compose
from safeconduct.audit.verify import Report
from safeconduct.settings.load import LogSettings
from safeconduct.storage.files.bundles import BundleFolder
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment

Tell = Callable[[int, int], None]
Bar = Callable[[str], AbstractContextManager[Tell]]


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be taken: everything, entries [since, until) of one tree, or the answer to a question.

    ``shard`` names the tree of a range, empty for the first.
    """

    scope: Literal["whole", "range", "question"] = "whole"
    since: int = 0
    until: int = 0
    question: Question | None = None
    disclose: Sequence[Asked] = ()
    policy: bytes = b""
    shard: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was taken, and for a whole log what verifying the written folder found, by tree and ``across`` them.

    ``unwitnessed`` are the trees whose checkpoint lacks the quorum that the bundle's own policy asks for.
    """

    made: Made
    reports: tuple[Report, ...] = ()
    across: tuple[Finding, ...] = ()
    unwitnessed: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.across and all(report.holds for report in self.reports)


def trees(home: Home) -> list[Tree]:
    """Every tree of the home that has a checkpoint, the first shard first, the root log last. Raises Refused."""
    shards = [*home.shards(), home.root_shard()]
    found = [Tree.open(shard.log, f"{shard.name}/" if shard.name else "", store=source(home, shard)) for shard in shards]
    signed = [tree for tree in found if tree is not None]
    if not signed:
        mend = "let the keeper run: safeconduct serve signs a checkpoint each second"
        raise Refused(Fault("nothing_signed", "there is no signed checkpoint here", str(home.log), mend))
    return signed


def export(home: Home, target: Path, wanted: Export, *, actor: str, now: Moment, bar: Bar) -> Exported:
    """Make the bundle ``target``; ``actor`` is the pseudonym of who takes it. Raises Refused, OSError, ValueError.

    A whole log that does not hold is exported all the same, and the reports say so: who looks into a damage needs the bytes.
    """
    found = trees(home)
    policy = wanted.policy or policy_of(home.settings().log, [tree.verifier for tree in found])
    if wanted.scope == "range":
        found = [_ranged(found, wanted)]
    with BundleFolder(target) as bundle:
        parts = _parts(home, found, wanted, bar)
        content = Wanted(
            wanted.scope,
            str(wanted.question or ""),
            wanted.since,
            wanted.until or found[0].head.size,
            policy,
            parts,
        )
        with bar("writing") as tell:
            made = write(bundle, content, tell)
        seen = verify_trees(bundle.path, found[0].verifier, None, bar) if wanted.scope == "whole" else Verified({})
        record(home, _entry(content, made, actor, now))
        bundle.finish()
    return Exported(made, tuple(seen.reports.values()), tuple(seen.across), _unwitnessed(policy, parts))


def policy_of(log: LogSettings, keys: Sequence[Verifier]) -> bytes:
    """The policy that these settings mean (C2SP tlog-policy): these keys of the log, and the quorum of its witnesses."""
    witnesses = [(name, Verifier.parse(each.vkey)) for name, each in log.witness.items()]
    note = "the keys that lie beside the log; compare them with those you were handed"
    return compose(keys, witnesses, quorum_of(log) or NONE, note)


def _unwitnessed(policy: bytes, parts: Sequence[Part]) -> tuple[str, ...]:
    trust, lacking = Trust.parse(policy), []
    for part in parts:
        try:
            trust.check(part.tree.note)
        except NoteInvalid:
            lacking.append(part.tree.head.origin)
    return tuple(lacking)


def _parts(home: Home, found: Sequence[Tree], wanted: Export, bar: Bar) -> list[Part]:
    disclosing = Disclosing(home, wanted.disclose)
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
    return [part for place, part in enumerate(parts) if not place or part.indexes is None or part.indexes]


def _ranged(found: Sequence[Tree], wanted: Export) -> Tree:
    """The tree that a range is of, which is then the bundle's first. Raises Refused."""
    tree = next((each for each in found if each.prefix.rstrip("/") == wanted.shard), None)
    if tree is None:
        mend = f"name one of {', '.join(each.prefix.rstrip('/') for each in found if each.prefix) or 'none'}, or leave it out"
        raise Refused(Fault("unknown_shard", "nothing is signed of such a shard", wanted.shard[:40], mend))
    if not tree.minimum <= wanted.since < wanted.until <= tree.head.size:
        what = f"the log keeps the entries {tree.minimum} to {tree.head.size - 1}"
        raise Refused(Fault("bad_range", what, f"{wanted.since}:{wanted.until}", "give A:B with A below B, B itself left out"))
    return replace(tree, prefix="")


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
