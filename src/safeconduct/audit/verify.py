"""Does this log hold? Pure verification over a reader: checkpoint, tiles against entries against root, chains, outcomes.

Everything is derived again from the entries' bytes; tiles and root only have to agree. The first bad place in the order of the
log is named, the others follow. Where the bytes come from is the reader's answer (files now, other stores later).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from safeconduct.audit.chain import Finding, Ledger
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.entries import canonical, decode
from safeconduct.audit.note import Verifier
from safeconduct.audit.tiles import WIDTH, bundle_path, node_reader, split_bundle, split_tile, tile_path
from safeconduct.audit.tree import Tree, consistency_proof, fold, leaf_hash, verify_consistency

MAX_FINDINGS = 100
Progress = Callable[[int, int], None]


class LogReader(Protocol):
    """Bytes of a log. Each method raises OSError when there is none, ValueError when it is longer than it may be."""

    def checkpoint(self) -> bytes: ...

    def tile(self, level: int, index: int, width: int) -> bytes: ...

    def bundle(self, index: int, width: int) -> bytes: ...


@dataclass(slots=True)
class Report:
    """What was found. ``holds`` is true without findings; ``open_calls`` are indexes of calls that have no outcome yet."""

    origin: str = ""
    size: int = 0
    root: str = ""
    writers: int = 0
    decided: int = 0
    ended: int = 0
    acts: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    open_calls: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def holds(self) -> bool:
        return not self.findings

    def add(self, *findings: Finding) -> None:
        room = MAX_FINDINGS - len(self.findings)
        self.findings.extend(findings[:room])
        self.more += max(0, len(findings) - room)


def verify_log(
    reader: LogReader, verifier: Verifier, pinned: Checkpoint | None = None, progress: Progress | None = None
) -> Report:
    """Verify the whole log under its checkpoint. ``pinned`` is a checkpoint seen earlier that this one must extend."""
    report = Report()
    try:
        checkpoint = open_checkpoint(reader.checkpoint(), verifier)
    except (OSError, ValueError) as fault:
        report.add(Finding("checkpoint", -1, f"checkpoint: {_why(fault)}"))
        return report
    report.origin, report.size, report.root = checkpoint.origin, checkpoint.size, checkpoint.root.hex()
    ledger = Ledger()
    tree = Tree()
    levels: list[list[bytes]] = [[]]  # hashes of the rightmost, not yet full tile of each level
    for bundle in range(-(-checkpoint.size // WIDTH)):
        _bundle(reader, checkpoint.size, bundle, tree, levels, ledger, report)
        if tree.size < min(checkpoint.size, (bundle + 1) * WIDTH):
            break  # everything after a hole would only repeat it
        if progress is not None:
            progress(tree.size, checkpoint.size)
    if tree.size == checkpoint.size:
        for level, hashes in enumerate(levels[1:], 1):
            number = (tree.size >> (8 * level)) // WIDTH
            if hashes:
                report.add(*_unexplained(report, level, _compare(reader, level, number, hashes, number * WIDTH << (8 * level))))
        report.add(*ledger.finish())
        if tree.root() != checkpoint.root:
            report.add(Finding("root", -1, f"the entries lead to root {tree.root().hex()}, signed is {checkpoint.root.hex()}"))
        elif pinned is not None:
            report.add(*check_extends(reader, pinned, checkpoint))
    report.findings.sort(key=lambda finding: finding.index if finding.index >= 0 else report.size)
    report.writers, report.decided, report.ended = len(ledger.writers), ledger.decided, ledger.ended
    report.acts, report.outcomes, report.open_calls = ledger.acts, ledger.outcomes, ledger.open_calls()
    return report


def check_extends(reader: LogReader, old: Checkpoint, new: Checkpoint) -> list[Finding]:
    """Whether ``new`` extends ``old``: no fork, no rollback."""
    if old.origin != new.origin:
        return [Finding("origin", -1, f"the pinned checkpoint is of {old.origin}, this log of {new.origin}")]
    if old.size > new.size:
        return [Finding("rollback", -1, f"the log had {old.size} entries before and has {new.size} now")]
    try:
        proof = consistency_proof(old.size, new.size, node_reader(new.size, reader.tile))
    except (OSError, ValueError) as fault:
        return [Finding("tile", -1, f"consistency: {_why(fault)}")]
    if verify_consistency(old.size, new.size, old.root, new.root, proof):
        return []
    return [Finding("fork", -1, f"the first {old.size} entries are not those of the pinned checkpoint")]


def _bundle(
    reader: LogReader, size: int, number: int, tree: Tree, levels: list[list[bytes]], ledger: Ledger, report: Report
) -> None:
    first = number * WIDTH
    width = min(WIDTH, size - first)
    try:
        entries = split_bundle(reader.bundle(number, width), width)
    except (OSError, ValueError) as fault:
        report.add(Finding("bundle", first, f"{bundle_path(number, width)}: {_why(fault)}"))
        return
    leaves = [leaf_hash(entry) for entry in entries]
    report.add(*_compare(reader, 0, number, leaves, first))
    for index, (data, leaf) in enumerate(zip(entries, leaves, strict=True), first):
        tree.append(leaf)
        report.add(*_entry(index, data, leaf, ledger))
    levels[0] = leaves
    level = 0
    while len(levels[level]) == WIDTH:
        if level + 1 == len(levels):
            levels.append([])
        levels[level + 1].append(fold(levels[level]))
        if level:
            span = WIDTH << (8 * level)
            report.add(
                *_unexplained(report, level, _compare(reader, level, tree.size // span - 1, levels[level], tree.size - span))
            )
        levels[level] = []
        level += 1


def _entry(index: int, data: bytes, leaf: bytes, ledger: Ledger) -> list[Finding]:
    try:
        entry = decode(data)
    except (ValueError, RecursionError) as fault:
        return [Finding("entry", index, f"cannot be read: {_why(fault)}")]
    findings = [] if canonical(data) else [Finding("entry", index, "is not in canonical form (RFC 8785)")]
    return findings + ledger.read(index, entry, leaf.hex())


def _unexplained(report: Report, level: int, findings: list[Finding]) -> list[Finding]:
    """Without those that only follow from something found below them."""
    span = 1 << (8 * level)
    known = [finding.index for finding in report.findings]
    return [finding for finding in findings if not any(finding.index <= index < finding.index + span for index in known)]


def _compare(reader: LogReader, level: int, number: int, hashes: list[bytes], first: int) -> list[Finding]:
    path = tile_path(level, number, len(hashes))
    try:
        held = split_tile(reader.tile(level, number, len(hashes)), len(hashes))
    except (OSError, ValueError) as fault:
        return [Finding("tile", first, f"{path}: {_why(fault)}")]
    span = 1 << (8 * level)
    return [
        Finding("tile", first + offset * span, f"differs from hash {offset} of {path}")
        for offset, (derived, kept) in enumerate(zip(hashes, held, strict=True))
        if derived != kept
    ]


def _why(fault: Exception) -> str:
    if isinstance(fault, FileNotFoundError):
        return "is missing"
    if isinstance(fault, OSError):
        return f"cannot be read ({fault.strerror or type(fault).__name__})"
    return str(fault)
