"""Who outside has seen this checkpoint? The feeder shows each new one to every witness and keeps their cosignatures.

One ``Feeder`` serves one log. A round reads the checkpoint, asks the witnesses that are due, and, once a quorum has signed that
very checkpoint, puts it with its cosignatures beside the log (``witnessed``); what lay there is older and no longer needed.
A witness that cannot be reached is asked ever more rarely. One that knows a larger tree than ours, or another tree, is never
asked again by this process: somebody rolled the log back or signed two of it, which only a person can sort out.

INVARIANT: P7 - what a witness says is kept only if its own key signed this checkpoint, and not at a time gone
by, which would make true entries look late; a fork is told, never retried away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from safeconduct.audit.chain import MERGE_DELAY
from safeconduct.audit.checkpoint import open_checkpoint
from safeconduct.audit.head import Checkpoint, NoteInvalid
from safeconduct.audit.note import Verifier, note_text, open_timed, own_lines
from safeconduct.audit.tiles import node_reader
from safeconduct.audit.tree import consistency_proof
from safeconduct.audit.witnessing import Submission
from safeconduct.terms.moments import SECOND, Moment

FIRST_PAUSE = SECOND
LONGEST_PAUSE = 60 * SECOND
TRIES = 3  # requests to one witness in one round: with what we believe, with what it says, and once more after a race


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answered: the HTTP status, the body, and the size it knows where it says so (409), else -1."""

    status: int
    body: bytes
    size: int = -1


class Witness(Protocol):
    """One witness, to be asked. See assembly.witness."""

    name: str
    verifier: Verifier

    def ask(self, submission: Submission) -> Reply:
        """One request. Raises OSError."""


class Source(Protocol):
    """The log that is shown. See storage.files.logstore."""

    def checkpoint(self) -> bytes: ...
    def tile(self, level: int, index: int, width: int) -> bytes: ...


class Shelf(Protocol):
    """Where the witnessed checkpoint lies."""

    def load(self) -> bytes | None: ...
    def save(self, note: bytes) -> None: ...


class WitnessStatus(msgspec.Struct):
    """How one witness stands: what it signed last and when, why it did not since, and why it is not asked any more."""

    name: str
    size: int = -1
    at: Moment = 0
    error: str = ""
    halted: str = ""


class LogStatus(msgspec.Struct):
    """How one log stands: its size, and the newest that a quorum has signed (-1: none) with the moment we learned of it."""

    origin: str
    size: int = -1
    witnessed_size: int = -1
    witnessed_at: Moment = 0
    error: str = ""
    witnesses: list[WitnessStatus] = []


@dataclass(slots=True)
class _Seat:
    """What is known of one witness."""

    witness: Witness
    status: WitnessStatus
    known: int = 0  # the size that it signed last, as far as we know
    pause: Moment = FIRST_PAUSE
    due: Moment = 0

    def failed(self, why: str, now: Moment) -> None:
        self.status.error = why
        self.due, self.pause = now + self.pause, min(self.pause * 2, LONGEST_PAUSE)


