"""What does a caller say against a measure? Noted for whoever performs acts: one JSON line each, in a file of this worker.

``POST /v1/safeconduct/appeal`` with ``{"measure": "M-...", "words": "..."}`` and one's own key: about a measure that is in force
on this very caller, once. It changes nothing by itself.

INVARIANT (P11): whose measure it is, and who appeals, follows from the credential alone; of any other measure the answer is that
there is none.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from safeconduct.gateway.edge import EdgeFault
from safeconduct.terms.call import Answer, Refusal
from safeconduct.wire.answers import plain_refusal

if TYPE_CHECKING:
    from safeconduct.gateway.upload import Upload
    from safeconduct.gateway.worker import Worker

MAX_BODY: Final = 16_384
MAX_WORDS: Final = 2_000
MOST_BYTES: Final = 512 * 1024  # that wait; beyond it nobody is heard until they were taken up
TOO_LONG: Final = EdgeFault(413, "too_large", "An appeal is short.", f"Write at most {MAX_WORDS:,} characters.")
NOTED: Final = "An officer will look at it."


class Appeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent."""

    measure: str
    words: str


class Noted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is noted. ``key`` is the id of the credential that it came with."""

    measure: str
    words: str
    key: str


_read: Final = msgspec.json.Decoder(Appeal)
_noted: Final = msgspec.json.Decoder(Noted)


def gather(upload: Upload, data: bytes) -> EdgeFault | None:
    """Take a piece of the one request that is no call and says something; the fault when it may not stay."""
    return TOO_LONG if upload.size + len(data) > MAX_BODY else upload.add(data)


def answer(worker: Worker, run: Path, digest: bytes | None, body: bytes) -> Answer:
    """Note an appeal; the answer to its caller."""
    name = f"appeal_{worker.journal.boot}"
    try:
        session = None if digest is None else worker.view.session(digest, worker.clock())
    except OSError:
        what = "The registry cannot be read."
        return plain_refusal(Refusal(503, "registry_unreadable", what, "Try again.", name, retry_after=1))
    if session is None:
        return plain_refusal(Refusal(401, "credential_invalid", "No valid key was sent.", "Send your own key.", name))
    try:
        said = _read.decode(body)
    except msgspec.DecodeError:
        what, mend = "This is no appeal.", 'Send {"measure": "M-...", "words": "..."} as JSON.'
        return plain_refusal(Refusal(400, "bad_appeal", what, mend, name))
    if not said.words.strip() or len(said.words) > MAX_WORDS or not said.words.replace("\n", " ").isprintable():
        return plain_refusal(Refusal(400, "bad_appeal", "The words are missing, too long or not printable.", TOO_LONG.mend, name))
    if all(each.id != said.measure for each in session.standing.measures):
        what, mend = "No such measure is in force on this access.", "Name the measure that the refusal named."
        return plain_refusal(Refusal(404, "unknown_measure", what, mend, name))
    if not _note(run / f"appeals-{worker.journal.boot}.jsonl", Noted(said.measure, said.words, session.standing.credential)):
        what = "Appeals cannot be taken up now."
        return plain_refusal(
            Refusal(503, "appeals_full", what, "Try again later, or ask your access officer.", name, retry_after=5)
        )
    told = msgspec.json.encode({"measure": said.measure, "said": NOTED}) + b"\n"
    return Answer(202, ((b"content-type", b"application/json"),), told)


def taken(run: Path) -> Iterator[tuple[Path, list[Noted]]]:
    """What was noted, file by file, for whoever removes each file after it was seen to.

    What is put aside now is read next time, so that nobody still writes to it. Raises OSError.
    """
    for path in sorted(run.glob("appeals-*.taking")):
        found = []
        for line in path.read_bytes()[: 2 * MOST_BYTES].splitlines():
            try:
                found.append(_noted.decode(line))
            except msgspec.DecodeError:
                continue  # torn by a crash
        yield path, found
    for path in sorted(run.glob("appeals-*.jsonl")):
        aside = path.with_suffix(".taking")
        if not aside.exists():
            path.replace(aside)


def forget_appeals(run: Path, keys: Collection[str]) -> None:
    """Take everything out that was said with these keys (by id) and not taken up yet. Raises OSError.

    A note that is made meanwhile may be lost, and none is made with a key of somebody who is being erased.
    INVARIANT (P8): a line that cannot be read goes, too: nobody knows whose it is.
    """
    for path in sorted((*run.glob("appeals-*.jsonl"), *run.glob("appeals-*.taking"))):
        try:
            lines = path.read_bytes()[: 2 * MOST_BYTES].splitlines(keepends=True)
        except FileNotFoundError:
            continue  # it was taken up
        left = [each for each in lines if _is_of_others(each, keys)]
        if len(left) < len(lines):
            fresh = path.with_suffix(".new")
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(b"".join(left))
            fresh.replace(path)


def _is_of_others(line: bytes, keys: Collection[str]) -> bool:
    try:
        return _noted.decode(line).key not in keys
    except msgspec.DecodeError:
        return False


def _note(path: Path, said: Noted) -> bool:
    """Write one line; whether it stands there."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            line = msgspec.json.encode(said) + b"\n"
            return os.fstat(fd).st_size + len(line) <= MOST_BYTES and os.write(fd, line) == len(line)
        finally:
            os.close(fd)
    except OSError:
        return False
