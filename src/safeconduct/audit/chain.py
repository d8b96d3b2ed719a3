"""Is each writer's story whole? The arithmetic of ``boot, seq, prev`` and of opened and closed calls, entry by entry.

One ``Ledger`` reads a log from its first entry on and says what is wrong with each: a gap, a repeat, a changed predecessor, a
call closed twice, closed without having been opened, or forwarded without a permit. It keeps only the writers and the calls
still open, so memory does not grow with the log. Hashes and signatures are verify's question.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from safeconduct.audit.entries import CallDecided, CallEnded, EnforcementApplied, Entry, Outcome, WriterStarted, WriterStopped

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


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: a stable code, the index of the entry (-1: the log as a whole), and what is wrong."""

    code: str
    index: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.index}: {self.what}" if self.index >= 0 else self.what


@dataclass(slots=True)
class Writer:
    """Where one writer stands. ``open`` maps the seq of an open call to (index in the log, whether it was permitted)."""

    boot: str
    node: str
    role: str = ""
    seq: int = 0
    last: str = ""
    stopped: bool = False
    open: dict[int, tuple[int, bool]] = field(default_factory=dict)


@dataclass(slots=True)
class Ledger:
    """All writers of one log, and counts of what was read."""

    writers: dict[str, Writer] = field(default_factory=dict)
    decided: int = 0
    ended: int = 0
    acts: int = 0
    stops: int = 0  # stops carried out by workers
    outcomes: dict[str, int] = field(default_factory=dict)
    early: dict[tuple[str, int], int] = field(default_factory=dict)  # closed by another writer before it was read here

    def read(self, index: int, entry: Entry, leaf: str) -> list[Finding]:
        """Take the next entry; ``leaf`` is its leaf hash in hex. Returns what is wrong with it."""
        findings: list[Finding] = []
        writer = self._chained(index, entry, findings)
        match entry:
            case WriterStarted():
                writer.role = entry.role
            case WriterStopped():
                writer.stopped = True
            case CallDecided():
                self._opened(index, entry, writer)
            case CallEnded():
                self._closed(index, entry, findings)
            case EnforcementApplied():
                self.stops += 1
            case _:
                self.acts += 1
        writer.last = leaf
        return findings

    def finish(self) -> list[Finding]:
        """What is wrong once everything was read: calls closed that the log never opened."""
        return [
            Finding("closed_unknown", index, f"closes call {seq} of writer {boot}, which is not in the log")
            for (boot, seq), index in self.early.items()
        ]

    def open_calls(self) -> list[int]:
        """Indexes of calls without an outcome yet: in flight, or not closed as abandoned so far."""
        return sorted(index for writer in self.writers.values() for index, _ in writer.open.values())

    def _chained(self, index: int, entry: Entry, findings: list[Finding]) -> Writer:
        writer = self.writers.get(entry.boot)
        if writer is None:
            writer = self.writers[entry.boot] = Writer(entry.boot, entry.node)
            if not isinstance(entry, WriterStarted):
                findings.append(Finding("chain_start", index, f"writer {entry.boot} does not begin with writer.started"))
        elif isinstance(entry, WriterStarted):
            findings.append(Finding("chain_start", index, f"writer {entry.boot} starts twice"))
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
        writer.seq = entry.seq  # go on from here, so that one fault is named once
        return writer

    def _opened(self, index: int, entry: CallDecided, writer: Writer) -> None:
        self.decided += 1
        if self.early.pop((entry.boot, entry.seq), None) is None:
            writer.open[entry.seq] = (index, entry.effect == "permit")

    def _closed(self, index: int, entry: CallEnded, findings: list[Finding]) -> None:
        self.ended += 1
        self.outcomes[entry.outcome] = self.outcomes.get(entry.outcome, 0) + entry.count
        permitted = False
        if entry.closes_seq:
            permitted = self._close(index, entry, findings)
        went_out = entry.forwarded or entry.outcome in (Outcome.SERVED, Outcome.CUT)
        if went_out and not permitted:
            # INVARIANT: P1, P2 - only a call with a permit on record before it was ever forwarded.
            findings.append(Finding("not_permitted", index, f"call {entry.call} was forwarded without a permit on record"))

    def _close(self, index: int, entry: CallEnded, findings: list[Finding]) -> bool:
        target = self.writers.get(entry.closes_boot)
        opened = target.open.pop(entry.closes_seq, None) if target else None
        if opened is not None:
            if entry.boot != entry.closes_boot and entry.outcome is not Outcome.ABANDONED:
                findings.append(Finding("closed_foreign", index, "another writer's call may only be closed as abandoned"))
            return opened[1]
        if target is not None and target.seq >= entry.closes_seq:
            what = f"call {entry.closes_seq} of writer {entry.closes_boot} is closed twice, or was never opened"
            findings.append(Finding("closed_twice", index, what))
        elif entry.outcome is Outcome.ABANDONED and (entry.closes_boot, entry.closes_seq) not in self.early:
            self.early[entry.closes_boot, entry.closes_seq] = index
        else:
            findings.append(Finding("closed_unknown", index, f"closes call {entry.closes_seq} before it was opened"))
        return False
