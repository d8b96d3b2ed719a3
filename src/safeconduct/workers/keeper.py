"""In which order do all writers' entries enter the one tree, and when is it signed? The keeper; exactly one at a time.

It follows every journal of one shard, gives each entry the next index, writes bundles and tiles, and signs a checkpoint each
second when the tree grew. It does not read entries, with rare exceptions (closings of other writers' calls, and one entry of
each writer a second for its age). Order of one commit:

1. tiles and bundles, synced; 2. its own state (how far each journal is in the tree); 3. signing, once the tree extends the head;
4. the head, in the store apart; 5. the published checkpoint; 6. journals that are no longer needed are removed. A crash between
any two leaves the journals at or ahead of the state, the state of the head, the head of the checkpoint, so that the next keeper
goes on from the state: nothing lost, nothing twice (``recovery``). Any error ends the keeper; memory is never trusted after a
failed write.

INVARIANT: P2 - a call left open by a writer that died is closed as abandoned, once.
INVARIANT: P7 - nothing is signed unless the tree extends what was signed before.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from safeconduct.audit.checkpoint import Checkpoint, sign_checkpoint
from safeconduct.audit.entries import CallEnded, Entry, Outcome
from safeconduct.audit.note import Signer
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.workers.heads import Anchor
from safeconduct.workers.merging import Status, Waiting
from safeconduct.workers.ports import Group, Heads, Journals, StateFile, Store, Tail, Writer
from safeconduct.workers.recovery import recover

KEEPER_PREFIX = "keeper-"  # boots of keepers are read last: they close what others opened
BATCH = 8192  # entries a step takes at most; memory stays flat however much is waiting
SIGN_EVERY = SECOND


class Keeper:
    """Keeps one shard. See the module; whoever makes it holds the lock that makes it the only one."""

    def __init__(
        self,
        journals: Journals,
        store: Store,
        state: StateFile,
        heads: Heads,
        signer: Signer,
        writer: Writer,
        cosigners: Sequence[Signer] = (),
    ) -> None:
        """Go on from what is there. Raises Refused when it must not be signed, OSError when it cannot be read."""
        self._journals = journals
        self._store = store
        self._state_file = state
        self._signer = signer
        self._cosigners = cosigners
        self._writer = writer
        self._tails: dict[str, Tail] = {}
        self._dead: set[str] = set()  # writer gone and journal read to its end
        self._closing: set[tuple[str, int]] = set()
        self._waiting = Waiting()
        self._signed_at: Moment = 0
        self._integrated_at: Moment = 0
        self._anchor = Anchor(heads, signer.verifier)
        found = recover(store, state, self._anchor, signer.verifier)
        self._state, self._edge, self._signed = found.state, found.edge, found.signed
        store.write_vkey(str(signer.verifier), [str(each.verifier) for each in cosigners])

    @property
    def origin(self) -> str:
        return self._signer.verifier.name

    @property
    def vkey(self) -> str:
        """The public key that signs this shard, as strangers get it."""
        return str(self._signer.verifier)

    @property
    def size(self) -> int:
        return self._state.size

    @property
    def signed(self) -> Checkpoint | None:
        """The checkpoint published last; None before the first."""
        return self._signed

    @property
    def signed_size(self) -> int:
        """Entries under the checkpoint published last; -1 before the first."""
        return self._signed.size if self._signed else -1

    def append(self, *entries: Entry) -> None:
        """Write entries of the keeper's own, durable before this returns; the next steps take them. Raises JournalFailed."""
        self._writer.append_sync(*entries)

    def step(self, now: Moment) -> int:
        """Take what waits, at most one batch; sign when a second has passed. Returns how many entries were taken.

        Raises OSError when a disk or the head's store fails or a journal lacks entries, Refused when another keeper signed:
        start again, from what is durable.
        """
        taken = self._integrate()
        if taken < BATCH:
            self._integrated_at = now
            self._close_abandoned(now)
        self._waiting.look(now)
        if now - self._signed_at >= SIGN_EVERY or now < self._signed_at:
            if self.size != self.signed_size:
                self.commit(now)
            self._tidy()
        return taken

    def status(self, now: Moment) -> Status:
        """Where this shard stands. Forgets the age that it tells: the next one is that of what waits then."""
        age = self._waiting.told()
        return Status(self.size, self.signed_size, self._integrated_at, self._signed_at, now, age)

    def vacant(self) -> bool:
        """Whether no writer but this keeper itself has a journal here, and all that is in the tree is signed."""
        return self.size == self.signed_size and self._journals.boots() == [self._writer.boot]

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
        self.abandon()

    def abandon(self) -> None:
        """Let go of the journals that are followed, as they are."""
        for tail in self._tails.values():
            tail.close()
        self._tails.clear()

    def commit(self, now: Moment) -> None:
        """Make the tree durable as it is, sign it, and publish it once the head is swapped."""
        self._edge.write(self.size)
        self._state_file.save(msgspec.json.encode(self._state))
        self._store.settle()
        checkpoint = Checkpoint(self.origin, self.size, self._edge.root())
        self._refuse_fork(checkpoint)
        note = sign_checkpoint(checkpoint, self._signer, *self._cosigners, at=now // SECOND)
        self._anchor.advance(note)
        if not self._state.anchored:
            self._state.anchored = True
            self._state_file.save(msgspec.json.encode(self._state))
        self._store.write_checkpoint(note)
        self._signed, self._signed_at = checkpoint, now
        self._waiting.signed()
        self._edge.drop_needless()

    def _refuse_fork(self, checkpoint: Checkpoint) -> None:
        """Whether the tree extends the head, by the tiles as they are on the disk. Raises Refused."""
        head = self._anchor.head
        if head is None:
            return
        if head.size > checkpoint.size:
            raise Refused(_fault("log_rolled_back", "the tree is shorter than what was signed", "restore the missing part"))
        if self._edge.root_at(head.size, checkpoint.size) != head.root:
            what = f"the first {head.size} entries are not those that were signed"
            raise Refused(_fault("log_forked", what, "run audit verify; restore the log"))

    def _integrate(self) -> int:
        for boot in self._journals.boots():
            if boot not in self._tails:
                self._tails[boot] = self._journals.follow(boot, self._state.place(boot).seq)
        others = [boot for boot in self._tails if not boot.startswith(KEEPER_PREFIX)]
        # ours last: its start says to whoever verifies that what stands before it waited while no keeper ran
        keepers = sorted((boot for boot in self._tails if boot.startswith(KEEPER_PREFIX)), key=self._writer.boot.__eq__)
        taken = 0
        for boot in [*others, *keepers]:
            if boot in self._dead:
                continue
            tail = self._tails[boot]
            alive = tail.alive()  # asked before reading: a dead writer's journal is read to its true end
            while taken < BATCH and (groups := tail.read()):
                taken += sum(self._take(boot, group) for group in groups)
            if taken >= BATCH:
                return BATCH
            if not alive:
                self._dead.add(boot)
        return taken

    def _take(self, boot: str, group: Group) -> int:
        """Give each entry the next index. Returns how many there are."""
        self._edge.add(group[2], group[3])
        self._waiting.take(boot, group[3][0])
        return self._state.take(boot, group)

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
            place = self._state.place(boot)
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


def _fault(code: str, what: str, mend: str) -> Fault:
    return Fault(code, what, "the log", mend)
