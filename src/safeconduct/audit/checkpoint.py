"""What does a checkpoint say, and what does an offline proof hold? C2SP tlog-checkpoint v1.0.0 and tlog-proof.

A checkpoint is the signed statement (origin, size, root). Ours carry no extension lines: what only we understand, nobody else
can check. Who signed is note's question; whether the tree is right is verify's.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from safeconduct.audit.note import NoteInvalid, Signer, Verifier, open_note, sign_note
from safeconduct.audit.tree import HASH_BYTES, MAX_SIZE, leaf_hash, verify_inclusion

PROOF_HEAD = "c2sp.org/tlog-proof@v1"
MAX_PROOF_BYTES = 1_000_000
MAX_PROOF_HASHES = 64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: who keeps the log, how many entries, their root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the signed text; extension lines are allowed and passed over. Raises NoteInvalid."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0]:
            raise NoteInvalid("a checkpoint holds an origin, a size and a root")
        root = _hash(lines[2])
        return cls(lines[0], _decimal(lines[1]), root)


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The signed note. The signer's name is the origin (C2SP tlog-checkpoint)."""
    if signer.verifier.name != checkpoint.origin:
        raise NoteInvalid(f"the key is called {signer.verifier.name}, the log {checkpoint.origin}")
    return sign_note(checkpoint.text(), signer)


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
        entry = _base64(lines[1].removeprefix("extra "))
        path = tuple(_hash(line) for line in lines[3:])
        return cls(_decimal(lines[2].removeprefix("index ")), entry, path, note)

    def check(self, verifier: Verifier) -> Checkpoint:
        """The checkpoint that covers the entry. Raises NoteInvalid when signature or path do not hold."""
        checkpoint = open_checkpoint(self.checkpoint, verifier)
        if not verify_inclusion(self.index, checkpoint.size, leaf_hash(self.entry), self.path, checkpoint.root):
            raise NoteInvalid(f"the path does not lead from entry {self.index} to the signed root of {checkpoint.size} entries")
        return checkpoint


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NoteInvalid("this is not base64") from fault
    if base64.b64encode(raw).decode() != text:
        raise NoteInvalid("this base64 has bits left over")
    return raw


def _hash(text: str) -> bytes:
    raw = _base64(text)
    if len(raw) != HASH_BYTES:
        raise NoteInvalid("a hash has 32 bytes")
    return raw


def _decimal(text: str) -> int:
    if not text.isascii() or not text.isdigit() or (text[0] == "0" and text != "0") or len(text) > 16:
        raise NoteInvalid("a size or index is a plain decimal number")
    number = int(text)
    if number > MAX_SIZE:
        raise NoteInvalid("the number is larger than any log")
    return number
