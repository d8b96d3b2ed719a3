"""Is each writer's story whole? The arithmetic of ``boot, seq, prev``, of opened and closed calls and of times, entry by entry.

One ``Ledger`` reads a log from its first entry on and says what is wrong with each: a gap, a repeat, a changed predecessor, a
call closed twice, closed without having been opened, or forwarded without a permit, a time that runs backwards. It keeps only the
writers and the calls still open, so memory does not grow with the log. Hashes and signatures are verify's question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from safeconduct.audit.entries import (
    ActFailed,
    ActPerformed,
    CallDecided,
    CallEnded,
    EnforcementApplied,
    Entry,
    LogPruned,
    Outcome,
    WriterStarted,
    WriterStopped,
)

# What an entry does to a call, for those who count calls without reading entries.
OTHER = 0
OPENS = 1  # opens a call
CLOSES = 2  # closes a call of the same writer
CLOSES_FOREIGN = 3  # closes another writer's call, named in the entry

# One word that says it, with the length of the entry: ref << REF_SHIFT | mark << MARK_SHIFT | length (at most 65,535).
MARK_SHIFT = 16
REF_SHIFT = 18  # ref is the seq that CLOSES closes
LENGTH_MASK = (1 << MARK_SHIFT) - 1
MARK_MASK = (1 << (REF_SHIFT - MARK_SHIFT)) - 1

MERGE_DELAY = 10_000_000  # microseconds: how much later than an entry another one may stand before it, or a clock be set back
TURN = 8192  # entries that a keeper takes in one turn
END = 2**62  # beyond every index

ALTERED = "altered"
MISSING = "missing"
FORKED = "forked"
LATE = "late"
UNSIGNED = "unsigned"
KINDS = {
    "bundle": ALTERED,
    "chain_end": ALTERED,
    "chain_gap": MISSING,
    "chain_node": ALTERED,
    "chain_order": ALTERED,
    "chain_prev": ALTERED,
    "chain_start": MISSING,
    "checkpoint": UNSIGNED,
    "clock_ahead": LATE,
    "clock_back": LATE,
    "closed_foreign": ALTERED,
    "closed_twice": ALTERED,
    "closed_unknown": MISSING,
    "entry": ALTERED,
    "fork": FORKED,
    "late": LATE,
    "not_permitted": ALTERED,
    "origin": FORKED,
    "pruned_unlawfully": MISSING,
    "rollback": FORKED,
    "root": ALTERED,
    "tile": ALTERED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: a stable code, the index of the entry (-1: the log as a whole), and what is wrong.

    ``word`` is the kind of no where the code alone does not tell it: something that is missing is not altered.
    """

    code: str
    index: int
    what: str
    word: str = ""

    @property
    def kind(self) -> str:
        """In the words that the single-file verifier uses: altered, missing, forked, late or unsigned."""
        return self.word or KINDS.get(self.code, ALTERED)

    def __str__(self) -> str:
        return f"entry {self.index}: {self.what}" if self.index >= 0 else self.what


@dataclass(slots=True)
class Writer:
    """Where one writer stands. ``open`` maps the seq of an open call to (index in the log, whether it was permitted).

    ``since`` is the first seq that was read: what it did before lies in the pruned part of the log. ``index`` is where its last
    entry stands, ``run`` where the last of its runs of entries began, ``late_after`` what it was last found to be older than.
    """

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
    open: dict[int, tuple[int, bool]] = field(default_factory=dict)


