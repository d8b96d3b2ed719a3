"""Does this log hold? Pure verification over a reader: checkpoint, tiles against entries against root, chains, outcomes.

Everything is derived again from the entries' bytes; tiles and root only have to agree. The first bad place in the order of the
log is named, the others follow. Where the bytes come from is the reader's answer (files now, other stores later).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

from safeconduct.audit.chain import ALTERED, MERGE_DELAY, MISSING, Finding, Ledger
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.entries import Entry, canonical, decode, decode_all
from safeconduct.audit.note import Verifier
from safeconduct.audit.tiles import WIDTH, bundle_path, node_reader, split_bundle, split_tile, tile_path, width_at
from safeconduct.audit.tree import EMPTY_ROOT, Tree, consistency_proof, fold, leaf_hashes, verify_consistency
from safeconduct.terms.moments import SECOND, Moment

MAX_FINDINGS = 100
Progress = Callable[[int, int], None]


class LogReader(Protocol):
    """Bytes of a log. Each method raises OSError when there is none, ValueError when it is longer than it may be."""

    def checkpoint(self) -> bytes: ...

    def tile(self, level: int, index: int, width: int) -> bytes: ...

    def bundle(self, index: int, width: int) -> bytes: ...


@dataclass(slots=True)
class Report:
    """What was found. ``holds`` is true without findings; ``open_calls`` are indexes of calls that have no outcome yet.

    ``minimum`` is the first entry that is still kept: those below were pruned. ``pruned`` is what entries of this tree tell of
    that, by the origin of the tree that was pruned (empty for this one).
    ``waited`` counts entries that waited while no keeper ran.
    """

    origin: str = ""
    size: int = 0
    root: str = ""
    minimum: int = 0
    writers: int = 0
    decided: int = 0
    ended: int = 0
    acts: int = 0
    others: int = 0
    waited: int = 0
    pruned: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    open_calls: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def holds(self) -> bool:
        return not self.findings

    def add(self, *findings: Finding) -> None:
        """Keep these, up to a bound, and the first of each kind in any case: many late entries hide none that was altered."""
        kinds = {each.kind for each in self.findings}
        for finding in findings:
            if len(self.findings) < MAX_FINDINGS or finding.kind not in kinds:
                self.findings.append(finding)
                kinds.add(finding.kind)
            else:
                self.more += 1


def verify_log(
    reader: LogReader,
    verifier: Verifier,
    pinned: Checkpoint | None = None,
    progress: Progress | None = None,
    *,
    minimum: int = 0,
    covers: Sequence[tuple[int, Moment]] = (),
) -> Report:
    """Verify the whole log under its checkpoint. ``pinned`` is a checkpoint seen earlier that this one must extend.

    ``minimum`` is the log's minimum index, a multiple of 256: below it only tiles of level 1 and above are read. ``covers``
    are sizes with the moment (microseconds) that a signature over that many entries states: none of them may be of a later time.
    """
    report = Report()
    try:
        checkpoint = open_checkpoint(reader.checkpoint(), verifier)
    except (OSError, ValueError) as fault:
        report.add(Finding("checkpoint", -1, f"checkpoint: {_why(fault)}"))
        return report
    report.origin, report.size, report.root = checkpoint.origin, checkpoint.size, checkpoint.root.hex()
    report.minimum = minimum
    if minimum % WIDTH or minimum > checkpoint.size:
        what = f"the minimum index {minimum} is no whole number of bundles of this log"
        report.add(Finding("pruned_unlawfully", -1, what))
        return report
    ledger = Ledger(minimum, [(size, at + SECOND + MERGE_DELAY) for size, at in covers])
    walk = _Walk(reader, checkpoint.size, minimum, ledger, report)
    whole = walk.go(progress)
    if whole:
        walk.edges()
        report.add(*ledger.finish())
        if walk.root() != checkpoint.root:
            report.add(Finding("root", -1, f"the entries lead to root {walk.root().hex()}, signed is {checkpoint.root.hex()}"))
        elif pinned is not None:
            report.add(*check_extends(reader, pinned, checkpoint))
    report.findings.sort(key=lambda finding: finding.index if finding.index >= 0 else report.size)
    report.writers, report.decided, report.ended = len(ledger.writers), ledger.decided, ledger.ended
    report.acts, report.outcomes, report.open_calls = ledger.acts, ledger.outcomes, ledger.open_calls()
    report.others, report.pruned, report.waited = ledger.others, ledger.pruned, ledger.waited
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
        return [Finding("tile", -1, f"consistency: {_why(fault)}", _word(fault))]
    if verify_consistency(old.size, new.size, old.root, new.root, proof):
        return []
    return [Finding("fork", -1, f"the first {old.size} entries are not those of the pinned checkpoint")]


class _Walk:
    """One way through the bundles from front to back: every hash derived again, memory of one tile for each level."""

    def __init__(self, reader: LogReader, size: int, minimum: int, ledger: Ledger, report: Report) -> None:
        self.ledger = ledger
        self._reader = reader
        self._size = size
        self._minimum = minimum
        self._report = report
        self._tree = Tree()  # over the roots of full bundles
        self._rest: list[bytes] = []  # leaves of the last bundle, while it is not full
        self._levels: list[list[bytes]] = [[]]  # hashes of the rightmost, not yet full tile of each level above the leaves

    def go(self, progress: Progress | None) -> bool:
        """Read every bundle. False when one is lacking: everything after a hole would only repeat it."""
        for number in range(self._minimum // WIDTH):
            root = self._held(number)
            if root is None:
                return False
            self._up(root)
        for number in range(self._minimum // WIDTH, -(-self._size // WIDTH)):
            if not self._bundle(number):
                return False
            if progress is not None:
                progress(min(self._size, (number + 1) * WIDTH), self._size)
        return True

    def root(self) -> bytes:
        """The root over everything that was read."""
        if not self._rest:
            return self._tree.root() if self._tree.size else EMPTY_ROOT
        return self._tree.root_before(fold(self._rest))

    def edges(self) -> None:
        """Compare the partial tiles above the leaves."""
        for level, hashes in enumerate(self._levels, 1):
            if hashes:
                number = (self._size >> (8 * level)) // WIDTH
                first = number * WIDTH << (8 * level)
                self._report.add(*_unexplained(self._report, level, _compare(self._reader, level, number, hashes, first)))

    def _held(self, number: int) -> bytes | None:
        """The root of a pruned bundle, as the tile above it has it."""
        tile, offset = divmod(number, WIDTH)
        if not offset:
            width = width_at(1, tile, self._size)
            try:
                self._above = split_tile(self._reader.tile(1, tile, width), width)
            except (OSError, ValueError) as fault:
                self._report.add(Finding("tile", number * WIDTH, f"{tile_path(1, tile, width)}: {_why(fault)}", _word(fault)))
                return None
        return self._above[offset]

    def _bundle(self, number: int) -> bool:
        first = number * WIDTH
        width = min(WIDTH, self._size - first)
        report = self._report
        try:
            entries = split_bundle(self._reader.bundle(number, width), width)
        except (OSError, ValueError) as fault:
            report.add(Finding("bundle", first, f"{bundle_path(number, width)}: {_why(fault)}", _word(fault)))
            return False
        leaves = leaf_hashes(entries)
        report.add(*_compare(self._reader, 0, number, leaves, first))
        self._read(first, entries, [leaf.hex() for leaf in leaves])
        if width == WIDTH:
            self._up(fold(leaves))
        else:
            self._rest = leaves
        return True

    def _read(self, first: int, entries: list[bytes], leaves: list[str]) -> None:
        """Each entry's form, and what it says against what was said before."""
        read = decode_all(entries)
        if None not in read:
            self._report.add(*self.ledger.read_all(first, cast("list[Entry]", read), leaves))
            return
        for offset, (data, entry) in enumerate(zip(entries, read, strict=True)):
            index = first + offset
            if entry is None:
                try:
                    entry = decode(data)
                except (ValueError, RecursionError) as fault:
                    self._report.add(Finding("entry", index, f"cannot be read: {_why(fault)}"))
                    continue
                if not canonical(data):
                    self._report.add(Finding("entry", index, "is not in canonical form (RFC 8785)"))
            self._report.add(*self.ledger.read(index, entry, leaves[offset]))

    def _up(self, root: bytes) -> None:
        """Take the root of one full bundle, and of every tile that it fills."""
        self._tree.append(root)
        levels, level = self._levels, 0
        levels[0].append(root)
        while len(levels[level]) == WIDTH:
            if level + 1 == len(levels):
                levels.append([])
            number = (self._tree.size >> (8 * level)) // WIDTH - 1
            first = number * WIDTH << (8 * (level + 1))
            self._report.add(
                *_unexplained(self._report, level + 1, _compare(self._reader, level + 1, number, levels[level], first))
            )
            levels[level + 1].append(fold(levels[level]))
            levels[level] = []
            level += 1


