"""What was signed last, by the store that stands apart from the log? The anchor that a keeper holds while it signs.

INVARIANT: P7 - every signed checkpoint is put in the place of exactly the one that this keeper knows, before anybody sees it.
"""

from __future__ import annotations

from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint
from safeconduct.audit.note import Verifier
from safeconduct.terms.faults import Fault, Refused
from safeconduct.workers.ports import Heads

ACCEPT = "safeconduct audit accept-head"


class Anchor:
    """The head of one log. ``note`` is its signed form, ``head`` what it says; both None before the first."""

    def __init__(self, heads: Heads, verifier: Verifier) -> None:
        """Read the head. Raises Refused when it is not this log's, OSError when the store does not answer."""
        self._heads = heads
        self._verifier = verifier
        try:
            self.note = heads.load()
            self.head = self._opened(self.note) if self.note is not None else None
        except ValueError as fault:
            mend = "use the key that signed this log, or the heads that belong to it"
            what = f"the head kept apart is not of this log: {fault}"
            raise Refused(Fault("log_head_foreign", what, "the head", mend)) from fault

    def advance(self, note: bytes) -> None:
        """Put the next signed checkpoint in the place of the one known. Raises Refused when another keeper was there."""
        head = self._opened(note)
        if not self._heads.swap(self.note, note):
            what = "another keeper signed this log meanwhile; this one signs nothing more"
            raise Refused(Fault("log_two_keepers", what, "the head", "run one keeper for each log"))
        self.note, self.head = note, head

    def _opened(self, note: bytes) -> Checkpoint:
        return open_checkpoint(note, self._verifier)