@dataclass(slots=True)
class Feeder:
    """See the module. ``quorum`` witnesses make a checkpoint a witnessed one. ``tell`` hears what a person has to hear."""

    verifier: Verifier
    source: Source
    witnesses: Sequence[Witness]
    quorum: int
    shelf: Shelf
    tell: Callable[[str], None]
    status: LogStatus = field(init=False)
    _seats: list[_Seat] = field(init=False)
    _text: str = ""
    _lines: dict[str, bytes] = field(default_factory=dict)  # by witness, over ``_text``

    def __post_init__(self) -> None:
        self._seats = [_Seat(witness, WitnessStatus(witness.name)) for witness in self.witnesses]
        self.status = LogStatus(self.verifier.name, witnesses=[seat.status for seat in self._seats])
        self._recall()

    def round(self, now: Moment) -> None:
        """Show the newest checkpoint to every witness that is due and has not signed it. Raises OSError when disks fail."""
        self.status.error = ""
        try:
            note = self.source.checkpoint()
            checkpoint = open_checkpoint(note, self.verifier)
        except FileNotFoundError:
            return  # nothing is signed yet
        except ValueError as wrong:
            self.status.error = str(wrong)
            return
        self.status.size = checkpoint.size
        self.status.witnessed_at = self.status.witnessed_at or now
        if (text := note_text(note)) != self._text:
            self._text = text
            self._lines.clear()
        before = len(self._lines)
        for seat in self._seats:
            if seat.witness.name not in self._lines and not seat.status.halted and now >= seat.due:
                self._show(seat, checkpoint, note, now)
        if len(self._lines) > before and len(self._lines) >= self.quorum:
            self.shelf.save(note + b"".join(self._lines[name] for name in sorted(self._lines)))
            self.status.witnessed_size, self.status.witnessed_at = checkpoint.size, now

    def _show(self, seat: _Seat, checkpoint: Checkpoint, note: bytes, now: Moment) -> None:
        for _ in range(TRIES):
            old = min(seat.known, checkpoint.size)
            try:
                proof = consistency_proof(old, checkpoint.size, node_reader(checkpoint.size, self.source.tile))
                reply = seat.witness.ask(Submission(old, tuple(proof), note))
            except (OSError, ValueError) as wrong:
                return seat.failed(f"no answer ({wrong})"[:200], now)
            if reply.status != 409 or reply.size < 0:
                return self._heard(seat, reply, checkpoint, note, now)
            if reply.size > checkpoint.size:
                return self._larger(seat, reply.size, now)
            if reply.size == old:
                return self._forked(seat, checkpoint.size)
            seat.known = reply.size
        return seat.failed("it names another size each time", now)

    def _heard(self, seat: _Seat, reply: Reply, checkpoint: Checkpoint, note: bytes, now: Moment) -> None:
        if reply.status == 422:
            return self._forked(seat, checkpoint.size)
        if reply.status != 200:
            return seat.failed(f"it answers {reply.status}", now)
        try:
            lines = own_lines(note, reply.body, [seat.witness.verifier])
        except NoteInvalid as wrong:
            return seat.failed(f"its answer does not hold ({wrong})", now)
        if not lines:
            return seat.failed("it signs with another key than the settings name", now)
        seat.known = checkpoint.size
        signed = open_timed(note_text(note).encode() + b"\n" + lines, [seat.witness.verifier])[1]
        if any(0 < at * SECOND < now - MERGE_DELAY for _, at in signed):
            return seat.failed("its clock is behind: what it signs would make true entries look late", now)
        seat.pause, seat.due = FIRST_PAUSE, 0
        seat.status.size, seat.status.at, seat.status.error = checkpoint.size, now, ""
        self._lines[seat.witness.name] = lines
        return None

    def _larger(self, seat: _Seat, size: int, now: Moment) -> None:
        """It knows more than we showed: we are a second late, or the log was rolled back."""
        try:
            newest = open_checkpoint(self.source.checkpoint(), self.verifier).size
        except (OSError, ValueError):
            newest = -1
        if newest >= size:
            seat.known = size
            return seat.failed("it was shown a newer checkpoint by somebody else", now)
        return self._halt(seat, f"rolled back: it signed {size} entries, the log has {newest}")

    def _forked(self, seat: _Seat, size: int) -> None:
        return self._halt(seat, f"forked: it signed another tree than the one of {size} entries that we show")

    def _halt(self, seat: _Seat, why: str) -> None:
        seat.status.halted = why
        self.tell(f"LOG {self.verifier.name}: witness {seat.witness.name}: {why}; it is not asked again until a restart")

    def _recall(self) -> None:
        """Go on from the witnessed checkpoint that lies there. Anything odd about it is as if there were none."""
        try:
            note = self.shelf.load()
            if note is None:
                return
            checkpoint = open_checkpoint(note, self.verifier)
            keys = [seat.witness.verifier for seat in self._seats]
            text, signed = open_timed(note, keys)
        except (OSError, ValueError):
            return
        times: Mapping[Verifier, int] = dict(signed)
        lines = note[len(text.encode()) + 1 :]
        self._text = text
        for seat in self._seats:
            if (at := times.get(seat.witness.verifier)) is not None:
                seat.known = seat.status.size = checkpoint.size
                seat.status.at = at * SECOND
                self._lines[seat.witness.name] = own_lines(note, lines, [seat.witness.verifier])
        if len(self._lines) >= self.quorum:
            self.status.witnessed_size = checkpoint.size
            self.status.witnessed_at = min(seat.status.at for seat in self._seats if seat.status.at)
