"""In which order do all writers' entries enter the one tree, and when is it signed? The keeper; exactly one at a time.

It follows every journal, gives each entry the next index, writes bundles and tiles, and signs a checkpoint each second when the
tree grew. It does not read entries, with one rare exception (closings of other writers' calls). Order of one commit:

1. tiles and bundles, synced; 2. its own state (how far each journal is in the tree); 3. the signed checkpoint; 4. journals that
are no longer needed are removed. A crash between any two leaves the state at or ahead of the checkpoint and the journals at or
ahead of the state, so that the next keeper goes on from the state: nothing lost, nothing twice. A lost state is rebuilt from the
log itself. Any error ends the keeper; memory is never trusted after a failed write.

INVARIANT: P2 - a call left open by a writer that died is closed as abandoned, once.
INVARIANT: P7 - nothing is signed unless the tree extends what was signed before.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from safeconduct.audit.chain import CLOSES, CLOSES_FOREIGN, MARK_MASK, MARK_SHIFT, OPENS, REF_SHIFT
from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from safeconduct.audit.entries import CallDecided, CallEnded, Outcome, decode
from safeconduct.audit.note import Signer
from safeconduct.audit.tiles import WIDTH, split_bundle
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.workers.edge import Edge
from safeconduct.workers.ports import Group, Journals, StateFile, Store, Tail, Writer
from safeconduct.workers.stopping import Stop

KEEPER_PREFIX = "keeper-"  # boots of keepers are read last: they close what others opened
BATCH = 8192  # entries a step takes at most; memory stays flat however much is waiting
POLL_SECONDS = 0.2
SIGN_EVERY = SECOND


class Place(msgspec.Struct):
    """How far one writer is in the tree. ``open``: seq of each call without outcome; ``early``: closed before it was read."""

    seq: int = 0
    open: set[int] = msgspec.field(default_factory=set)
    early: set[int] = msgspec.field(default_factory=set)


class State(msgspec.Struct):
    size: int = 0
    writers: dict[str, Place] = {}


class Status(msgspec.Struct):
    """What /readyz may know: entries in the tree, signed, and when the journals were last seen drained."""

    size: int
    signed_size: int
    integrated_at: Moment
    signed_at: Moment
    at: Moment


class Keeper:
    """See the module. ``report`` receives Status as JSON, about once a second."""

    def __init__(
        self, journals: Journals, store: Store, state: StateFile, signer: Signer, writer: Writer, report: Callable[[bytes], None]
    ) -> None:
        self._journals = journals
        self._store = store
        self._state_file = state
        self._signer = signer
        self._writer = writer
        self._report = report
        self._tails: dict[str, Tail] = {}
        self._dead: set[str] = set()  # writer gone and journal read to its end
        self._closing: set[tuple[str, int]] = set()
        self._signed: Checkpoint | None = None
        self._signed_at: Moment = 0
        self._integrated_at: Moment = 0
        self._reported_at: Moment = 0
        state.hold()
        try:
            self._state = self._recover()
            store.write_vkey(str(signer.verifier))
        except BaseException:
            state.release()
            raise

    @property
    def size(self) -> int:
        return self._state.size

    @property
    def signed_size(self) -> int:
        """Entries under the checkpoint published last; -1 before the first."""
        return self._signed.size if self._signed else -1

    def step(self, now: Moment) -> int:
        """Take what waits, at most one batch; sign when a second has passed. Returns how many entries were taken.

        Raises OSError when the disk fails or a journal lacks entries: start again, from what is durable.
        """
        taken = self._integrate()
        if taken < BATCH:
            self._integrated_at = now
            self._close_abandoned(now)
        if now - self._signed_at >= SIGN_EVERY or now < self._signed_at:
            if self.size != self.signed_size:
                self.commit(now)
            self._tidy()
        if now - self._reported_at >= SECOND or now < self._reported_at:
            self._reported_at = now
            self._report(msgspec.json.encode(Status(self.size, self.signed_size, self._integrated_at, self._signed_at, now)))
        return taken

    def run(self, stop: Stop, clock: Callable[[], Moment]) -> None:
        """Keep until ``stop``, then end in order."""
        while not stop.is_set():
            if self.step(clock()) < BATCH:
                stop.wait(POLL_SECONDS)
        self.finish(clock())

    def finish(self, now: Moment) -> None:
        """End the keeper's own chain, take and sign everything that is there."""
        while self._integrate() == BATCH:
            pass
        self._close_abandoned(now)
        self._writer.close()
        while self._integrate() == BATCH:
            pass
        if self.size != self.signed_size:
            self.commit(now)
        self._tidy()
        for tail in self._tails.values():
            tail.close()
        self._tails.clear()
        self._state_file.release()

    def commit(self, now: Moment) -> None:
        """Make the tree durable as it is and sign it."""
        self._edge.write(self.size)
        self._state_file.save(msgspec.json.encode(self._state))
        checkpoint = Checkpoint(self._signer.verifier.name, self.size, self._edge.root())
        if self._signed is not None and self._signed.size > checkpoint.size:
            raise Refused(_fault("log_rollback", "the tree is shorter than what was signed", "restore the missing part"))
        self._store.write_checkpoint(sign_checkpoint(checkpoint, self._signer))
        self._signed, self._signed_at = checkpoint, now
        self._edge.drop_needless()

    def _integrate(self) -> int:
        for boot in self._journals.boots():
            if boot not in self._tails:
                self._tails[boot] = self._journals.follow(boot, self._place(boot).seq)
        others = [boot for boot in self._tails if not boot.startswith(KEEPER_PREFIX)]
        keepers = [boot for boot in self._tails if boot.startswith(KEEPER_PREFIX)]
        taken = 0
        for boot in [*others, *keepers]:
            if boot in self._dead:
                continue
            tail, place = self._tails[boot], self._place(boot)
            alive = tail.alive()  # asked before reading: a dead writer's journal is read to its true end
            while taken < BATCH and (groups := tail.read()):
                taken += sum(self._take(place, group) for group in groups)
            if taken >= BATCH:
                return BATCH
            if not alive:
                self._dead.add(boot)
        return taken

    def _take(self, place: Place, group: Group) -> int:
        """Give each entry the next index. The hot loop: nothing here reads an entry. Returns how many there are."""
        first, words, leaves, entries = group
        self._edge.add(leaves, entries)
        opened, early = place.open, place.early
        for seq, word in enumerate(words, first):
            mark = word >> MARK_SHIFT & MARK_MASK
            if mark == OPENS:
                if early:
                    self._opened(place, seq)
                else:
                    opened.add(seq)
            elif mark == CLOSES:
                opened.discard(word >> REF_SHIFT)
            elif mark == CLOSES_FOREIGN:
                self._closed_foreign(entries[seq - first])
        place.seq = first + len(words) - 1
        self._state.size += len(words)
        return len(words)

    def _opened(self, place: Place, seq: int) -> None:
        if seq in place.early:
            place.early.discard(seq)
        else:
            place.open.add(seq)

    def _closed_foreign(self, data: bytes) -> None:
        entry = decode(data)
        if not isinstance(entry, CallEnded):
            return
        place = self._place(entry.closes_boot)
        if entry.closes_seq > place.seq:
            place.early.add(entry.closes_seq)
        place.open.discard(entry.closes_seq)

    def _place(self, boot: str) -> Place:
        place = self._state.writers.get(boot)
        if place is None:
            place = self._state.writers[boot] = Place()
        return place

    def _close_abandoned(self, now: Moment) -> None:
        """Close what dead writers left open. Called only when every journal was read, so that no outcome is still to come."""
        left = [
            (boot, seq)
            for boot, place in self._state.writers.items()
            if boot in self._dead or boot not in self._tails
            for seq in sorted(place.open)
            if (boot, seq) not in self._closing
        ]
        if not left:
            return
        self._closing.update(left)
        self._writer.append_sync(
            *(
                CallEnded(at=now, closes_boot=boot, closes_seq=seq, code="writer_died", outcome=Outcome.ABANDONED)
                for boot, seq in left
            )
        )

    def _tidy(self) -> None:
        """Remove what the signed tree holds: left segments of live writers, whole journals of dead ones without open calls.

        Runs only right after a commit or when there was nothing to commit: every place is then under the checkpoint.
        """
        if self.size != self.signed_size:
            return
        for boot, tail in list(self._tails.items()):
            place = self._place(boot)
            if boot not in self._dead:
                tail.release(place.seq)
            elif not place.open:
                tail.remove()
                del self._tails[boot]
                self._dead.discard(boot)
        gone = [
            boot for boot, place in self._state.writers.items() if boot not in self._tails and not place.open and not place.early
        ]
        for boot in gone:
            del self._state.writers[boot]
            self._closing = {pair for pair in self._closing if pair[0] != boot}

    # starting

    def _recover(self) -> State:
        signed = self._published()
        state = self._loaded()
        try:
            if state is None or (signed is not None and state.size < signed.size):
                state = self._rebuilt(signed.size if signed else 0)
            self._edge = Edge(self._store, state.size)
            root = self._edge.root_at(signed.size, state.size) if signed else b""
        except (OSError, ValueError) as fault:
            what = f"the log cannot be read up to where it was ({fault})"
            raise Refused(_fault("log_incomplete", what, "run audit verify; restore the missing files")) from fault
        if signed is not None and root != signed.root:
            raise Refused(
                _fault(
                    "log_forked", "the tiles do not extend the checkpoint that was signed", "run audit verify; restore the log"
                )
            )
        self._signed = signed
        return state

    def _published(self) -> Checkpoint | None:
        try:
            return open_checkpoint(self._store.checkpoint(), self._signer.verifier)
        except FileNotFoundError:
            return None
        except ValueError as fault:
            raise Refused(_fault("log_foreign", str(fault), "use the key that signed this log, or another folder")) from fault

    def _loaded(self) -> State | None:
        data = self._state_file.load()
        if data is None:
            return None
        try:
            return msgspec.json.decode(data, type=State)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None  # torn or edited: the log itself says the same, only slower

    def _rebuilt(self, size: int) -> State:
        """Read the whole log once to learn how far each writer is in it."""
        state = State(size=size, writers={})
        for number in range(-(-size // WIDTH)):
            width = min(WIDTH, size - number * WIDTH)
            for data in split_bundle(self._store.bundle(number, width), width):
                entry = decode(data)
                place = state.writers.setdefault(entry.boot, Place())
                place.seq = max(place.seq, entry.seq)
                if isinstance(entry, CallDecided):
                    self._opened(place, entry.seq)
                elif isinstance(entry, CallEnded) and entry.closes_seq:
                    closed = state.writers.setdefault(entry.closes_boot, Place())
                    if entry.closes_seq > closed.seq:
                        closed.early.add(entry.closes_seq)
                    closed.open.discard(entry.closes_seq)
        return state


def _fault(code: str, what: str, mend: str) -> Fault:
    return Fault(code, what, "the log", mend)
