"""Who vouches for a tree head, and what does an offline proof hold? C2SP tlog-checkpoint v1.0.0 and tlog-proof.

A checkpoint note is signed by the log's Ed25519 key; the log cosigns it with an ML-DSA-44 key of the same name, and witnesses add
their cosignatures later. What the text says is head's question; whether the tree is right is verify's.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from safeconduct.audit.head import Checkpoint as Checkpoint
from safeconduct.audit.head import decimal, digest, unbase64
from safeconduct.audit.note import NoteInvalid, Signer, Verifier, open_note, sign_note
from safeconduct.audit.tree import leaf_hash, verify_inclusion

PROOF_HEAD = "c2sp.org/tlog-proof@v1"
MAX_PROOF_BYTES = 1_000_000
MAX_PROOF_HASHES = 64


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer, *cosigners: Signer, at: int = 0) -> bytes:
    """The signed note. Every key is called like the origin (C2SP tlog-checkpoint).

    ``cosigners`` are further keys of the log itself; their cosignatures state the POSIX second ``at``. Raises NoteInvalid.
    """
    for each in (signer, *cosigners):
        if each.verifier.name != checkpoint.origin:
            raise NoteInvalid(f"the key is called {each.verifier.name}, the log {checkpoint.origin}")
    return sign_note(checkpoint.text(), signer, *cosigners, at=at)


def open_checkpoint(note: bytes, verifier: Verifier) -> Checkpoint:
    """The checkpoint, its signature and origin checked. Raises NoteInvalid."""
    text, _ = open_note(note, [verifier])
    checkpoint = Checkpoint.parse(text)
    if checkpoint.origin != verifier.name:
        raise NoteInvalid(f"the checkpoint is of {checkpoint.origin}, the key of {verifier.name}")
    return checkpoint


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry, its audit path and the checkpoint note: all that a stranger needs beside the log's public key.

    The entry travels in the format's ``extra`` line. It is untrusted there until its own hash leads to the signed root.
    """

    index: int
    entry: bytes
    path: tuple[bytes, ...]
    checkpoint: bytes

    def text(self) -> bytes:
        lines = [PROOF_HEAD, f"extra {base64.b64encode(self.entry).decode()}", f"index {self.index}"]
        lines += [base64.b64encode(item).decode() for item in self.path]
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> Proof:
        """Read a proof that carries its entry. Raises NoteInvalid."""
        if len(data) > MAX_PROOF_BYTES:
            raise NoteInvalid("the proof is longer than a proof may be")
        head, separator, note = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as fault:
            raise NoteInvalid("the proof's own lines are not ASCII") from fault
        if not separator or lines[0] != PROOF_HEAD:
            raise NoteInvalid(f"a proof starts with {PROOF_HEAD} and holds a checkpoint after an empty line")
        if len(lines) < 3 or not lines[1].startswith("extra ") or not lines[2].startswith("index "):
            raise NoteInvalid("a proof of ours holds an extra line with the entry, then the index")
        if len(lines) > 3 + MAX_PROOF_HASHES:
            raise NoteInvalid("the proof's path is longer than any tree is high")
        entry = unbase64(lines[1].removeprefix("extra "))
        path = tuple(digest(line) for line in lines[3:])
        return cls(decimal(lines[2].removeprefix("index ")), entry, path, note)

    def check(self, verifier: Verifier) -> Checkpoint:
        """The checkpoint that covers the entry. Raises NoteInvalid when signature or path do not hold."""
        checkpoint = open_checkpoint(self.checkpoint, verifier)
        if not verify_inclusion(self.index, checkpoint.size, leaf_hash(self.entry), self.path, checkpoint.root):
            raise NoteInvalid(f"the path does not lead from entry {self.index} to the signed root of {checkpoint.size} entries")
        return checkpoint
