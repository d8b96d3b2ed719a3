"""Does a log that somebody else keeps go on as it should? Followed from checkpoint to checkpoint, with memory that stays flat.

A ``Monitor`` keeps the right edge of the tree and where each writer stands. At each look it reads what is new, derives the root
from the entries' bytes and compares it with what was signed. What it found wrong is an ``Alarm``. After one that leaves nothing
to go on from (another tree, a missing entry) it stays at the last checkpoint that held, and says so again only if it changes.
Where the bytes come from, and when to look, are the caller's to answer; what it has seen survives in ``saved``.

INVARIANT: P7 - a checkpoint is followed only from the one seen before; a root is never taken from tiles.
"""

from __future__ import annotations

import msgspec

from safeconduct.audit.chain import (
    ALTERED,
    END,
    FORKED,
    LATE,
    MERGE_DELAY,
    MISSING,
    UNSIGNED,
    Finding,
    Ledger,
)
from safeconduct.audit.entries import CallDecided, Entry, ShardClosed, ShardOpened, WriterStarted, canonical, decode
from safeconduct.audit.head import Checkpoint, NoteInvalid
from safeconduct.audit.monitored import UNCLOSED, UNREADABLE, Alarm, Broken, Reader, Saved, open_ledger
from safeconduct.audit.note import open_note
from safeconduct.audit.reading import At
from safeconduct.audit.tiles import WIDTH, bundle_path, node_reader, split_bundle, split_tile
from safeconduct.audit.tree import Tree, consistency_proof, edge_at, leaf_hash, verify_consistency
from safeconduct.audit.trust import NONE, Trust
from safeconduct.terms.moments import SECOND, Moment

MAX_WRITERS = 20_000  # that are remembered; beyond, those that stopped longest ago are forgotten
TIDY_BUNDLES = 256
MAX_ALARMS = 100  # of one look