@dataclass(slots=True)
class Ledger:
    """All writers of one log, and counts of what was read.

    ``minimum`` is the log's minimum index: where it is above 0, writers may begin in the middle and calls may have been opened
    below it. ``covers`` says when somebody outside saw how much: (size, latest moment that an entry below it may be of).
    ``waiting`` are entries older than what stands before them (index, at, writer, index and moment of what is newer): a keeper's
    start excuses them, as long as no writer's entries came in two runs since, which only a keeper that ran can bring about.
    """

    minimum: int = 0
    covers: list[tuple[int, int]] = field(default_factory=list)
    writers: dict[str, Writer] = field(default_factory=dict)
    decided: int = 0
    ended: int = 0
    acts: int = 0
    others: int = 0  # about content, exports, shards: whatever is neither call nor act
    stops: int = 0  # stops carried out by workers
    outcomes: dict[str, int] = field(default_factory=dict)
    early: dict[tuple[str, int], int] = field(default_factory=dict)  # closed by another writer before it was read here
    newest: int = 0
    newest_index: int = -1
    waiting: list[tuple[int, int, str, int, int]] = field(default_factory=list)
    waited: int = 0  # of those, how many a keeper's start excused
    current: str = ""  # the writer of the entry read last
    rerun: int = -1  # the last entry of a writer's run that another run followed
    pruned: dict[str, int] = field(default_factory=dict)  # the largest minimum index told of, by origin ("": this tree)

    def read_all(self, first: int, entries: Sequence[Entry], leaves: Sequence[str]) -> list[Finding]:
        """Take the entries from index ``first`` on, with their leaf hashes in hex. Returns what is wrong with them."""
        findings: list[Finding] = []
        writers, newest = self.writers, self.newest
        ahead = min((until for _, until in self.covers), default=END)
        index, current = first, self.current
        for entry, leaf in zip(entries, leaves, strict=True):
            at = entry.at
            writer = writers.get(entry.boot)
            if (
                writer is None
                or entry.seq != writer.seq + 1
                or entry.prev != writer.last
                or entry.node != writer.node
                or writer.stopped
                or isinstance(entry, WriterStarted)
            ):
                writer = self._chained(index, entry, writer, findings)
            if entry.boot != current:
                current = self.current = entry.boot
                self._turned(index, writer, findings)
            if at >= newest:
                if at > ahead and self._ahead(index, at):
                    findings.append(Finding("clock_ahead", index, "is of a later time than a signature that covers it"))
                else:
                    self.newest, self.newest_index, newest = at, index, at
            elif at + MERGE_DELAY < newest and writer.late_after != self.newest_index and at + MERGE_DELAY >= writer.at:
                self._older(index, entry, writer, findings)
            if at + MERGE_DELAY < writer.at:
                what = f"writer {entry.boot}: the clock goes back by {(writer.at - at) // 1_000_000} s"
                findings.append(Finding("clock_back", index, what))
            writer.at, writer.index = at, index
            writer.seq = entry.seq  # go on from here, so that one fault is named once
            writer.last = leaf
            if isinstance(entry, CallDecided):
                self.decided += 1
                self._opened(index, entry, writer)
            elif isinstance(entry, CallEnded):
                self._closed(index, entry, findings)
            else:
                self._other(entry, writer)
            index += 1
        return findings

    def read(self, index: int, entry: Entry, leaf: str) -> list[Finding]:
        """Take the next entry; ``leaf`` is its leaf hash in hex. Returns what is wrong with it."""
        return self.read_all(index, (entry,), (leaf,))

    def finish(self) -> list[Finding]:
        """What is wrong once everything was read: calls closed that the log never opened, a front that is gone without a word."""
        findings = []
        if self.minimum > self.pruned.get("", 0):
            what = f"the entries below {self.minimum} are gone, and no entry here says that the log was pruned to there"
            findings.append(Finding("pruned_unlawfully", -1, what))
        self.settle(END, findings)
        return findings + [
            Finding("closed_unknown", index, f"closes call {seq} of writer {boot}, which is not in the log")
            for (boot, seq), index in self.early.items()
            if not self._below(boot, seq)
        ]

    def open_calls(self) -> list[int]:
        """Indexes of calls without an outcome yet: in flight, or not closed as abandoned so far."""
        return sorted(index for writer in self.writers.values() for index, _ in writer.open.values())

    def settle(self, until: int, findings: list[Finding]) -> None:
        """No keeper's start can excuse any more what waited for one behind an entry up to ``until``."""
        for index, at, _, before, newest in self.waiting:
            if before <= until:
                what = f"is {(newest - at) // 1_000_000} s older than entry {before}, which stands before it"
                findings.append(Finding("late", index, what))
        self.waiting = [one for one in self.waiting if one[3] > until]

    def _turned(self, index: int, writer: Writer, findings: list[Finding]) -> None:
        """Another writer's entries begin. Where it had its turn already, a keeper was there and ran."""
        if writer.index > self.rerun and index - writer.run < TURN:
            self.rerun = writer.index
            if self.waiting:
                self.settle(self.rerun, findings)
        writer.run = index

    def _older(self, index: int, entry: Entry, writer: Writer, findings: list[Finding]) -> None:
        """An entry older than what stands before it: no fault where it waited while no keeper ran."""
        writer.late_after = self.newest_index
        self.waiting.append((index, entry.at, entry.boot, self.newest_index, self.newest))
        self.settle(END if len(self.waiting) > TURN else self.rerun, findings)

    def _excused(self, at: int) -> None:
        """A keeper started then: what had been written before, it found waiting."""
        left = [one for one in self.waiting if one[1] > at + MERGE_DELAY]
        self.waited += len(self.waiting) - len(left)
        self.waiting = left

    def _ahead(self, index: int, at: int) -> bool:
        return any(size > index and until < at for size, until in self.covers)

    def _chained(self, index: int, entry: Entry, writer: Writer | None, findings: list[Finding]) -> Writer:
        """The writer of an entry that does not simply go on from the one before."""
        if writer is None:
            writer = self.writers[entry.boot] = Writer(entry.boot, entry.node)
            if not isinstance(entry, WriterStarted):
                if self.minimum and entry.seq > 1:  # it began below the minimum index
                    writer.since, writer.seq, writer.last = entry.seq, entry.seq - 1, entry.prev
                else:
                    findings.append(Finding("chain_start", index, f"writer {entry.boot} does not begin with writer.started"))
        elif isinstance(entry, WriterStarted):
            findings.append(Finding("chain_start", index, f"writer {entry.boot} starts twice", ALTERED))
        expected = writer.seq + 1
        if entry.seq > expected:
            missing = f"{expected}" if entry.seq == expected + 1 else f"{expected} to {entry.seq - 1}"
            findings.append(Finding("chain_gap", index, f"writer {entry.boot} lacks entry {missing} before {entry.seq}"))
        elif entry.seq < expected:
            findings.append(Finding("chain_order", index, f"writer {entry.boot} repeats or reorders entry {entry.seq}"))
        elif entry.prev != writer.last:
            findings.append(Finding("chain_prev", index, f"writer {entry.boot}: what entry {entry.seq} follows was changed"))
        if entry.node != writer.node:
            findings.append(Finding("chain_node", index, f"writer {entry.boot} changes its node from {writer.node}"))
        if writer.stopped:
            findings.append(Finding("chain_end", index, f"writer {entry.boot} writes after it stopped"))
        return writer

    def _other(self, entry: Entry, writer: Writer) -> None:
        match entry:
            case WriterStarted():
                writer.role = entry.role
                if entry.role == "keeper":
                    self._excused(entry.at)
            case WriterStopped():
                writer.stopped = True
            case EnforcementApplied():
                self.stops += 1
            case ActPerformed() | ActFailed():
                self.acts += 1
            case LogPruned() if writer.role == "desk" or writer.since > 1:
                # INVARIANT: P7 - no gateway excuses what is gone. A role that was told below the minimum index is not judged.
                self.pruned[entry.origin] = max(self.pruned.get(entry.origin, 0), entry.minimum_index)
                self.others += 1
            case _:
                self.others += 1

    def _opened(self, index: int, entry: CallDecided, writer: Writer) -> None:
        if not self.early or self.early.pop((entry.boot, entry.seq), None) is None:
            writer.open[entry.seq] = (index, entry.effect == "permit")

    def _closed(self, index: int, entry: CallEnded, findings: list[Finding]) -> None:
        self.ended += 1
        outcomes, outcome = self.outcomes, entry.outcome
        outcomes[outcome] = outcomes.get(outcome, 0) + entry.count
        permitted = False
        if entry.closes_seq:
            target = self.writers.get(entry.closes_boot)
            opened = target.open.pop(entry.closes_seq, None) if target is not None else None
            if opened is None:
                permitted = self._closed_oddly(index, entry, target, findings)
            else:
                permitted = opened[1]
                if entry.boot != entry.closes_boot and outcome is not Outcome.ABANDONED:
                    findings.append(Finding("closed_foreign", index, "another writer's call may only be closed as abandoned"))
        if not permitted and (entry.forwarded or outcome is Outcome.SERVED or outcome is Outcome.CUT):
            # INVARIANT: P1, P2 - only a call with a permit on record before it was ever forwarded.
            findings.append(Finding("not_permitted", index, f"call {entry.call} was forwarded without a permit on record"))

    def _closed_oddly(self, index: int, entry: CallEnded, target: Writer | None, findings: list[Finding]) -> bool:
        """A closing without an open call: what is wrong with it. True when the opening lies in the pruned part of the log."""
        below = self._below(entry.closes_boot, entry.closes_seq)
        if target is not None and target.seq >= entry.closes_seq:
            if below:
                return True
            what = f"call {entry.closes_seq} of writer {entry.closes_boot} is closed twice, or was never opened"
            findings.append(Finding("closed_twice", index, what))
        elif entry.outcome is Outcome.ABANDONED and (entry.closes_boot, entry.closes_seq) not in self.early:
            self.early[entry.closes_boot, entry.closes_seq] = index
        elif not below:
            findings.append(Finding("closed_unknown", index, f"closes call {entry.closes_seq} before it was opened"))
        return below

    def _below(self, boot: str, seq: int) -> bool:
        """Whether this writer's entry ``seq`` lies below the minimum index, as far as can be told."""
        if not self.minimum:
            return False
        writer = self.writers.get(boot)
        return writer is None or seq < writer.since