def _unexplained(report: Report, level: int, findings: list[Finding]) -> list[Finding]:
    """Without those that only follow from something found below them."""
    span = 1 << (8 * level)
    known = [finding.index for finding in report.findings]
    return [finding for finding in findings if not any(finding.index <= index < finding.index + span for index in known)]


def _compare(reader: LogReader, level: int, number: int, hashes: list[bytes], first: int) -> list[Finding]:
    path = tile_path(level, number, len(hashes))
    try:
        data = reader.tile(level, number, len(hashes))
        if data == b"".join(hashes):
            return []
        held = split_tile(data, len(hashes))
    except (OSError, ValueError) as fault:
        return [Finding("tile", first, f"{path}: {_why(fault)}", _word(fault))]
    span = 1 << (8 * level)
    return [
        Finding("tile", first + offset * span, f"differs from hash {offset} of {path}")
        for offset, (derived, kept) in enumerate(zip(hashes, held, strict=True))
        if derived != kept
    ]


def _word(fault: Exception) -> str:
    return MISSING if isinstance(fault, FileNotFoundError) else ALTERED


def _why(fault: Exception) -> str:
    if isinstance(fault, FileNotFoundError):
        return "is missing"
    if isinstance(fault, OSError):
        return f"cannot be read ({fault.strerror or type(fault).__name__})"
    return str(fault)