class Monitor:
    """One log, followed. ``unclosed`` is how long a call may be open; ``unwitnessed`` how long the quorum may lack."""

    def __init__(self, saved: Saved, trust: Trust, unclosed: Moment = 3600 * SECOND, unwitnessed: Moment = 60 * SECOND) -> None:
        self.trust = trust
        self._unclosed = unclosed
        self._unwitnessed = unwitnessed
        self._alarms: list[Finding] = []
        self._more = 0
        self._good = self._state = saved
        self._tree, self._ledger = Tree(), Ledger()
        self._restore(msgspec.structs.replace(saved, trouble="", told=[], unwitnessed_told=False))  # a new process tells anew

    @property
    def size(self) -> int:
        return self._tree.size

    def saved(self) -> Saved:
        """What was seen up to the last look that held."""
        return self._good

    def look(self, reader: Reader, now: Moment) -> list[Alarm]:
        """Follow the log to where it is. Returns what is wrong, the same trouble only once."""
        self._alarms, self._more, trouble = [], 0, ""
        try:
            self._follow(reader, now)
        except Broken as wrong:
            trouble = f"{wrong.code}: {wrong.what}"
            repeated = trouble == self._good.trouble
            self._restore(self._good)
            if repeated:
                self._alarms, self._more = [], 0
            else:
                self._find(wrong.code, wrong.index, wrong.what, wrong.kind)
        else:
            self._state.looked_at = now
            self._good = self._captured()
            self._state.early = self._good.early
        self._state.trouble = self._good.trouble = trouble
        if self._more:
            self._alarms.append(Finding("more", -1, f"and {self._more} more of this look", ALTERED))
        return [Alarm(self._state.origin, found.kind, found.code, found.index, found.what, now) for found in self._alarms]

    # one look

    def _follow(self, reader: Reader, now: Moment) -> None:
        known = self.size
        head, note = self._head(reader)
        witnessed = self._witnessed(reader, head, note, now)
        if any(each.size == head.size and each.root != head.root for each in witnessed):
            raise Broken(FORKED, "fork", -1, f"two trees of {head.size} entries were signed")
        for target in sorted({head, *witnessed}, key=lambda each: each.size):
            at = At(reader, note, max(head.size, target.size))
            if target.size < self.size:
                self._earlier(at, target, target is head)
            elif target.size == self.size:
                if target.root != self._tree.root():
                    raise Broken(FORKED, "fork", -1, f"two trees of {target.size} entries were signed")
            else:
                self._grow(reader, at, target, head, now)
        self._late(known if self._state.looked_at else self.size)
        self._overdue(now)

    def _head(self, reader: Reader) -> tuple[Checkpoint, bytes]:
        """The newest checkpoint that the log signed, with or without its witnesses."""
        try:
            note = reader.checkpoint()
        except (OSError, ValueError) as wrong:
            raise Broken(UNREADABLE, "checkpoint", -1, f"the checkpoint cannot be read: {_why(wrong)}") from wrong
        return self._signed(note), note

    def _signed(self, note: bytes) -> Checkpoint:
        keys = [log.verifier for log in self.trust.logs if log.verifier.name == self._state.origin]
        try:
            text, _ = open_note(note, keys)
            checkpoint = Checkpoint.parse(text)
            if checkpoint.origin != self._state.origin:
                raise NoteInvalid(f"it is of {checkpoint.origin}")  # noqa: TRY301
        except NoteInvalid as wrong:
            raise Broken(UNSIGNED, "checkpoint", -1, f"the checkpoint does not hold: {wrong}") from wrong
        return checkpoint

    def _witnessed(self, reader: Reader, head: Checkpoint, note: bytes, now: Moment) -> list[Checkpoint]:
        """The newest checkpoint that a quorum signed; every other note of the log is compared as well."""
        found: list[Checkpoint] = []
        notes = [note]
        try:
            if (beside := reader.witnessed()) is not None:
                notes.append(beside)
                found.append(self._signed(beside))
        except (OSError, ValueError) as wrong:
            raise Broken(UNREADABLE, "witnessed", -1, f"the witnessed checkpoint cannot be read: {_why(wrong)}") from wrong
        if self.trust.quorum != NONE:
            self._quorum(notes, head, now)
        return found

    def _quorum(self, notes: list[bytes], head: Checkpoint, now: Moment) -> None:
        """Whether a quorum goes on signing. It may be behind for a while; what is new is followed all the same."""
        state, newest, why = self._state, -1, ""
        for each in notes:
            try:
                newest = max(newest, self.trust.check(each).size)
            except NoteInvalid as wrong:
                why = str(wrong)
        if newest >= head.size:
            state.unwitnessed_since, state.unwitnessed_told = 0, False
        elif not state.unwitnessed_since or newest > state.witnessed_size:
            state.unwitnessed_since, state.unwitnessed_told = now, False
        elif now - state.unwitnessed_since > self._unwitnessed and not state.unwitnessed_told:
            what = f"no quorum signs what is new, for {(now - state.unwitnessed_since) // SECOND} s{why and ': '}{why}"
            self._find("unwitnessed", -1, what, UNSIGNED)
            state.unwitnessed_told = True
        state.witnessed_size = max(state.witnessed_size, newest)

    def _earlier(self, at: At, old: Checkpoint, is_head: bool) -> None:
        """A checkpoint from before: harmless beside the log, a rollback as its newest; of another tree in any case a fork."""
        new = Checkpoint(self._state.origin, self.size, self._tree.root())
        if self._extends(at, old, new) is False:
            raise Broken(FORKED, "fork", -1, f"the {old.size} entries of another checkpoint are not those that were seen")
        if is_head:
            raise Broken(FORKED, "rollback", -1, f"the log had {self.size} entries, and now signs {old.size}")

    def _extends(self, at: At, old: Checkpoint, new: Checkpoint) -> bool | None:
        """Whether the tiles prove it; None when they cannot be read."""
        try:
            proof = consistency_proof(old.size, new.size, node_reader(max(at.size, new.size), at.tile))
        except (OSError, ValueError):
            return None
        return verify_consistency(old.size, new.size, old.root, new.root, proof)

    def _grow(self, reader: Reader, at: At, target: Checkpoint, head: Checkpoint, now: Moment) -> None:
        before = Checkpoint(self._state.origin, self.size, self._tree.root())
        self._ledger.covers = [(END, now + MERGE_DELAY)]
        if self.size == 0:
            self._begin(reader, at, target)
        for number in range(self.size // WIDTH, -(-target.size // WIDTH)):
            self._bundle(at, number, target.size)
            if number % TIDY_BUNDLES == 0:
                self._tidy()
        self._tidy()
        if self._tree.root() != target.root:
            if before.size and self._extends(at, before, target) is False:
                what = f"the {before.size} entries that were seen are not those of the tree of {target.size} that is signed now"
                raise Broken(FORKED, "fork", -1, what)
            if target is not head and self._extends(at, target, head) is False:
                what = f"a tree of {target.size} entries was witnessed that the one of {head.size} does not extend"
                raise Broken(FORKED, "fork", -1, what)
            index = self._differing(at, before.size, target.size)
            raise Broken(ALTERED, "root", index, "the entries do not lead to the root that is signed")

    def _begin(self, reader: Reader, at: At, target: Checkpoint) -> None:
        """Start at the minimum index of a pruned log: what is below is not kept, its hashes are."""
        try:
            minimum = reader.minimum()
            if 0 < minimum <= target.size:
                self._tree = Tree.at(minimum, edge_at(minimum, node_reader(target.size, at.tile)))
                self._ledger.minimum = minimum
        except (OSError, ValueError) as wrong:
            raise Broken(MISSING, "pruned", -1, f"the pruned log cannot be begun: {_why(wrong)}") from wrong

    def _bundle(self, at: At, number: int, size: int) -> None:
        first = number * WIDTH
        width = min(WIDTH, size - first)
        try:
            entries = split_bundle(at.bundle(number, width), width)
        except FileNotFoundError as wrong:
            raise Broken(MISSING, "bundle", first, f"{bundle_path(number, width)} is missing") from wrong
        except OSError as wrong:
            raise Broken(UNREADABLE, "bundle", first, f"{bundle_path(number, width)}: {_why(wrong)}") from wrong
        except ValueError as wrong:
            raise Broken(ALTERED, "bundle", first, f"{bundle_path(number, width)}: {wrong}") from wrong
        for index, data in enumerate(entries[self.size - first :], self.size):
            leaf = leaf_hash(data)
            self._tree.append(leaf)
            try:
                entry = decode(data)
            except (ValueError, RecursionError) as wrong:
                self._find("entry", index, f"cannot be read: {wrong}")
                continue
            if not canonical(data):
                self._find("entry", index, "is not in canonical form (RFC 8785)")
            for found in self._ledger.read(index, entry, leaf.hex()):
                self._find(found.code, found.index, found.what, found.word)
            self._note(index, entry)

    def _note(self, index: int, entry: Entry) -> None:
        state = self._state
        if state.looked_at and entry.at + MERGE_DELAY < state.looked_at:  # it was made long enough before the look before this
            first, count, newest = state.late or (index, 0, 0)
            state.late = (first, count + 1, max(newest, entry.at))
        if isinstance(entry, WriterStarted) and entry.role == "keeper" and state.late:
            first, _, newest = state.late
            if first > self._ledger.rerun and newest <= entry.at + MERGE_DELAY:
                state.late = None  # it waited while no keeper ran, and this one took it up
        if isinstance(entry, CallDecided):
            state.calls[index] = entry.at
        elif isinstance(entry, ShardOpened):
            state.opened[entry.origin] = entry.vkey
        elif isinstance(entry, ShardClosed):
            state.closed[entry.origin] = (entry.size, entry.root)

    def _differing(self, at: At, since: int, size: int) -> int:
        """The first entry that is not the one of its tile; -1 when tiles and entries agree."""
        for number in range(since // WIDTH, -(-size // WIDTH)):
            first = number * WIDTH
            width = min(WIDTH, size - first)
            try:
                held = split_tile(at.tile(0, number, width), width)
                entries = split_bundle(at.bundle(number, width), width)
            except (OSError, ValueError):
                return first
            for index, (entry, hashed) in enumerate(zip(entries, held, strict=True), first):
                if leaf_hash(entry) != hashed:
                    return index
        return -1

    def _late(self, known: int) -> None:
        """What should have been covered sooner, unless it was read in this look alone: a keeper's start may still excuse it."""
        state, ledger = self._state, self._ledger
        if state.late and state.late[0] < known:
            what = f"{state.late[1]} entries were not under a checkpoint {MERGE_DELAY // SECOND} s after they were made"
            self._find("late", state.late[0], what, LATE)
            state.late = None
        waited: list[Finding] = []
        ledger.settle(max((before for index, _, _, before, _ in ledger.waiting if index < known), default=-1), waited)
        for found in waited:
            self._find(found.code, found.index, found.what)

    def _overdue(self, now: Moment) -> None:
        """Calls that are open for too long, and closings whose opening did not come."""
        state = self._state
        told = set(state.told)
        for index, at in state.calls.items():
            if now - at > self._unclosed and index not in told:
                what = f"the call that was decided here has no outcome after {(now - at) // (60 * SECOND)} minutes"
                self._find("unclosed", index, what, UNCLOSED)
                told.add(index)
        state.told = sorted(told & state.calls.keys())
        waited = {(boot, seq) for boot, seq, _ in state.early}
        for (boot, seq), index in list(self._ledger.early.items()):
            if (boot, seq) in waited:  # it was so at the look before, too
                del self._ledger.early[boot, seq]
                self._find("closed_unknown", index, f"closes call {seq} of writer {boot}, which is not in the log", MISSING)

    def _tidy(self) -> None:
        """Forget calls that ended, and the oldest of too many writers."""
        writers = self._ledger.writers
        still = {index for writer in writers.values() for index, _ in writer.open.values()}
        self._state.calls = {index: at for index, at in self._state.calls.items() if index in still}
        if len(writers) > MAX_WRITERS:
            idle = [boot for boot, writer in writers.items() if not writer.open]
            idle.sort(key=lambda boot: (not writers[boot].stopped, writers[boot].at))
            for boot in idle[: len(writers) - MAX_WRITERS]:
                del writers[boot]

    def _find(self, code: str, index: int, what: str, kind: str = "") -> None:
        if len(self._alarms) < MAX_ALARMS:
            self._alarms.append(Finding(code, index, what, kind))
        else:
            self._more += 1

    # what survives

    def _captured(self) -> Saved:
        state, tree = self._state, self._tree
        ledger = self._ledger
        early, ledger.early = ledger.early, {}  # JSON has no pairs as names
        try:
            told = msgspec.to_builtins(ledger, str_keys=True)
        finally:
            ledger.early = early
        return msgspec.structs.replace(
            state,
            size=tree.size,
            root=tree.root().hex(),
            edge=[item.hex() for item in tree.edge],
            ledger=told,
            early=[(boot, seq, index) for (boot, seq), index in early.items()],
            calls=dict(state.calls),
            opened=dict(state.opened),
            closed=dict(state.closed),
        )

    def _restore(self, saved: Saved) -> None:
        """Raises ValueError when what was saved is not what a monitor saves."""
        self._good = saved
        self._tree = Tree.at(saved.size, [bytes.fromhex(item) for item in saved.edge])
        if self._tree.root().hex() != saved.root:
            raise ValueError("the saved edge does not lead to the saved root")
        self._ledger = open_ledger(saved.ledger)
        self._ledger.early = {(boot, seq): index for boot, seq, index in saved.early}
        self._state = msgspec.structs.replace(
            saved, calls=dict(saved.calls), opened=dict(saved.opened), closed=dict(saved.closed)
        )


def _why(fault: Exception) -> str:
    if isinstance(fault, FileNotFoundError):
        return "it is missing"
    if isinstance(fault, OSError):
        return fault.strerror or str(fault) or type(fault).__name__
    return str(fault)
