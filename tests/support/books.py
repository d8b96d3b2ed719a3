"""A log in memory that tests can write entry by entry, sign at any size, and falsify: what a monitor reads."""

from __future__ import annotations

from safeconduct.audit import tree
from safeconduct.audit.checkpoint import sign_checkpoint
from safeconduct.audit.entries import CallEnded, Entry, Outcome, WriterStarted, WriterStopped, encode
from safeconduct.audit.head import Checkpoint
from safeconduct.audit.note import Signer, signature_line
from safeconduct.audit.tiles import WIDTH, pack_bundle
from support.audit_samples import T0, decided, ended
from support.witnesses import LOG


class Book:
    """Entries of any number of writers, and what was signed of them. A Reader of audit.monitored."""

    def __init__(self, signer: Signer = LOG) -> None:
        self.signer = signer
        self.entries: list[bytes] = []
        self.tiles: list[bytes] | None = None  # leaf hashes of a forged tile level; None: those of the entries
        self.note = b""
        self.beside: bytes | None = None
        self.floor = 0
        self.gone: set[int] = set()
        self._chains: dict[str, tuple[int, str]] = {}

    # writing

    def add(self, boot: str, entry: Entry, at: int = T0) -> int:
        """Append an entry of that writer. Returns its seq."""
        seq, prev = self._chains.get(boot, (0, ""))
        entry.boot, entry.node, entry.seq, entry.prev, entry.at = boot, "node-1", seq + 1, prev, at
        data = encode(entry)
        self.entries.append(data)
        self._chains[boot] = (seq + 1, tree.leaf_hash(data).hex())
        return seq + 1

    def start(self, boot: str, at: int = T0) -> None:
        self.add(boot, WriterStarted(at=at, role="gateway"), at)

    def stop(self, boot: str, at: int = T0) -> None:
        self.add(boot, WriterStopped(at=at), at)

    def decide(self, boot: str, at: int = T0) -> int:
        return self.add(boot, decided(), at)

    def end(self, boot: str, seq: int, at: int = T0, by: str = "") -> None:
        end: CallEnded = ended(outcome=Outcome.ABANDONED if by else Outcome.SERVED, forwarded=not by)
        end.closes_boot, end.closes_seq = boot, seq
        self.add(by or boot, end, at)

    def calls(self, boot: str, count: int, at: int = T0) -> None:
        for _ in range(count):
            self.end(boot, self.decide(boot, at), at)

    def sign(self, *cosigners: Signer, size: int = -1, at: int = 0) -> bytes:
        """Sign what is there, or less; it becomes the newest checkpoint."""
        size = len(self.entries) if size < 0 else size
        checkpoint = Checkpoint(self.signer.verifier.name, size, tree.root_of(self._leaves()[:size]))
        self.note = sign_checkpoint(checkpoint, self.signer)
        self.note += b"".join(signature_line(checkpoint.text(), each, at) for each in cosigners)
        return self.note

    # reading

    def checkpoint(self) -> bytes:
        if not self.note:
            raise FileNotFoundError
        return self.note

    def witnessed(self) -> bytes | None:
        return self.beside

    def minimum(self) -> int:
        return self.floor

    def tile(self, level: int, index: int, width: int) -> bytes:
        leaves, span = self._leaves(), 1 << (8 * level)
        numbers = range(index * WIDTH, index * WIDTH + width)
        if (numbers[-1] + 1) * span > len(leaves):
            raise FileNotFoundError
        return b"".join(tree.fold(leaves[n * span : (n + 1) * span]) for n in numbers)

    def bundle(self, index: int, width: int) -> bytes:
        found = self.entries[index * WIDTH : index * WIDTH + width]
        if index in self.gone or len(found) < width or (index + 1) * WIDTH <= self.floor:
            raise FileNotFoundError
        return pack_bundle(found)

    def close(self) -> None:
        pass

    def _leaves(self) -> list[bytes]:
        return self.tiles if self.tiles is not None else [tree.leaf_hash(entry) for entry in self.entries]
