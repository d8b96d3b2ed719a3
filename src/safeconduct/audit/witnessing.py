"""May a witness cosign this checkpoint? The ``add-checkpoint`` call of C2SP tlog-witness: requests, and the answer to each.

Pure: which keys are trusted, what was cosigned last and what the time is are given in. Whoever answers has to do ``judge`` and
keeping what it accepts as one step (see storage.sqlite.witness), and only then to sign.

INVARIANT: P7 - a witness never signs two trees of one size, and never a tree that does not extend the one it signed before.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.audit.head import Checkpoint, NoteInvalid, decimal, digest
from safeconduct.audit.note import Signer, Verifier, note_text, open_note, signature_line
from safeconduct.audit.tree import EMPTY_ROOT, verify_consistency

MAX_REQUEST_BYTES = 262_144  # 63 hashes, and a note with some 70 ML-DSA-44 signatures
MAX_PROOF_LINES = 63
SIZE_TYPE = "text/x.tlog.size"
PLAIN_TYPE = "text/plain; charset=utf-8"
_MAX_PROOF_BYTES = 32 + MAX_PROOF_LINES * 45


@dataclass(frozen=True, slots=True)
class Submission:
    """What a log sends: the size it believes us to know, the proof from there on, and the signed checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    @property
    def origin(self) -> str:
        """The origin that the (still unproven) checkpoint names."""
        return note_text(self.note).split("\n", 1)[0]

    def body(self) -> bytes:
        """The request as it is sent."""
        lines = [f"old {self.old}", *(base64.b64encode(item).decode() for item in self.proof)]
        return ("\n".join(lines) + "\n\n").encode() + self.note

    @classmethod
    def parse(cls, body: bytes) -> Submission:
        """Read a request strictly. Raises NoteInvalid: the answer is then 400."""
        if len(body) > MAX_REQUEST_BYTES:
            raise NoteInvalid("the request is longer than a request may be")
        head, separator, note = body.partition(b"\n\n")
        if not separator or len(head) > _MAX_PROOF_BYTES:
            raise NoteInvalid(f"a request holds an old size, at most {MAX_PROOF_LINES} hashes, an empty line and a checkpoint")
        try:
            first, *proof = head.decode("ascii").split("\n")
        except UnicodeDecodeError as fault:
            raise NoteInvalid("the lines before the checkpoint are not ASCII") from fault
        if not first.startswith("old ") or len(proof) > MAX_PROOF_LINES:
            raise NoteInvalid(f"a request starts with the old size and holds at most {MAX_PROOF_LINES} hashes")
        submission = cls(decimal(first.removeprefix("old ")), tuple(digest(line) for line in proof), note)
        Checkpoint.parse(note_text(note))
        return submission


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: an HTTP status, a body and its type."""

    status: int
    body: bytes
    kind: str = PLAIN_TYPE


def no(status: int, why: str) -> Answer:
    """A refusal in words."""
    return Answer(status, f"{why}\n".encode())


def conflict(size: int) -> Answer:
    """The size that was cosigned last, for a log that believed in another one."""
    return Answer(409, f"{size}\n".encode(), SIZE_TYPE)


def opened(submission: Submission, keys: Sequence[Verifier]) -> Checkpoint | Answer:
    """The checkpoint, its signature checked; or 404 (``keys``: none, the origin is unknown), 403, 400."""
    if not keys:
        return no(404, "this witness knows no log of that origin")
    try:
        text, signed = open_note(submission.note, keys)
    except NoteInvalid:
        return no(403, "no key that this witness trusts for the origin signed this checkpoint")
    checkpoint = Checkpoint.parse(text)
    if not any(verifier.name == checkpoint.origin for verifier in signed):
        return no(403, "no key that this witness trusts for the origin signed this checkpoint")
    if submission.old > checkpoint.size:
        return no(400, "the old size is larger than that of the checkpoint")
    return checkpoint


def judge(submission: Submission, checkpoint: Checkpoint, known: Checkpoint | None) -> Answer | None:
    """None when ``checkpoint`` may follow what was cosigned last (``known``; None: nothing yet), else 409 or 422."""
    before = known or Checkpoint(checkpoint.origin, 0, EMPTY_ROOT)
    if submission.old != before.size:
        return conflict(before.size)
    if submission.old == checkpoint.size and known is not None and before.root != checkpoint.root:
        return conflict(before.size)
    if not verify_consistency(before.size, checkpoint.size, before.root, checkpoint.root, submission.proof):
        return no(422, "the proof does not lead from what was cosigned last to this checkpoint")
    return None


def cosigned(note: bytes, signers: Sequence[Signer], at: int) -> Answer:
    """200 with the cosignature of each key, of POSIX second ``at``. A kind of key that cannot sign the text stays out."""
    text = note_text(note)
    plain = Checkpoint.parse(text).text() == text
    able = [signer for signer in signers if plain or signer.verifier.signs_extensions]
    return Answer(200, b"".join(signature_line(text, signer, at) for signer in able))
